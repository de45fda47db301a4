"""The markets where click to pay is live, as data: a further one is one row (spec 11)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Market:
    """What a market expects of addresses, phones, amounts, languages and consent."""

    country_code: str  # ISO 3166-1 alpha-2
    name: str
    currency_code: str  # ISO 4217 alpha-3
    minor_units: int  # decimals of the currency
    calling_code: str
    languages: tuple[str, ...]  # locales, the ordinary one first
    has_postcode: bool
    states: tuple[str, ...]  # codes of an address's `state`; empty where it is not asked for
    consent_default_opt_in: bool  # whether the box "remember me" may be ticked beforehand
    national_identifier_name: str | None
    mobile_prefix: str  # how invented mobile numbers begin, after the calling code
    mobile_digits: int  # digits after the calling code


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_US_STATES = _codes(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH"
    " NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
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
_AE_EMIRATES = ("AJ", "AZ", "DU", "FU", "RK", "SH", "UQ")

# Mobile prefixes are ranges set aside for fiction where the market has one (US, CA, AU, GB).
MARKETS: dict[str, Market] = {
    market.country_code: market
    for market in (
        Market(
            "US",
            "United States",
            "USD",
            2,
            "1",
            ("en_US", "es_US"),
            True,
            _US_STATES,
            True,
            None,
            "20255501",
            10,
        ),
        Market(
            "AU",
            "Australia",
            "AUD",
            2,
            "61",
            ("en_AU",),
            True,
            _AU_STATES,
            False,
            None,
            "491570",
            9,
        ),
        Market(
            "BR",
            "Brazil",
            "BRL",
            2,
            "55",
            ("pt_BR",),
            True,
            _BR_STATES,
            False,
            "CPF",
            "1199999",
            11,
        ),
        Market(
            "CA",
            "Canada",
            "CAD",
            2,
            "1",
            ("en_CA", "fr_CA"),
            True,
            _CA_PROVINCES,
            False,
            None,
            "61355501",
            10,
        ),
        Market(
            "HK",
            "Hong Kong",
            "HKD",
            2,
            "852",
            ("zh_HK", "en_HK"),
            False,
            (),
            False,
            None,
            "9999",
            8,
        ),
        Market(
            "IE",
            "Ireland",
            "EUR",
            2,
            "353",
            ("en_IE",),
            True,
            (),
            False,
            None,
            "85999",
            9,
        ),
        Market(
            "KW",
            "Kuwait",
            "KWD",
            3,
            "965",
            ("ar_KW", "en_KW"),
            True,
            (),
            False,
            None,
            "5999",
            8,
        ),
        Market(
            "MY",
            "Malaysia",
            "MYR",
            2,
            "60",
            ("ms_MY", "en_MY"),
            True,
            _MY_STATES,
            False,
            None,
            "12999",
            9,
        ),
        Market(
            "MX",
            "Mexico",
            "MXN",
            2,
            "52",
            ("es_MX",),
            True,
            _MX_STATES,
            False,
            None,
            "559999",
            10,
        ),
        Market(
            "NZ",
            "New Zealand",
            "NZD",
            2,
            "64",
            ("en_NZ",),
            True,
            (),
            False,
            None,
            "21999",
            9,
        ),
        Market(
            "QA",
            "Qatar",
            "QAR",
            2,
            "974",
            ("ar_QA", "en_QA"),
            False,
            (),
            False,
            None,
            "3399",
            8,
        ),
        Market(
            "SA",
            "Saudi Arabia",
            "SAR",
            2,
            "966",
            ("ar_SA", "en_SA"),
            True,
            (),
            False,
            None,
            "50999",
            9,
        ),
        Market(
            "SG",
            "Singapore",
            "SGD",
            2,
            "65",
            ("en_SG",),
            True,
            (),
            False,
            None,
            "8999",
            8,
        ),
        Market(
            "AE",
            "United Arab Emirates",
            "AED",
            2,
            "971",
            ("ar_AE", "en_AE"),
            False,
            _AE_EMIRATES,
            False,
            None,
            "50999",
            9,
        ),
        Market(
            "GB",
            "United Kingdom",
            "GBP",
            2,
            "44",
            ("en_GB",),
            True,
            (),
            False,
            None,
            "7700900",
            10,
        ),
    )
}
