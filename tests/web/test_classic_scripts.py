"""How modules become one classic script: in order, once each, without imports and comments."""

import re
import shutil
import subprocess

from src_system.web.scripts import classic_script, module


def test_a_module_stands_behind_those_that_it_imports_and_once() -> None:
    text = classic_script("visa", "vsdk").body.decode()

    names = re.findall(r"^const \$(\w+) = ", text, re.MULTILINE)

    assert len(names) == len(set(names))
    for name in names:
        for imported in re.findall(r"from '\./(\w+)\.js'", module(name)):
            assert f"import('./{imported}" in module(name) or names.index(imported) < names.index(
                name
            )


def test_nothing_that_only_a_module_may_say_is_left_and_no_comment() -> None:
    text = classic_script("mastercard", "mastercard_checkout_services").body.decode()

    assert re.search(r"^\s*(import|export)\b", text, re.MULTILINE) is None
    assert len(re.findall(r"/\*\*", text)) < 20  # casts in the midst of a line
    assert "SRCSDK_MASTERCARD" in text


def test_the_script_runs_as_one_function_that_leaves_no_names_behind() -> None:
    node = shutil.which("node")
    assert node is not None
    stage = (
        "globalThis.window = globalThis;"
        "globalThis.document = {currentScript: null, scripts: []};"
        "globalThis.location = {origin: 'http://h.test'};"
        "globalThis.HTMLScriptElement = class {};"
        "const before = Object.keys(globalThis);"
    )
    end = "console.log(Object.keys(globalThis).filter((one) => !before.includes(one)).join());"
    program = stage + classic_script("amex").body.decode() + end

    ran = subprocess.run(
        [node, "-e", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.stderr == ""
    assert ran.stdout.strip() == "AmexSS,SRC_SIM"
