"""What an integrator has to know of each network: the contract's table of differences, as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

LOOSE_UUID = re.compile(
    r"([0-9a-f]{8}.)?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LONG_FORM = "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"
SHORT_FORM = "CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM"
DYNAMIC_CODE = "DYNAMIC_CARD_SECURITY_CODE"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One network as its integrators see it; the defaults are the EMV form."""

    network: str
    content_encryption: str = "A256GCM"
    checkout_member: str = "checkoutResponse"
    prepared_member: str = "checkoutRequestJws"
    profile_token_member: str = "idToken"
    eci_authenticated: str = "05"
    eci_attempted: str = "06"
    dynamic_data_is_list: bool = True
    par_in_credential: bool = False
    par_prefix: str = ""
    default_dynamic_data_type: str = LONG_FORM
    dynamic_data_types: tuple[str, ...] = (LONG_FORM, SHORT_FORM, DYNAMIC_CODE, "NONE")
    card_id: re.Pattern[str] = UUID
    dates_are_iso: bool = True
    refuses_duplicate_card: bool = False
    chooses_channel: bool = True
    error_details_member: str = "errordetail"
    status_is_text: bool = False
    amount_is_text: bool = False
    card_kid_part: str = ""
    signature_kid_part: str = ""
    card_header_has_iat: bool = False
    client_opens_session: bool = False
    client_id_header: bool = False
    payload_by_post: bool = False
    signature_names_issuer: bool = False

    @property
    def issuer(self) -> str:
        """The simulator's own name for this network."""
        return f"https://{self.network}.src-system.test"

    def check_error(self, status: int, document: Mapping[str, Any]) -> None:
        """The error body as this network writes it."""
        assert document["status"] == (str(status) if self.status_is_text else status), document
        assert document["reason"], document
        assert document["message"], document
        details = document.get(self.error_details_member, [])
        assert isinstance(details, list), document
        assert all(detail["reason"] for detail in details), document
        other = "errordetail" if self.error_details_member == "errorDetail" else "errorDetail"
        assert other not in document, document

    def check_signature_header(self, header: Mapping[str, Any]) -> None:
        """JOSE header of the checkoutResponse (spec 8.2)."""
        assert header["alg"] == "RS256"
        assert header["jti"]
        assert isinstance(header["iat"], str if self.signature_names_issuer else int), header
        assert int(header["iat"]) > 0
        if self.signature_names_issuer:
            assert header["iss"] == self.issuer

    def dynamic_data(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The one element of payload.dynamicData, in the shape of this network."""
        value = payload["dynamicData"]
        assert isinstance(value, list if self.dynamic_data_is_list else dict), value
        if not self.dynamic_data_is_list:
            return dict(value)
        assert len(value) == 1, value
        return dict(value[0])

    def par(self, payload: Mapping[str, Any]) -> str:
        """The payment account reference, from where this network puts it and nowhere else."""
        credential = payload.get("token") or payload["card"]
        here, elsewhere = (credential, payload) if self.par_in_credential else (payload, credential)
        assert "paymentAccountReference" not in elsewhere
        return str(here["paymentAccountReference"])

    def amount(self, text: str) -> str | float:
        """An amount as clients of this network send it."""
        return text if self.amount_is_text else float(text)


_EMV = Dialect(network="amex")

DIALECTS: Mapping[str, Dialect] = {
    "visa": Dialect(
        network="visa",
        prepared_member="checkoutResponse",
        par_prefix="V001",
        dates_are_iso=False,
        refuses_duplicate_card=True,
        chooses_channel=False,
        error_details_member="errorDetail",
        status_is_text=True,
        amount_is_text=True,
        card_header_has_iat=True,
    ),
    "mastercard": Dialect(
        network="mastercard",
        content_encryption="A128GCM",
        checkout_member="checkoutResponseJWS",
        profile_token_member="authorization",
        eci_authenticated="02",
        eci_attempted="01",
        dynamic_data_is_list=False,
        par_in_credential=True,
        par_prefix="5001",
        default_dynamic_data_type=SHORT_FORM,
        dynamic_data_types=(SHORT_FORM, DYNAMIC_CODE, "NONE"),
        card_id=re.compile(r"[A-Za-z0-9_-]{22}0{12}[A-Z]{2}"),
        card_kid_part="src-fpan-encryption",
        signature_kid_part="src-payload-verification",
        client_opens_session=True,
        client_id_header=True,
        payload_by_post=True,
        signature_names_issuer=True,
    ),
    "amex": _EMV,
    "discover": replace(_EMV, network="discover"),
}

NETWORKS = tuple(DIALECTS)
