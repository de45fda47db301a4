"""Templates rendered and assets read, from the files that lie beside this one."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import jinja2

# No inline script or style, nothing from another origin, and no frame around a page.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CONTENT_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is sent; `etag` names its content."""

    body: bytes
    content_type: str
    etag: str


def text_of(body: bytes, content_type: str) -> Text:
    """*body* with the name of its content."""
    return Text(body, content_type, hashlib.sha256(body).hexdigest()[:32])


_COMPRESSED_MAX = 200


@lru_cache(_COMPRESSED_MAX)
def compressed(text: Text) -> bytes:
    """The body by gzip, the same bytes each time."""
    return gzip.compress(text.body, mtime=0)


@cache
def asset(name: str) -> Text:
    """The style sheet, script or picture *name*; FileNotFoundError when there is none."""
    body = files(__package__).joinpath("assets", name).read_bytes()
    return text_of(body, CONTENT_TYPES[name.rpartition(".")[2]])


@cache
def _environment() -> "jinja2.Environment":
    # Read at the first page only: a server starts without it.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader("src_system.web", place) for place in ("templates", "")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = _marked
    environment.filters["quoted"] = _quoted
    return environment


def _quoted(text: str) -> str:
    """A part of an address: a slash in it is none of the address."""
    return quote(str(text), safe="")


def _marked(text: str) -> str:
    """What stands between backticks, as code."""
    from markupsafe import Markup, escape

    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    pieces = [
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    ]
    return Markup("").join(pieces)


def page(template: str, **content: Any) -> Text:
    """The page that *template* makes of *content*."""
    body = _environment().get_template(template).render(**content).encode()
    return text_of(body, "text/html")
