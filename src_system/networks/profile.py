"""The network profile: every difference between two SRC Systems is a field here, never a branch."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from src_system.model.authentication import AuthenticationMethod
from src_system.model.checkout import DynamicDataRules
from src_system.model.client_authentication import AuthenticationScheme
from src_system.model.consumer import IdentityType
from src_system.model.transaction_options import DynamicDataType
from src_system.networks.address_form import AddressForm
from src_system.networks.gateways import Gateway


class IdForm(StrEnum):
    """How an identifier is written."""

    UUID = "UUID"
    BASE64_OF_32_BYTES = "BASE64_OF_32_BYTES"  # spec 5.1: 44 characters
    PREFIXED_UUID = "PREFIXED_UUID"  # spec 2.7: 8 hex digits, a dot, a UUID
    UUID_WITH_COUNTRY = "UUID_WITH_COUNTRY"  # spec 5.8: 22 base64url, twelve zeros, country


class DateForm(StrEnum):
    """How an instant is written in JSON (spec 2.9)."""

    ISO_MILLIS = "ISO_MILLIS"
    EPOCH_MILLIS_TEXT = "EPOCH_MILLIS_TEXT"
    EPOCH_SECONDS = "EPOCH_SECONDS"


class JtiForm(StrEnum):
    """How the `jti` of a checkoutResponse header is written (spec 8.2)."""

    UUID = "UUID"
    BASE64_OF_UUID = "BASE64_OF_UUID"


class ParPlace(StrEnum):
    """Where in a payload the paymentAccountReference stands (spec 5.17)."""

    TOP = "TOP"
    CREDENTIAL = "CREDENTIAL"  # inside `card` and inside `token`


class DuplicateCard(StrEnum):
    """What enrolling a card twice for one consumer leads to (spec 4.1)."""

    REFUSED = "REFUSED"
    SAME_CARD = "SAME_CARD"


class Credential(StrEnum):
    """What a payload carries for a card (spec 9.8)."""

    TOKEN = "TOKEN"
    PAN = "PAN"


class PhoneMask(StrEnum):
    """How a phone number is masked (spec 5.5)."""

    BRACKETS_LAST_THREE = "BRACKETS_LAST_THREE"  # (***) ***-*895
    STARS_LAST_FOUR = "STARS_LAST_FOUR"  # ********2368, length kept


@dataclass(frozen=True, slots=True)
class MaskStyle:
    """How personal data is masked (spec 5.5). `None` stars keep the length of what they hide."""

    email_shown_at_start: int
    email_stars: int
    email_shown_at_end: int
    phone: PhoneMask
    name_stars: int | None
    line_shown_at_start: int | None  # None: first letter of every word, length kept
    city_is_starred: bool
    zip_is_starred: bool


@dataclass(frozen=True, slots=True)
class Eci:
    """Electronic commerce indicators of a network (spec 9.5)."""

    authenticated: str
    attempted: str
    not_authenticated: str


@dataclass(frozen=True, slots=True)
class TokenRange:
    """Where network tokens come from: a prefix that no PAN uses, and the number's length."""

    prefix: str
    digits: int


@dataclass(frozen=True, slots=True)
class PanRange:
    """Numbers the simulator invented: every Luhn-valid number with this prefix and length."""

    prefix: str
    digits: int


@dataclass(frozen=True, slots=True)
class TestPan:
    """A published test number and how its card behaves (spec 12)."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    digits: str
    card_type: str = "CREDIT"
    country_code: str = "US"
    credential: Credential = Credential.TOKEN


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """Everything in which one SRC System differs from another."""

    name: str
    display_name: str
    issuer: str  # `iss` of its tokens; the simulator's own name (contract: "simulated": true)

    # Keys and JOSE
    content_encryption: Literal["A128GCM", "A256GCM"]  # of payloads out (spec 8.1)
    signature_kid: str  # `{stamp}` is the key's 14-digit UTC time of creation
    encryption_kid: str
    jws_header_iss: str | None  # spec 8.2
    jws_header_typ: str | None
    jws_iat_is_text: bool
    jti_form: JtiForm
    jwe_header_typ: str | None

    # Who may call
    native_scheme: AuthenticationScheme  # what clients of the scheme `native` use (spec 8.4 to 8.6)
    gateway: Gateway  # how its gateway turns a request away (spec 7.1)

    # Names of members out
    checkout_response_member: Literal["checkoutResponse", "checkoutResponseJWS"]
    # of prepareCheckout (spec 4.9)
    prepared_checkout_member: Literal["checkoutResponse", "checkoutRequestJws"]
    profile_token_member: Literal["idToken", "authorization"]
    error_detail_member: Literal["errordetail", "errorDetail"]
    error_status_is_text: bool
    error_source_types: dict[str, str]  # ours → this network's (spec 6)

    # Forms
    consumer_id_form: IdForm
    digital_card_id_form: IdForm
    correlation_id_form: IdForm
    card_date_form: DateForm
    consumer_date_form: DateForm
    emits_old_card_date_key: bool  # `dateofCardCreated` beside the right one (spec 0.5)
    dynamic_data_expiration_form: DateForm
    mask: MaskStyle
    address_form: AddressForm  # spec 5.12

    # Payload
    dynamic_data_is_list: bool
    par_place: ParPlace
    par_prefix: str
    default_dynamic_data_type: DynamicDataType
    dynamic_data_types: frozenset[DynamicDataType]
    dynamic_data_ttl_is_honoured: bool  # spec 8.8
    dynamic_data_ttl_minutes: int
    eci: Eci
    payload_three_ds_member: Literal[
        "threeDsOutputData", "threeDsOutputDatas"
    ]  # name of threeDsOutputData in getPayload (spec 4.11)
    has_token_results_data: bool  # srcTokenResultsData (spec 5.17)

    # Addresses and headers
    native_mounts: tuple[str, ...]  # paths of its own for the same resources (spec 2.2-2.4)
    tells_response_host: bool  # X-Src-Response-Host (spec 2.6)
    trace_headers: tuple[str, ...]  # answered with the flow id, for tracing only (spec 2.6)
    consumer_token_header: str | None  # an idToken may come in it (spec 8.6)

    # What its pages ask of clients and nobody here refuses to be without: the verdict looks at it
    client_id_header: str | None  # names the client beside the body (spec 2.6)
    card_content_encryptions: tuple[str, ...]  # its pages and packages use (spec 8.1); () none
    card_header_has_iat: bool  # spec 8.1

    # Operations
    payload_by_get: bool  # False: POST on the same path (spec O17)
    duplicate_card: DuplicateCard
    pending_card_is_refused: bool  # else dcfActionCode PENDING_AUTHENTICATION (spec 4.10)
    enrolment_identities: frozenset[IdentityType]  # a new profile must bring these (spec 4.1)
    validation_channel_names: dict[IdentityType, str]  # spec 4.5
    authentication_methods: tuple[AuthenticationMethod, ...]  # in the order offered (spec 4.13)
    masked_channels_joined: bool  # several channels, comma-separated, in one member

    # Cards
    payment_card_descriptor: str
    card_security_code_digits: int
    pan_prefixes: tuple[str, ...]
    test_pans: tuple[TestPan, ...]
    invented_pan_ranges: tuple[PanRange, ...]
    magic_pan_prefix: str  # of the invented range whose numbers mean something
    token_range: TokenRange
    token_bin_range_digits: int

    @property
    def dynamic_data_rules(self) -> DynamicDataRules:
        """What the checkout rule needs to know of this network."""
        return DynamicDataRules(
            supported=self.dynamic_data_types,
            default=self.default_dynamic_data_type,
            ttl_is_honoured=self.dynamic_data_ttl_is_honoured,
            ttl_minutes=self.dynamic_data_ttl_minutes,
            pending_card_is_refused=self.pending_card_is_refused,
        )

    @property
    def magic_pan_digits(self) -> int:
        """The length of magic card numbers."""
        [digits] = [
            one.digits for one in self.invented_pan_ranges if one.prefix == self.magic_pan_prefix
        ]
        return digits

    def pays_with_pan(self, pan_bin: str, pan_last_four: str) -> bool:
        """Whether the published number with these digits yields a PAN payload (spec 12.1)."""
        return any(
            entry.credential is Credential.PAN
            and entry.digits.startswith(pan_bin)
            and entry.digits.endswith(pan_last_four)
            for entry in self.test_pans
        )

    def test_pan(self, digits: str) -> TestPan | None:
        """The entry for *digits* when the simulator accepts that number, else None."""
        for entry in self.test_pans:
            if entry.digits == digits:
                return entry
        for invented in self.invented_pan_ranges:
            if len(digits) == invented.digits and digits.startswith(invented.prefix):
                return TestPan(digits)
        return None
