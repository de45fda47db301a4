"""The verdict over the control port: a sloppy client's shame, chosen, waived, and as SARIF."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from src_system.verdict.catalogue import CHECKS
from tests.clients.exchange import Json, call
from tests.clients.shopper import EMAIL, PANS, by_email, card, fixture_consumer, new_consumer
from tests.clients.src_client import Initiator, Sandbox, Server
from tests.verdict.conftest import Judge

SARIF = "application/sarif+json"
SLOPPY = {
    "src.amount.minor-units",
    "src.checkout.no-id-token",
    "src.card.of-another-network",
    "src.confirmation.unknown-session",
    "src.consent.missing-at-enrolment",
    "src.correlation.not-carried",
    "src.flow-id.not-carried",
    "src.jwe.content-encryption",
    "src.jwe.iat",
    "src.pace.same-mistake",
    "src.privacy.person-in-address",
    "src.spelling.deprecated",
    "src.spelling.near-miss",
    "src.transport.client-id-header",
    "src.transport.content-type",
    "src.transport.get-with-body",
}


class Sloppy:
    """A client that never read the pages to their end."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.trip = str(uuid4())

    def url(self, network: str, path: str) -> str:
        return f"{self.sandbox.urls[network]['src'].rstrip('/')}/{path}"

    def post_as_text(self, network: str, path: str) -> None:
        """A body that nobody says is JSON."""
        body = json.dumps({"srcClientId": self.sandbox.src_client_id}).encode()
        sent = Request(self.url(network, path), body, {"Content-Type": "text/plain"})
        with pytest.raises(HTTPError):
            urlopen(sent, timeout=30)

    def post(self, network: str, path: str, **members: Any) -> Json:
        document = {
            "srcClientId": self.sandbox.src_client_id,
            "srcDpaId": self.sandbox.src_dpa_id,
            "srciTransactionId": self.trip,
            **members,
        }
        answer = call("POST", self.url(network, path), document)
        return {"status": answer.status, **(answer.json() if answer.body else {})}


@pytest.fixture
def sandbox(server: Server) -> Any:
    made = Sandbox.create(server.control)
    made.fixtures(fixture_consumer("visa", "mastercard"))
    return made


def behaves_badly(sandbox: Sandbox) -> None:
    """Everything in one trip; what it is refused is not looked at."""
    client, careful = Sloppy(sandbox), Initiator(sandbox, "visa")
    old = {"type": "EMAIL", "identityValue": EMAIL}
    client.post("visa", "identities/lookup", consumerIdentity=old)
    profile, _ = careful.profile_of(careful.validate(by_email())["idToken"])
    visas_card = profile["maskedCards"][0]["srcDigitalCardId"]
    for _ in range(4):
        client.post("visa", "identities/lookup", consumerIdentyti=by_email())
    bad = {"transactionAmount": "1.005", "transactionCurrencyCode": "USD"}
    client.post(
        "mastercard",
        "transaction/credentials",
        srcDigitalCardId=visas_card,
        dpaTransactionOptions={"transactionAmount": bad},
    )
    dated_like_mastercards = Initiator(sandbox, "visa")
    dated_like_mastercards.dialect = Initiator(sandbox, "mastercard").dialect
    dated_like_mastercards.keys = careful.keys
    client.post(
        "visa",
        "cards",
        encryptedCard=dated_like_mastercards.seal(card("visa", PANS["visa"])),
        consumer={**new_consumer(), "emailAddress": "new@shop.test"},
    )
    client.post_as_text("visa", "identities/recognize")
    client.post(
        "visa",
        "confirmations",
        srcCorrelationId=str(uuid4()),
        confirmationData={
            "checkoutEventType": "01",
            "checkoutEventStatus": "02",
            "confirmationTimestamp": "2026-11-23T09:00:00Z",
            "networkTransactionIdentifier": "UNAVLB",
        },
    )
    query = f"srcClientId={sandbox.src_client_id}&customer=ana@shop.test"
    call("GET", client.url("visa", f"transaction/credentials?{query}"), {"a": 1})


def wrong(verdict: Json) -> set[str]:
    return {one["id"] for one in verdict["findings"] if one["severity"] != "INFO"}


def test_a_sloppy_client_is_told_everything_that_it_did_and_nothing_else(
    sandbox: Sandbox, verdict_of: Judge
) -> None:
    behaves_badly(sandbox)
    verdict = verdict_of(sandbox)

    assert wrong(verdict) == SLOPPY
    assert verdict["verdict"] == "FAILED"
    severities = [finding["severity"] for finding in verdict["findings"]]
    assert severities == sorted(severities, key=["FAIL", "WARN", "INFO"].index)
    for finding in verdict["findings"]:
        assert finding["evidence"], finding["id"]
        assert finding["rule"].startswith("spec ")
        assert {"place", "operation", "network", "srcCorrelationId"} == set(finding["evidence"][0])


def test_the_evidence_of_every_finding_opens_in_the_journal(
    sandbox: Sandbox, verdict_of: Judge
) -> None:
    behaves_badly(sandbox)
    evidence = [one for found in verdict_of(sandbox)["findings"] for one in found["evidence"]]
    opened = {
        place: call("GET", f"{sandbox.address}/journal/{place}").expect(200)
        for place in {one["place"] for one in evidence}
    }

    assert len(opened) > len(SLOPPY) / 2
    for one in evidence:
        assert {name: opened[one["place"]][name] for name in one} == one
        decoded = call("GET", f"{sandbox.address}/journal/{one['place']}/decoded").expect(200)
        assert decoded["place"] == one["place"]


def test_a_sandbox_in_which_nothing_happened_passes_and_looked_at_nothing(
    sandbox: Sandbox, verdict_of: Judge
) -> None:
    assert verdict_of(sandbox) == {
        "verdict": "PASSED",
        "findings": [],
        "waivers": [],
        "checks": {"total": len(CHECKS), "lookedAt": {}},
        "journal": {"entries": 0, "dropped": 0},
    }


def test_findings_are_those_of_a_client_and_since_a_place(
    sandbox: Sandbox, verdict_of: Judge
) -> None:
    client = Sloppy(sandbox)
    old = {"type": "EMAIL", "identityValue": EMAIL}
    client.post("visa", "identities/lookup", consumerIdentity=old)
    place = max(e["place"] for f in verdict_of(sandbox)["findings"] for e in f["evidence"])

    assert wrong(verdict_of(sandbox, client=sandbox.src_client_id)) == {"src.spelling.deprecated"}
    assert wrong(verdict_of(sandbox, since=str(place - 1))) == {"src.spelling.deprecated"}
    assert wrong(verdict_of(sandbox, since=str(place))) == set()


def test_a_client_that_called_and_was_deleted_is_still_judged(
    sandbox: Sandbox, verdict_of: Judge
) -> None:
    old = {"type": "EMAIL", "identityValue": EMAIL}
    Sloppy(sandbox).post("visa", "identities/lookup", consumerIdentity=old)
    call("DELETE", f"{sandbox.address}/clients/{sandbox.src_client_id}").expect(204)

    assert wrong(verdict_of(sandbox, client=sandbox.src_client_id)) == {"src.spelling.deprecated"}


@pytest.mark.parametrize(
    "query",
    ["since=yesterday", "since=-1", "since=999999", "client=nobody", "format=xml"],
)
def test_a_question_that_nobody_understands_is_refused(sandbox: Sandbox, query: str) -> None:
    refused = call("GET", f"{sandbox.address}/verdict?{query}")

    assert refused.status == 400
    assert refused.sources() == {query.partition("=")[0]}
    assert [one["sourceType"] for one in refused.json()["errordetail"]] == ["QUERY"]


def test_nobody_is_judged_in_a_sandbox_that_is_not_there(server: Server) -> None:
    assert call("GET", f"{server.control}/v1/sandboxes/no-such/verdict").status == 404


def waive(sandbox: Sandbox, *waivers: Json) -> Json:
    """The verdict with waivers."""
    return call("POST", f"{sandbox.address}/verdict", {"waivers": list(waivers)}).expect(200)


OLD = {"id": "src.spelling.deprecated", "reason": "Release 7.", "until": "2999-12-31"}


def test_waivers_are_answered_for(sandbox: Sandbox) -> None:
    old = {"type": "EMAIL", "identityValue": EMAIL}
    Sloppy(sandbox).post("visa", "identities/lookup", consumerIdentity=old)
    over = {**OLD, "until": "2020-01-01"}
    unused = {**OLD, "id": "src.unbind.ignored"}
    narrow = {**OLD, "match": {"network": "amex"}}
    waived = waive(sandbox, OLD, unused)
    again = waive(sandbox, over, narrow)

    assert waived["verdict"] == "PASSED"
    assert {one["waived"]["reason"] for one in waived["findings"]} == {"Release 7."}
    assert [(one["state"], one["findings"]) for one in waived["waivers"]] == [
        ("APPLIED", 2),
        ("UNUSED", 0),
    ]
    assert again["verdict"] == "WARNING"
    assert all("waived" not in one for one in again["findings"])
    assert [one["state"] for one in again["waivers"]] == ["EXPIRED", "UNUSED"]


def test_waivers_for_each_network_cover_what_all_of_them_saw(sandbox: Sandbox) -> None:
    old = {"type": "EMAIL", "identityValue": EMAIL}
    client = Sloppy(sandbox)
    for network in ("visa", "mastercard"):
        client.post(network, "identities/lookup", consumerIdentity=old)
    visa, mastercard = (
        {**OLD, "reason": name, "match": {"network": name, "operation": "identityLookup"}}
        for name in ("visa", "mastercard")
    )
    kept = [one for one in waive(sandbox, visa)["findings"] if one["id"] == OLD["id"]]
    waived = waive(sandbox, visa, mastercard)

    assert {one["network"] for found in kept for one in found["evidence"]} == {"mastercard"}
    assert {(one["waivedEvidence"], "waived" in one) for one in kept} == {(1, False)}
    assert {one["waived"]["reason"] for one in waived["findings"] if one["id"] == OLD["id"]} == {
        "visa; mastercard"
    }
    assert [one["state"] for one in waived["waivers"]] == ["APPLIED", "APPLIED"]


def test_a_day_that_is_none_is_told_what_a_date_looks_like(sandbox: Sandbox) -> None:
    refused = call("POST", f"{sandbox.address}/verdict", {"waivers": [{**OLD, "until": "soon"}]})

    assert refused.json()["message"] == "until is a date such as 2026-12-31."


def test_a_question_without_waivers_is_the_same_question(sandbox: Sandbox) -> None:
    answer = call("POST", f"{sandbox.address}/verdict", {})

    assert answer.expect(200)["waivers"] == []


@pytest.mark.parametrize(
    ("waiver", "source"),
    [
        ({**OLD, "id": "src.spelling.depricated"}, "waivers[0].id"),
        ({**OLD, "until": "2026-02-30"}, "waivers[0].until"),
        ({**OLD, "until": "soon"}, "waivers[0].until"),
        ({**OLD, "until": "20991231"}, "waivers[0].until"),
        ({"id": OLD["id"], "until": "2999-12-31"}, "waivers[0].reason"),
        ({"id": OLD["id"], "reason": "x"}, "waivers[0].until"),
        ({**OLD, "reason": ""}, "waivers[0].reason"),
        ({**OLD, "match": {"netwrk": "visa"}}, "waivers[0].match"),
        ({**OLD, "match": {"network": "foo"}}, "waivers[0].match.network"),
        ({**OLD, "match": {"operation": "foo"}}, "waivers[0].match.operation"),
    ],
)
def test_a_waiver_has_a_check_a_reason_and_a_day(
    sandbox: Sandbox, waiver: Json, source: str
) -> None:
    refused = call("POST", f"{sandbox.address}/verdict", {"waivers": [waiver]})

    assert refused.status == 400, refused.body
    assert any(one.startswith(source) for one in refused.sources()), refused.body


@pytest.mark.parametrize(
    ("query", "headers"), [("?format=sarif", {}), ("", {"Accept": f"{SARIF}, */*"})]
)
def test_a_verdict_is_given_as_sarif_to_whoever_asks_for_it(
    sandbox: Sandbox, query: str, headers: Json
) -> None:
    old = {"type": "EMAIL", "identityValue": EMAIL}
    Sloppy(sandbox).post("visa", "identities/lookup", consumerIdentity=old)
    answer = call("GET", f"{sandbox.address}/verdict{query}", headers=headers)
    [run] = answer.expect(200)["runs"]

    assert answer.headers["content-type"] == SARIF
    assert {one["ruleId"] for one in run["results"]} == {"src.spelling.deprecated"}
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith(f"v1/sandboxes/{sandbox.name}/journal/")
    waived = call("POST", f"{sandbox.address}/verdict?format=sarif", {"waivers": [OLD]})
    assert waived.expect(200)["runs"][0]["results"][0]["suppressions"]


def test_every_check_is_listed(server: Server) -> None:
    checks = call("GET", f"{server.control}/v1/verdict/checks").expect(200)["checks"]

    assert [check["id"] for check in checks] == [check.id for check in CHECKS]
    assert set(checks[0]) == {"id", "severity", "title", "rule", "mend"}


def test_the_last_call_before_the_question_counts(sandbox: Sandbox, verdict_of: Judge) -> None:
    client = Sloppy(sandbox)
    for place in range(1, 11):
        client.post("visa", "identities/recognize")
        assert verdict_of(sandbox)["journal"]["entries"] == place
