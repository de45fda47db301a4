"""The market: everything in which doing business in one country differs from another, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from src_system.model.compliance import COMPLIANCE_NEEDED


class Postcode(StrEnum):
    """Whether an address of the market has a `zip` (spec 11.8)."""

    REQUIRED = "REQUIRED"
    OPTIONAL = "OPTIONAL"
    NONE = "NONE"  # the country has no postcodes; a filler such as 00000 is dropped


@dataclass(frozen=True, slots=True)
class NationalIdentifier:
    """A number that a state gives a person.

    `rule` is the name under which python-stdnum knows form and check digits: country, number.
    """

    name: str
    rule: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What a market expects of addresses, phones, amounts, languages and consent."""

    country_code: str  # ISO 3166-1 alpha-2
    name: str
    currency_code: str  # ISO 4217 alpha-3
    minor_units: int = 2  # decimals of the currency
    calling_code: str
    languages: tuple[str, ...]  # locales, the ordinary one first
    postcode: Postcode = Postcode.REQUIRED
    zip_pattern: str | None = None  # of a zip in capitals; None: 3 to 16 letters and digits
    states: tuple[str, ...] = ()  # codes of an address's `state`; empty where it is free text
    state_aliases: Mapping[str, str] = field(default_factory=dict)  # other codes in use → ours
    state_required: bool = False
    city_required: bool = True
    remember_me_ticked: bool = False  # whether the box "remember me" may be ticked beforehand
    compliance_types: frozenset[str] = COMPLIANCE_NEEDED
    national_identifier: NationalIdentifier | None = None
    token_only: bool = False  # payloads carry token credentials in `card` (spec 11.6)
    mobile_prefix: str  # how invented mobile numbers begin, after the calling code
    mobile_digits: int  # digits after the calling code

    @property
    def has_postcode(self) -> bool:
        """Whether addresses of this market have a postcode at all."""
        return self.postcode is not Postcode.NONE

    @property
    def national_identifier_name(self) -> str | None:
        """What the national identifier is called, None where none is asked for."""
        return None if self.national_identifier is None else self.national_identifier.name
