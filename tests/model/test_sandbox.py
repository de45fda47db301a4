"""Whose tokens are good in a sandbox: its own, and those of what it is a copy of until then."""

from dataclasses import replace

import pytest

from src_system.model.identifiers import DEFAULT_SANDBOX, SandboxName
from src_system.model.sandbox import Eras
from tests.model.samples import SANDBOX

# Forked from `first` in its third era; put back twice since, the last time when it had had four.
COPY = replace(
    SANDBOX,
    era=5,
    first_era=4,
    lineage=(Eras("first", 1, 3), Eras("box", 0, 1)),
)


@pytest.mark.parametrize(
    ("name", "era", "is_good"),
    [
        ("box", 4, True),
        ("box", 5, True),
        ("box", 3, False),  # of the time between, which was undone
        ("box", 2, False),
        ("box", 1, True),
        ("first", 3, True),
        ("first", 1, True),
        ("first", 0, False),
        ("first", 4, False),
        ("other", 4, False),
        ("box", None, False),
        ("box", "4", False),
        (None, 4, False),
    ],
)
def test_a_token_is_good_in_the_eras_of_the_lineage_and_in_those_that_followed(name, era, is_good):
    assert COPY.has_issued(name, era) is is_good


def test_a_sandbox_that_was_never_copied_takes_its_own_alone():
    assert SANDBOX.has_issued("box", 0)
    assert not SANDBOX.has_issued("other", 0)


def test_only_the_default_sandbox_needs_no_name_in_its_addresses():
    assert SANDBOX.path == "/s/box"
    assert replace(SANDBOX, name=DEFAULT_SANDBOX).path == ""
    assert replace(SANDBOX, name=SandboxName("default-2")).path == "/s/default-2"
