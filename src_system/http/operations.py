"""Every operation of the SRC API, by who calls it."""

from src_system.http.authentications import AUTHENTICATION_OPERATIONS
from src_system.http.dcf import DCF_OPERATIONS
from src_system.http.issuer import ISSUER_OPERATIONS
from src_system.http.onboarding import ONBOARDING_OPERATIONS
from src_system.http.srci import SRCI_OPERATIONS

OPERATIONS = (
    *SRCI_OPERATIONS,
    *DCF_OPERATIONS,
    *AUTHENTICATION_OPERATIONS,
    *ISSUER_OPERATIONS,
    *ONBOARDING_OPERATIONS,
)
