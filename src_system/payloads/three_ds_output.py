"""What 3-D Secure by the SRC System left behind: a flat table of text, told as key and value.

Whoever performs it puts these keys in; others may stand beside them and are told as well.
"""

from collections.abc import Mapping
from typing import TypedDict

from src_system.model.transaction_options import ThreeDsPreference, TransactionOptions

TRANS_STATUS = "transStatus"  # Y, A, N, U, R, C, I
ECI = "eci"  # of the network; without it the ECI follows from transStatus
DS_TRANS_ID = "dsTransId"
ACS_TRANS_ID = "acsTransId"
AUTHENTICATION_TIMESTAMP = "authenticationTimestamp"  # epoch seconds
AUTHENTICATION_VALUE = "authenticationValue"  # the CAVV or AAV: 28 characters of base64


class ThreeDsEntry(TypedDict):
    """One entry of threeDsOutputData (spec 4.11)."""

    key: str
    value: str


def cardholder_cryptogram(output: Mapping[str, str] | None) -> str | None:
    """The cryptogram that proves the authentication, None where there was none (spec 9.3)."""
    return None if output is None else output.get(AUTHENTICATION_VALUE)


def three_ds_output_data(
    output: Mapping[str, str] | None, options: TransactionOptions
) -> list[ThreeDsEntry] | None:
    """threeDsOutputData: only for a DPA that lets the SRC System perform 3DS (spec 5.16)."""
    if output is None or options.three_ds_preference is not ThreeDsPreference.ONBEHALF:
        return None
    return [{"key": key, "value": value} for key, value in output.items()]
