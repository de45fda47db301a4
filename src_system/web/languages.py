"""What people read, in seven languages: a catalogue per language and area of the pages.

A catalogue is `i18n/{language}/{area}.json`: keys to texts, with `{name}` where a value goes. The
English one says which keys there are.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

LANGUAGES = ("en", "ar", "pt-BR", "es-MX", "fr-CA", "zh-HK", "ms")
DEFAULT_LANGUAGE = "en"
_RIGHT_TO_LEFT = frozenset({"ar"})
_BABEL = {"zh-HK": "zh_Hant_HK"}


@cache
def catalogue(language: str, area: str) -> Mapping[str, str]:
    """The texts of *area* in *language*, in English where it has no such catalogue."""
    place = files(__package__).joinpath("i18n")
    found = place.joinpath(language, f"{area}.json")
    if language not in LANGUAGES or not found.is_file():
        found = place.joinpath(DEFAULT_LANGUAGE, f"{area}.json")
    texts: dict[str, str] = json.loads(found.read_text(encoding="utf-8"))
    return texts


def language_of(locale: str | None) -> str:
    """The language that somebody with *locale* (`ar_KW`, `pt-BR`, `ms`, any case) is spoken to in.

    Exactly that one, else one of the same language, else English.
    """
    wanted = (locale or "").replace("_", "-").lower()
    exact = {language.lower(): language for language in LANGUAGES}
    if wanted in exact:
        return exact[wanted]
    spoken = {language.partition("-")[0].lower(): language for language in LANGUAGES}
    return spoken.get(wanted.partition("-")[0], DEFAULT_LANGUAGE)


def first_language(accepted: str) -> str:
    """The language of an `Accept-Language` that stands first (`ar,en;q=0.8`)."""
    return language_of(accepted.partition(",")[0].partition(";")[0].strip())


def island(value: object) -> Markup:
    """*value*, in whichever direction it runs by itself, kept apart from the text around it."""
    return Markup("<bdi>{}</bdi>").format(value)


def babel_locale(language: str) -> str:
    """The name by which Unicode's CLDR knows *language*."""
    return _BABEL.get(language, language.replace("-", "_"))


def by_name(language: str, country_codes: Iterable[str]) -> list[tuple[str, str]]:
    """Countries as (code, name in *language*), in the order of their names."""
    from babel import Locale  # read at the first page only: a server starts without it

    names = Locale.parse(babel_locale(language)).territories
    return sorted(((code, names.get(code, code)) for code in country_codes), key=lambda one: one[1])


def left_to_right(value: object) -> Markup:
    """*value* as an island that stays left to right in a text of either direction."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(value)


@dataclass(frozen=True, slots=True)
class Speech:
    """One area's texts in one language, to be called with a key: `speech("pay", amount=…)`."""

    language: str
    area: str

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`, as HTML writes it."""
        return "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"

    def __call__(self, key: str, **values: object) -> Markup:
        """The text of *key*, its values escaped unless they are markup; KeyError for no such."""
        text = escape(catalogue(self.language, self.area)[key])
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in catalogue(self.language, self.area)
