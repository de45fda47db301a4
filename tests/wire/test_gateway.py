"""A gateway's refusal: each network's form for each cause (spec 7.1, 8.5)."""

import pytest

from src_system.model.client_authentication import GatewayCause
from src_system.model.errors import GatewayRefused
from src_system.networks import PROFILES
from src_system.wire.gateway import write_gateway_refusal

by_cause = pytest.mark.parametrize("cause", GatewayCause)


@by_cause
def test_mastercards_gateway_wraps_its_error(cause):
    written = write_gateway_refusal(GatewayRefused(cause), PROFILES["mastercard"])

    assert written.status == 401
    assert written.document is not None
    assert written.document.keys() == {"Errors"}
    (error,) = written.document["Errors"]["Error"]
    assert list(error) == ["Source", "ReasonCode", "Description", "Recoverable", "Details"]
    assert error["Source"] == "Gateway"
    assert error["ReasonCode"].isupper()
    assert error["Description"].endswith(".") and "{" not in error["Description"]


@by_cause
@pytest.mark.parametrize("network", ["visa", "amex", "discover"])
def test_the_other_gateways_answer_without_a_body(network, cause):
    written = write_gateway_refusal(GatewayRefused(cause, hint="never shown"), PROFILES[network])

    assert (written.status, written.document, written.headers) == (401, None, {})


def test_a_challenge_is_a_header_and_a_hint_is_part_of_the_description():
    refused = GatewayRefused(challenge='OAuth realm="x"', hint="Base: {hint}")
    written = write_gateway_refusal(refused, PROFILES["mastercard"])

    assert written.headers == {"WWW-Authenticate": 'OAuth realm="x"'}
    assert written.document is not None
    description = written.document["Errors"]["Error"][0]["Description"]
    assert description == "OAuth signatures did not match. Base: {hint}"


def test_the_causes_that_mastercard_tells_apart_do_not_tell_a_secret_from_a_name():
    answers = PROFILES["mastercard"].gateway.answers

    assert set(answers) == set(GatewayCause)
    assert len({answer.reason_code for answer in answers.values()}) == 4
