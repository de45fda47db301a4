"""The catalogues say the same things in every language, and speech keeps values apart."""

import json
import re
from pathlib import Path

import pytest
from markupsafe import Markup

from src_system.web.languages import (
    LANGUAGES,
    Speech,
    first_language,
    island,
    language_of,
    left_to_right,
)

PLACE = re.compile(r"{(\w+)}")


def catalogues(repository: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Area to language to texts."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for path in (repository / "src_system" / "web" / "i18n").glob("*/*.json"):
        texts = json.loads(path.read_text(encoding="utf-8"))
        found.setdefault(path.stem, {})[path.parent.name] = texts
    return found


def test_every_catalogue_says_what_the_english_one_says_with_the_same_values(
    repository: Path,
) -> None:
    differing = [
        f"{language}/{area}.json: {key}"
        for area, by_language in catalogues(repository).items()
        for language, texts in by_language.items()
        for key in texts.keys() | by_language["en"].keys()
        if set(PLACE.findall(texts.get(key, "{missing}")))
        != set(PLACE.findall(by_language["en"].get(key, "{unknown}")))
    ]

    assert differing == []


def test_no_text_is_empty_or_left_in_english(repository: Path) -> None:
    for area, by_language in catalogues(repository).items():
        for language, texts in by_language.items():
            assert all(text.strip() for text in texts.values()), (area, language)
            if language != "en":
                same = [key for key, text in texts.items() if text == by_language["en"][key]]
                assert len(same) <= len(texts) // 4, (area, language, same)


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("ar_KW", "ar"),
        ("ar-sa", "ar"),
        ("pt_BR", "pt-BR"),
        ("PT-br", "pt-BR"),
        ("fr", "fr-CA"),
        ("es_US", "es-MX"),
        ("zh_HK", "zh-HK"),
        ("ms_MY", "ms"),
        ("en_AE", "en"),
        ("de_DE", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_locale_is_spoken_to_in_the_nearest_language(locale: str | None, language: str) -> None:
    assert language_of(locale) == language
    assert language in LANGUAGES


def test_a_browser_is_answered_in_the_language_that_it_names_first() -> None:
    accepted = ("ar,en;q=0.8", "fr;q=0.9, en", "pt-BR", "", "*")

    assert [first_language(one) for one in accepted] == ["ar", "fr-CA", "pt-BR", "en", "en"]


def test_values_are_escaped_and_islands_stay_left_to_right() -> None:
    speech = Speech("ar", "dcf")

    pays = speech("pay", amount=left_to_right("KWD 12.500"))
    shop = speech("at", shop=island("<b>Tom & Co</b>"))

    assert speech.direction == "rtl"
    assert '<bdi dir="ltr">KWD 12.500</bdi>' in pays
    assert "<bdi>&lt;b&gt;Tom &amp; Co&lt;/b&gt;</bdi>" in shop
    assert isinstance(pays, Markup)


def test_every_text_of_the_dcf_is_used_and_every_language_has_it(repository: Path) -> None:
    web = repository / "src_system" / "web"
    pages = "".join(path.read_text(encoding="utf-8") for path in (web / "dcf").glob("*.html"))
    room = repository / "src_system" / "http" / "facilitator"
    program = "".join(path.read_text(encoding="utf-8") for path in room.glob("*.py"))
    texts = catalogues(repository)["dcf"]

    unused = [key for key in texts["en"] if f'"{key}"' not in pages + program]

    assert unused == []
    assert set(texts) == set(LANGUAGES)


def test_every_text_of_the_shop_is_used_and_every_text_used_is_there(repository: Path) -> None:
    web = repository / "src_system" / "web" / "shop"
    sources = [*web.glob("*.js"), *web.glob("*.html")]
    sources += (repository / "src_system" / "shop").glob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    texts = catalogues(repository)["shop"]

    unused = [key for key in texts["en"] if f"'{key}'" not in text and f'"{key}"' not in text]
    spoken = set(re.findall(r"(?:\bsay|\bempty|\bpart)\('(\w+)'", text))
    spoken |= set(re.findall(r'speech\("(\w+)"', text))

    # What a refusal means is looked up by the names in reasons.js.
    assert [key for key in unused if f"  {key}: [" not in text] == []
    assert spoken - set(texts["en"]) == set()
    assert set(texts) == set(LANGUAGES)
