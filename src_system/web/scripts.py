"""SDKs as pages load them: one classic script each, put together from the ES modules in `sdk/`.

A page may read a global as soon as the script has loaded, which a module with imports does not
promise. Each module becomes a function that is called at once, in the order of their imports.
"""

import re
from functools import cache
from importlib.resources import files

from src_system.web.pages import Text, text_of

_IMPORT = re.compile(r"^import (\{[^}]*\}) from '\./(\w+)\.js';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
# Comments on lines of their own: a browser has no use for them.
_COMMENT = re.compile(r"^\s*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


@cache
def module(name: str) -> str:
    """The source of the module `sdk/{name}.js`."""
    return files(__package__).joinpath("sdk", f"{name}.js").read_text(encoding="utf-8")


def _in_order(name: str, known: list[str]) -> list[str]:
    """*name* behind everything that it imports, none of them twice."""
    for imported in _IMPORT.findall(module(name)):
        _in_order(imported[1], known)
    if name not in known:
        known.append(name)
    return known


def _as_function(name: str) -> str:
    source = _COMMENT.sub("", module(name))
    source = _IMPORT.sub(lambda found: f"const {found[1]} = ${found[2]};\n", source)
    exported = [found[1] for found in _EXPORT.findall(source)]
    source = _EXPORT.sub(r"\1", source).strip()
    return f"const ${name} = (() => {{\n{source}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


@cache
def classic_script(*entries: str) -> Text:
    """The modules *entries*, in that order, with all they import, as one classic script."""
    known: list[str] = []
    for entry in entries:
        _in_order(entry, known)
    body = "".join(_as_function(name) for name in known)
    text = f"/* src-system: a simulator, no real cards. Apache-2.0. */\n(() => {{\n{body}}})();\n"
    return text_of(text.encode(), "text/javascript")
