"""What the checks found becomes a verdict: worst first, chosen, waived, bounded."""

from datetime import date
from string import ascii_letters
from typing import Any

from src_system.networks import PROFILES
from src_system.verdict.check import EVIDENCE_MAX, FINDINGS_MAX
from src_system.verdict.judgement import Scope, Verdict, VerdictWord, judge, run_checks
from src_system.verdict.waivers import Waiver, WaiverState
from tests.verdict.conversation import OTHER_SHOP, Conversation
from tests.verdict.shopping import Shopper, price

OLD = {"type": "EMAIL", "identityValue": "ana@shop.test"}
OLD_ID, NEAR_ID = "src.spelling.deprecated", "src.spelling.near-miss"


def waiver(check_id: str = OLD_ID, *, is_over: bool = False, **match: str) -> Waiver:
    return Waiver(check_id, "agreed", date(2026, 12, 31), is_over=is_over, **match)


def verdict_on(talk: Conversation, *waivers: Waiver, scope: Scope | None = None) -> Verdict:
    outcomes = run_checks(talk.history())
    return judge(outcomes, waivers=waivers, scope=scope or Scope())


def an_old_spelling(talk: Conversation, network: str = "visa", client: str = "shop") -> None:
    ana = Shopper(talk, network, f"{network}-{client}", client=client, session=f"{network}{client}")
    ana.says("identityLookup", {"consumerIdentity": OLD}, {"consumerPresent": True})


def ids(verdict: Verdict) -> list[str]:
    return [one.finding.check.id for one in verdict.findings]


def test_nothing_to_object_to_is_passed() -> None:
    talk = Conversation()
    Shopper(talk, "visa").buys()
    verdict = verdict_on(talk)

    assert verdict.word is VerdictWord.PASSED
    assert ids(verdict) == []


def test_a_note_alone_is_passed_a_warning_warns_and_a_failure_fails() -> None:
    talk = Conversation()
    ana = Shopper(talk, "visa")
    ana.enrols(
        complianceSettings={
            "complianceResources": [
                {"complianceType": one, "uri": "u"}
                for one in ("TERMS_AND_CONDITIONS", "PRIVACY_POLICY")
            ]
        }
    )
    noted = verdict_on(talk)
    an_old_spelling(talk)
    warned = verdict_on(talk)
    ana.pays(dpaTransactionOptions=price("1.005"))
    ana.confirms()
    failed = verdict_on(talk)

    assert (noted.word, ids(noted)) == (VerdictWord.PASSED, ["src.consent.without-version"] * 2)
    assert warned.word is VerdictWord.WARNING
    assert failed.word is VerdictWord.FAILED
    assert ids(failed)[0] == "src.amount.minor-units"
    assert ids(failed)[-1] == "src.consent.without-version"


def test_a_waiver_takes_its_findings_out_of_the_word_and_leaves_them_in_the_list() -> None:
    talk = Conversation()
    an_old_spelling(talk)
    verdict = verdict_on(talk, waiver())

    assert verdict.word is VerdictWord.PASSED
    assert {one.waivers for one in verdict.findings} == {(waiver(),)}
    assert [(use.state, use.findings) for use in verdict.waivers] == [(WaiverState.APPLIED, 2)]


def test_a_waiver_that_is_over_waives_nothing_and_says_so() -> None:
    talk = Conversation()
    an_old_spelling(talk)
    verdict = verdict_on(talk, waiver(is_over=True))

    assert verdict.word is VerdictWord.WARNING
    assert [one.waivers for one in verdict.findings] == [(), ()]
    assert [(use.state, use.findings) for use in verdict.waivers] == [(WaiverState.EXPIRED, 2)]


def test_a_waiver_for_nothing_says_so() -> None:
    talk = Conversation()
    Shopper(talk, "visa").buys()
    verdict = verdict_on(talk, waiver())

    assert [(use.state, use.findings) for use in verdict.waivers] == [(WaiverState.UNUSED, 0)]


def test_a_waiver_holds_for_the_network_operation_client_and_words_that_it_names() -> None:
    talk = Conversation()
    an_old_spelling(talk)
    for match, waived in [
        ({"network": "visa"}, 2),
        ({"network": "amex"}, 0),
        ({"operation": "identityLookup"}, 2),
        ({"operation": "checkout"}, 0),
        ({"src_client_id": "shop"}, 2),
        ({"src_client_id": "other-shop"}, 0),
        ({"message": "TYPE EMAIL is old"}, 1),
    ]:
        members: dict[str, Any] = dict(match)
        uses = verdict_on(talk, waiver(**members)).waivers
        assert [use.findings for use in uses] == [waived], match


def test_a_waiver_for_one_network_leaves_what_was_seen_at_another_too() -> None:
    talk = Conversation()
    an_old_spelling(talk, "visa")
    an_old_spelling(talk, "amex")
    verdict = verdict_on(talk, waiver(network="visa"))
    left = [(one.finding.steps, one.waivers, one.waived_evidence) for one in verdict.findings]

    assert verdict.word is VerdictWord.WARNING
    assert [[step.network for step in steps] for steps, _, _ in left] == [["amex"], ["amex"]]
    assert [(waivers, gone) for _, waivers, gone in left] == [((), 1), ((), 1)]
    assert [(use.state, use.findings) for use in verdict.waivers] == [(WaiverState.APPLIED, 2)]


def test_waivers_for_each_network_cover_a_flaw_of_all_networks_together() -> None:
    talk = Conversation()
    for network in PROFILES:
        an_old_spelling(talk, network)
    waivers = [waiver(network=network) for network in PROFILES]
    verdict = verdict_on(talk, *waivers)

    assert verdict.word is VerdictWord.PASSED
    assert {one.waivers for one in verdict.findings} == {tuple(waivers)}
    assert {len(one.finding.steps) for one in verdict.findings} == {len(PROFILES)}
    assert {(use.state, use.findings) for use in verdict.waivers} == {(WaiverState.APPLIED, 2)}


def test_a_flaw_between_two_networks_is_waived_by_the_waivers_for_both_and_by_neither() -> None:
    talk = Conversation()
    ana = Shopper(talk, "visa")
    ana.signs_in()
    Shopper(talk, "amex").says("getSrcProfile", {}, changes={"srcCorrelationId": ana.session})
    check_id = "src.correlation.other-network"
    networks = {
        step.network
        for one in verdict_on(talk).findings
        for step in one.finding.steps
        if one.finding.check.id == check_id
    }
    both = verdict_on(talk, *(waiver(check_id, network=one) for one in ("visa", "amex")))
    one = verdict_on(talk, waiver(check_id, network="visa"))

    assert networks == {"visa", "amex"}
    assert [use.state for use in both.waivers] == [WaiverState.APPLIED] * 2
    assert [use.state for use in one.waivers] == [WaiverState.UNUSED]
    assert check_id not in [f.finding.check.id for f in both.findings if not f.waivers]
    assert check_id in [f.finding.check.id for f in one.findings if not f.waivers]


def test_a_waiver_that_is_over_leaves_its_network_open_beside_others_that_hold() -> None:
    talk = Conversation()
    an_old_spelling(talk, "visa")
    an_old_spelling(talk, "amex")
    verdict = verdict_on(talk, waiver(network="visa"), waiver(network="amex", is_over=True))

    assert verdict.word is VerdictWord.WARNING
    assert [use.state for use in verdict.waivers] == [WaiverState.APPLIED, WaiverState.EXPIRED]
    assert [use.findings for use in verdict.waivers] == [2, 2]


def test_what_is_waived_and_what_is_left_count_evidence_that_is_not_listed() -> None:
    talk = Conversation()
    for network in ("visa", "amex"):
        ana = Shopper(talk, network)
        for _ in range(EVIDENCE_MAX + 5):
            ana.says("identityLookup", {"consumerIdentity": OLD}, {"consumerPresent": True})
    one, _ = verdict_on(talk, waiver(network="visa")).findings

    assert len(one.finding.steps) == EVIDENCE_MAX
    assert {step.network for step in one.finding.steps} == {"amex"}
    assert (one.finding.more, one.waived_evidence) == (5, EVIDENCE_MAX + 5)


def test_reasons_are_told_once_each_and_the_first_day_to_end_counts() -> None:
    talk = Conversation()
    for network in ("visa", "amex", "discover"):
        an_old_spelling(talk, network)
    days = [date(2026, 12, 31), date(2026, 11, 30), date(2027, 1, 31)]
    waivers = [
        Waiver(OLD_ID, reason, day, is_over=False, network=network)
        for network, reason, day in zip(
            ("visa", "amex", "discover"), ("R7.", "R8.", "R7."), days, strict=True
        )
    ]
    one, _ = verdict_on(talk, *waivers).findings

    assert (one.reason, one.until) == ("R7.; R8.", date(2026, 11, 30))


def test_findings_can_be_those_of_one_client() -> None:
    talk = Conversation()
    an_old_spelling(talk)
    an_old_spelling(talk, client=OTHER_SHOP)
    Shopper(talk, "visa", "t", client=OTHER_SHOP, session="s").pays(refusal="X")

    assert ids(verdict_on(talk, scope=Scope("shop"))) == [OLD_ID] * 2
    assert verdict_on(talk, scope=Scope("nobody")).word is VerdictWord.PASSED


def test_findings_can_be_those_with_evidence_behind_a_place() -> None:
    talk = Conversation()
    an_old_spelling(talk)
    place = talk.exchanges[-1].entry.place
    ana = Shopper(talk, "visa", "later", session="later")
    ana.signs_in()
    ana.pays()

    assert ids(verdict_on(talk, scope=Scope(since=place))) == ["src.confirmation.missing"]


def test_a_payment_is_judged_by_what_came_before_the_place_as_well() -> None:
    talk = Conversation()
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    place = talk.exchanges[-1].entry.place
    ana.confirms()

    assert ids(verdict_on(talk, scope=Scope(since=place))) == []


def test_equal_flaws_are_one_finding_with_the_first_places_and_the_newest() -> None:
    talk = Conversation()
    ana = Shopper(talk, "visa")
    for _ in range(EVIDENCE_MAX + 30):
        ana.says("identityLookup", {"consumerIdentity": OLD}, {"consumerPresent": True})
    [one, _] = [judged.finding for judged in verdict_on(talk).findings]

    assert len(one.steps) == EVIDENCE_MAX
    assert one.more == 30
    assert [one.steps[0].place, one.steps[-1].place] == [1, EVIDENCE_MAX + 30]


def test_findings_of_one_check_are_bounded_and_the_rest_is_counted() -> None:
    slips = [f"{word}{letter}" for word in ("emailAddres", "phoneNumbe") for letter in "abcdefghi"]
    slips += [f"{word}{letter}" for word in ("srcDpaI", "identityValu") for letter in ascii_letters]
    known = {"srcDpaId", "identityValue"}
    talk = Conversation()
    misspelt: dict[str, Any] = dict.fromkeys(set(slips) - known, "x")
    Shopper(talk, "visa").is_looked_up(**misspelt)
    [outcome] = [one for one in run_checks(talk.history()) if one.check.id == NEAR_ID]

    assert len(outcome.findings) == FINDINGS_MAX
    assert outcome.more == len(set(slips) - known) - FINDINGS_MAX
