"""The markets where click to pay is live, as data: a further one is one row (spec 11)."""

from src_system.networks.market import (
    Market,
    NationalIdentifier,
    Postcode,
)

__all__ = ["MARKETS", "Market"]


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# ISO 3166-2 without the country, and the postal service's own for the armed forces.
_US_STATES = _codes(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH"
    " NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI AA AE AP"
)
_AU_STATES = _codes("ACT NSW NT QLD SA TAS VIC WA")
_BR_STATES = _codes(
    "AC AL AP AM BA CE DF ES GO MA MT MS MG PA PB PR PE PI RJ RN RS RO RR SC SP SE TO"
)
_CA_PROVINCES = _codes("AB BC MB NB NL NS NT NU ON PE QC SK YT")
_MX_STATES = _codes(
    "AGU BCN BCS CAM CHH CHP CMX COA COL DUR GRO GUA HID JAL MEX MIC MOR NAY NLE OAX PUE QUE"
    " ROO SIN SLP SON TAB TAM TLA VER YUC ZAC"
)
_MY_STATES = tuple(f"{number:02d}" for number in range(1, 17))
# What people write for the sixteen numbers of ISO 3166-2:MY, in their order.
_MY_LETTERS = _codes("JHR KDH KTN MLK NSN PHG PNG PRK PLS SGR TRG SBH SWK KUL LBN PJY")
_AE_EMIRATES = ("AJ", "AZ", "DU", "FU", "RK", "SH", "UQ")

_CA_LETTER = "[ABCEGHJ-NPRSTV-Z]"

# Which members of an address a market needs, and the forms of its postcodes, follow the address
# metadata that is published for web forms. Mobile prefixes are ranges set aside for fiction where
# the market has one (US, CA, AU, GB).
_ROWS = (
    Market(
        country_code="US",
        name="United States",
        currency_code="USD",
        calling_code="1",
        languages=("en_US", "es_US"),
        zip_pattern="[0-9]{5}(-[0-9]{4})?",
        states=_US_STATES,
        state_required=True,
        remember_me_ticked=True,
        mobile_prefix="20255501",
        mobile_digits=10,
    ),
    Market(
        country_code="AU",
        name="Australia",
        currency_code="AUD",
        calling_code="61",
        languages=("en_AU",),
        zip_pattern="[0-9]{4}",
        states=_AU_STATES,
        state_required=True,
        mobile_prefix="491570",
        mobile_digits=9,
    ),
    Market(
        country_code="BR",
        name="Brazil",
        currency_code="BRL",
        calling_code="55",
        languages=("pt_BR",),
        zip_pattern="[0-9]{5}-?[0-9]{3}",
        states=_BR_STATES,
        state_required=True,
        national_identifier=NationalIdentifier("CPF", ("br", "cpf")),
        mobile_prefix="1199999",
        mobile_digits=11,
    ),
    Market(
        country_code="CA",
        name="Canada",
        currency_code="CAD",
        calling_code="1",
        languages=("en_CA", "fr_CA"),
        zip_pattern=f"[ABCEGHJ-NPRSTVXY][0-9]{_CA_LETTER} ?[0-9]{_CA_LETTER}[0-9]",
        states=_CA_PROVINCES,
        state_required=True,
        mobile_prefix="61355501",
        mobile_digits=10,
    ),
    Market(
        country_code="HK",
        name="Hong Kong",
        currency_code="HKD",
        calling_code="852",
        languages=("zh_HK", "en_HK"),
        postcode=Postcode.NONE,
        city_required=False,
        mobile_prefix="9999",
        mobile_digits=8,
    ),
    Market(
        country_code="IE",
        name="Ireland",
        currency_code="EUR",
        calling_code="353",
        languages=("en_IE",),
        postcode=Postcode.OPTIONAL,
        zip_pattern="[A-Z][0-9][0-9W] ?[A-Z0-9]{4}",
        mobile_prefix="85999",
        mobile_digits=9,
    ),
    Market(
        country_code="KW",
        name="Kuwait",
        currency_code="KWD",
        minor_units=3,
        calling_code="965",
        languages=("ar_KW", "en_KW"),
        postcode=Postcode.OPTIONAL,
        zip_pattern="[0-9]{5}",
        mobile_prefix="5999",
        mobile_digits=8,
    ),
    Market(
        country_code="MY",
        name="Malaysia",
        currency_code="MYR",
        calling_code="60",
        languages=("ms_MY", "en_MY"),
        zip_pattern="[0-9]{5}",
        states=_MY_STATES,
        state_aliases=dict(zip(_MY_LETTERS, _MY_STATES, strict=True)),
        mobile_prefix="12999",
        mobile_digits=9,
    ),
    Market(
        country_code="MX",
        name="Mexico",
        currency_code="MXN",
        calling_code="52",
        languages=("es_MX",),
        zip_pattern="[0-9]{5}",
        states=_MX_STATES,
        state_aliases={"DF": "CMX", "DIF": "CMX"},  # the capital's codes until 2016
        state_required=True,
        national_identifier=NationalIdentifier("CURP", ("mx", "curp")),
        mobile_prefix="559999",
        mobile_digits=10,
    ),
    Market(
        country_code="NZ",
        name="New Zealand",
        currency_code="NZD",
        calling_code="64",
        languages=("en_NZ",),
        zip_pattern="[0-9]{4}",
        mobile_prefix="21999",
        mobile_digits=9,
    ),
    Market(
        country_code="QA",
        name="Qatar",
        currency_code="QAR",
        calling_code="974",
        languages=("ar_QA", "en_QA"),
        postcode=Postcode.NONE,
        mobile_prefix="3399",
        mobile_digits=8,
    ),
    Market(
        country_code="SA",
        name="Saudi Arabia",
        currency_code="SAR",
        calling_code="966",
        languages=("ar_SA", "en_SA"),
        postcode=Postcode.OPTIONAL,
        zip_pattern="[0-9]{5}(-[0-9]{4})?",
        mobile_prefix="50999",
        mobile_digits=9,
    ),
    Market(
        country_code="SG",
        name="Singapore",
        currency_code="SGD",
        calling_code="65",
        languages=("en_SG",),
        zip_pattern="[0-9]{6}",
        city_required=False,
        mobile_prefix="8999",
        mobile_digits=8,
    ),
    Market(
        country_code="AE",
        name="United Arab Emirates",
        currency_code="AED",
        calling_code="971",
        languages=("ar_AE", "en_AE"),
        postcode=Postcode.NONE,
        states=_AE_EMIRATES,
        state_required=True,
        city_required=False,
        mobile_prefix="50999",
        mobile_digits=9,
    ),
    Market(
        country_code="GB",
        name="United Kingdom",
        currency_code="GBP",
        calling_code="44",
        languages=("en_GB",),
        zip_pattern="GIR ?0AA|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",
        mobile_prefix="7700900",
        mobile_digits=10,
    ),
)

MARKETS: dict[str, Market] = {market.country_code: market for market in _ROWS}
