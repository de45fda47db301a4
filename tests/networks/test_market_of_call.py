"""The market of a call, locales, and what a market asks of a person."""

import pytest

from src_system.model.consumer import PhoneNumber
from src_system.model.errors import InvalidFormat, InvalidValue, MarketNotEnabled
from src_system.networks.consumer_rules import (
    check_national_identifier,
    locale_of_person,
    market_of_person,
)
from src_system.networks.locales import normal_locale, supported_locale
from src_system.networks.market_of_call import market_of_call, read_country
from src_system.networks.markets import MARKETS

ALL = tuple(MARKETS)


def _market(enabled=ALL, country=None, locale=None, lenient=False):
    return market_of_call(
        enabled, merchant_country_code=country, dpa_locale=locale, allows_unknown=lenient
    )


@pytest.mark.parametrize(
    ("enabled", "country", "locale", "expected"),
    [
        (ALL, "AU", "en_US", "AU"),
        (ALL, None, "ar_AE", "AE"),
        (("KW",), None, None, "KW"),
        (("KW",), None, "ar", "KW"),
        (ALL, None, None, None),
        (ALL, None, "en", None),
    ],
)
def test_the_market_is_the_merchants_country_then_the_locales_then_the_only_one(
    enabled, country, locale, expected
):
    found = _market(enabled, country, locale)
    assert (found and found.country_code) == expected


@pytest.mark.parametrize(
    ("country", "locale", "member"),
    [("AU", None, "merchantCountryCode"), (None, "en_AU", "dpaLocale"), ("FR", None, None)],
)
def test_a_market_that_is_not_the_dpas_is_refused_by_the_member_that_named_it(
    country, locale, member
):
    with pytest.raises(MarketNotEnabled) as refusal:
        _market(("US", "CA"), country, locale)
    assert refusal.value.source == f"dpaTransactionOptions.{member or 'merchantCountryCode'}"


def test_a_market_that_nobody_knows_is_let_pass_in_a_lenient_sandbox_only():
    assert _market(country="FR", lenient=True) is None
    with pytest.raises(MarketNotEnabled):
        _market(country="FR")
    with pytest.raises(MarketNotEnabled):
        _market(("US",), "AU", lenient=True)


@pytest.mark.parametrize(
    ("text", "country"), [("US", "US"), ("gb", "GB"), ("840", "US"), ("KWT", "KW"), ("GBR", "GB")]
)
def test_a_country_is_read_in_every_form_of_iso_3166(text, country):
    assert read_country(text, source="c") == country


@pytest.mark.parametrize("text", ["USA1", "1", "U1", "", "000", "éé"])
def test_what_is_no_country_is_refused(text):
    with pytest.raises(InvalidFormat):
        read_country(text, source="c")


@pytest.mark.parametrize(
    ("text", "normal", "supported"),
    [
        ("en_US", "en_US", "en_US"),
        ("en-US", "en_US", "en_US"),
        ("US", "en_US", "en_US"),
        ("KW", "ar_KW", "ar_KW"),
        ("pt-br", "pt_BR", "pt_BR"),
        ("zh-Hant-HK", "zh_HK", "zh_HK"),
        ("ar", "ar", "ar_KW"),
        ("EN", "en", "en_US"),
        ("fr_FR", "fr_FR", "en_US"),
        ("DE", "en_DE", "en_US"),
        ("xx", "xx", "en_US"),
    ],
)
def test_every_spelling_of_a_locale_is_one_and_an_unsupported_one_speaks_english(
    text, normal, supported
):
    assert normal_locale(text, source="l") == normal
    assert supported_locale(normal) == supported


@pytest.mark.parametrize("text", ["english", "e", "en_USA", "en US", "_US", "12"])
def test_what_is_no_locale_is_refused(text):
    with pytest.raises(InvalidFormat):
        normal_locale(text, source="dpaTransactionOptions.dpaLocale")


@pytest.mark.parametrize(
    ("country", "mobile", "expected"),
    [
        ("BR", None, "BR"),
        (None, PhoneNumber("965", "59990000"), "KW"),
        (None, PhoneNumber("1", "2025550143"), None),
        ("FR", PhoneNumber("965", "59990000"), None),
        (None, None, None),
    ],
)
def test_a_persons_market_is_the_country_else_the_only_one_with_the_calling_code(
    country, mobile, expected
):
    found = market_of_person(country, mobile)
    assert (found and found.country_code) == expected


def test_a_person_speaks_the_markets_first_language_unless_another_is_said():
    assert locale_of_person(None, MARKETS["SA"], source="l") == "ar_SA"
    assert locale_of_person("en-SA", MARKETS["SA"], source="l") == "en_SA"
    assert locale_of_person(None, None, source="l") is None


@pytest.mark.parametrize(
    ("market", "text", "kept"),
    [
        ("BR", "111.444.777-35", "11144477735"),
        ("BR", " 11144477735 ", "11144477735"),
        ("MX", "boxw310820hnerxn09", "BOXW310820HNERXN09"),
        ("US", "anything 1", "anything 1"),
        ("BR", "  ", None),
        ("BR", None, None),
    ],
)
def test_a_national_identifier_is_kept_without_separators(market, text, kept):
    assert check_national_identifier(text, MARKETS[market], source="n") == kept


@pytest.mark.parametrize(
    ("market", "text"), [("BR", "111.444.777-36"), ("BR", "123"), ("MX", "BOXW310820HNERXN08")]
)
def test_a_national_identifier_with_wrong_check_digits_is_refused(market, text):
    with pytest.raises(InvalidValue) as refusal:
        check_national_identifier(text, MARKETS[market], source="consumer.nationalIdentifier")
    assert refusal.value.source == "consumer.nationalIdentifier"


def test_only_brazil_and_mexico_ask_for_a_national_identifier():
    named = {code: market.national_identifier_name for code, market in MARKETS.items()}
    assert {code: name for code, name in named.items() if name} == {"BR": "CPF", "MX": "CURP"}
