"""One-time codes: the same for the same issue, six digits, compared without an early end."""

from hypothesis import given
from hypothesis import strategies as st

from src_system.crypto.one_time_code import matches, one_time_code
from src_system.derive import Derivation

SEED_42 = Derivation("42")


@given(session=st.text(max_size=40), issue=st.integers(0, 10**6), digits=st.integers(4, 10))
def test_a_code_has_the_digits_asked_for_and_is_the_same_each_time(session, issue, digits):
    code = one_time_code(SEED_42, session, issue, digits=digits)
    assert len(code) == digits and code.isdecimal() and code.isascii()
    assert code == one_time_code(Derivation("42"), session, issue, digits=digits)


def test_sessions_issues_and_seeds_have_codes_of_their_own():
    codes = {
        one_time_code(Derivation(seed), session, issue, digits=10)
        for seed in ("1", "2")
        for session in ("a", "b")
        for issue in (1, 2)
    }
    assert len(codes) == 8


def test_a_code_matches_itself_and_nothing_else():
    assert matches("012345", "012345")
    for given_code in ("012346", "12345", "0123450", "", " 012345", "٠١٢٣٤٥", "\ud800"):
        assert not matches("012345", given_code)
