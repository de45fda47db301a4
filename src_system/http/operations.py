"""Every operation of the SRC API, by who calls it."""

from src_system.http.issuer import ISSUER_OPERATIONS
from src_system.http.onboarding import ONBOARDING_OPERATIONS
from src_system.http.srci import SRCI_OPERATIONS

OPERATIONS = (*SRCI_OPERATIONS, *ISSUER_OPERATIONS, *ONBOARDING_OPERATIONS)
