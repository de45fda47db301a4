"""What each network takes of an address's text (spec 5.12)."""

import pytest

from src_system.model.address import Address
from src_system.model.errors import InvalidFormat
from src_system.networks import PROFILES
from src_system.networks.address_form import check_address_form


def _refused(network, **members):
    try:
        check_address_form(Address(**members), PROFILES[network].address_form, source="a")
    except InvalidFormat as refusal:
        return refusal.source
    return None


@pytest.mark.parametrize(
    "line",
    ["1 Main St. #4", "Łódzka 5/7", "Rua São João, 12 (fundos)", "شارع فهد السالم", "皇后大道中"],
)
@pytest.mark.parametrize("network", list(PROFILES))
def test_letters_of_every_script_pass_at_every_network(network, line):
    assert _refused(network, line1=line, city="x") is None


@pytest.mark.parametrize("line", ["1 Main St; 2", "<b>1</b>", "a\u0007b", "1 & 2", "🏠 1"])
def test_visa_takes_no_other_signs_in_a_line(line):
    assert _refused("visa", line2=line) == "a.line2"
    assert _refused("mastercard", line2=line) is None


@pytest.mark.parametrize(
    ("network", "name", "line", "city"),
    [("visa", 140, 140, 100), ("mastercard", 60, 75, 50), ("amex", 100, 75, 50)],
)
def test_each_network_has_its_own_lengths(network, name, line, city):
    for member, most in (("name", name), ("line1", line), ("line3", line), ("city", city)):
        assert _refused(network, **{member: "x" * most}) is None
        assert _refused(network, **{member: "x" * (most + 1)}) == f"a.{member}"
