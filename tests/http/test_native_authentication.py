"""Native authentication: every scheme with right, wrong, missing, stale, replayed credentials."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import asyncpg
import pytest

from src_system.config import Limits
from tests.conftest import RunningServer, sandbox_id_of
from tests.http.initiator import Answer, Initiator
from tests.http.signers import NATIVE, Signer, register

NewSandbox = Callable[..., Awaitable[Initiator]]
by_network = pytest.mark.parametrize("network", list(NATIVE))
SIGNING = [network for network, scheme in NATIVE.items() if scheme != "oauth2"]


@pytest.fixture
async def signer(initiator: Initiator) -> Signer:
    """A client of the scheme `native`."""
    return await register(initiator)


def check_refused(answer: Answer, network: str, reason_code: str = "AUTHENTICATION_FAILED") -> None:
    """The answer is that of the network's gateway (spec 7.1, 8.5), and still has its flow id."""
    assert answer.status == 401, answer.body
    assert answer.headers["X-Src-Cx-Flow-Id"]
    if network == "mastercard":
        (error,) = answer.body["Errors"]["Error"]
        assert error["ReasonCode"] == reason_code
        assert error["Source"] == "Gateway"
        assert error["Recoverable"] is False
        assert error["Details"] is None
        assert answer.body["srcCorrelationId"]
    else:
        assert answer.body == {}
        assert answer.headers["Content-Length"] == "0"


@by_network
async def test_right_credentials_are_accepted(signer: Signer, network: str) -> None:
    answer = await signer.send(await signer.signed(network))

    assert answer.status == 200, answer.body


@by_network
async def test_missing_credentials_are_refused_as_the_gateway_does(
    signer: Signer, network: str
) -> None:
    check_refused(await signer.send(signer.lookup(network)), network, "INVALID_AUTH_HEADER")


@pytest.mark.parametrize("network", SIGNING)
async def test_a_wrong_secret_is_refused(signer: Signer, network: str) -> None:
    check_refused(await signer.send(await signer.with_wrong_secrets().signed(network)), network)


@pytest.mark.parametrize("network", SIGNING)
@pytest.mark.parametrize("seconds", [-310, 310])
async def test_a_time_more_than_five_minutes_off_is_refused(
    signer: Signer, network: str, seconds: int
) -> None:
    stale = replace(signer, seconds=seconds)

    check_refused(await signer.send(await stale.signed(network)), network)


@pytest.mark.parametrize("network", SIGNING)
@pytest.mark.parametrize("seconds", [-280, 280])
async def test_a_time_less_than_five_minutes_off_is_accepted(
    signer: Signer, network: str, seconds: int
) -> None:
    answer = await signer.send(await replace(signer, seconds=seconds).signed(network))

    assert answer.status == 200, answer.body


@pytest.mark.parametrize("network", SIGNING)
async def test_the_time_that_counts_is_the_sandboxs(new_sandbox: NewSandbox, network: str) -> None:
    initiator = await new_sandbox(clock={"mode": "offset", "offsetSeconds": 86_400})
    signer = await register(initiator)

    check_refused(await signer.send(await signer.signed(network)), network)
    ahead = replace(signer, seconds=86_400)
    assert (await ahead.send(await ahead.signed(network))).status == 200


@pytest.mark.parametrize("network", SIGNING)
async def test_a_request_sent_twice_is_refused_the_second_time(
    signer: Signer, network: str
) -> None:
    call = await signer.signed(network)

    assert (await signer.send(call)).status == 200
    check_refused(await signer.send(call), network)


@pytest.mark.parametrize("network", SIGNING)
async def test_of_copies_sent_at_once_only_one_is_accepted(signer: Signer, network: str) -> None:
    call = await signer.signed(network)

    answers = await asyncio.gather(*(signer.send(call) for _ in range(6)))

    assert sorted(answer.status for answer in answers) == [200] + [401] * 5


@pytest.mark.parametrize("network", SIGNING)
async def test_a_refused_request_uses_up_no_nonce(signer: Signer, network: str) -> None:
    call = await signer.signed(network)
    tampered = replace(call, data=call.data.replace(b"a@shop", b"b@shop"))

    assert (await signer.send(tampered)).status == 401
    assert (await signer.send(call)).status == 200


@pytest.mark.parametrize("network", SIGNING)
async def test_one_byte_more_in_the_body_is_refused(signer: Signer, network: str) -> None:
    call = await signer.signed(network)

    answer = await signer.send(replace(call, data=call.data + b" "))

    check_refused(answer, network, "INVALID_BODY_HASH")


@pytest.mark.parametrize("network", SIGNING)
async def test_a_tampered_body_is_refused_before_its_json_is_read(
    signer: Signer, network: str
) -> None:
    call = await signer.signed(network)

    answer = await signer.send(replace(call, data=b"{"))

    check_refused(answer, network, "INVALID_BODY_HASH")


@pytest.mark.parametrize("network", SIGNING)
async def test_a_signature_of_another_query_is_refused(signer: Signer, network: str) -> None:
    call = await signer.signed(network)
    mark = "&" if "?" in call.url else "?"

    check_refused(await signer.send(replace(call, url=f"{call.url}{mark}more=1")), network)


async def test_the_gateway_says_what_should_have_been_signed_but_not_which_part_is_wrong(
    signer: Signer,
) -> None:
    wrong_key = await signer.with_wrong_secrets().signed("mastercard")
    unknown = signer.with_oauth1(signer.lookup("mastercard"), oauth_consumer_key="nobody")

    descriptions = []
    for call in (wrong_key, unknown):
        answer = await signer.send(call)
        check_refused(answer, "mastercard")
        descriptions.append(answer.body["Errors"]["Error"][0]["Description"])

    for description in descriptions:
        assert description.startswith(
            "OAuth signatures did not match. Acceptable signature base string: POST&http%3A"
        )


async def test_a_mastercard_body_needs_its_hash(signer: Signer) -> None:
    call = signer.with_oauth1(signer.lookup("mastercard"), oauth_body_hash="")

    check_refused(await signer.send(call), "mastercard", "INVALID_BODY_HASH")


@pytest.mark.parametrize("host", ["shop.test", "mastercard.localhost", "shop.test:8443"])
async def test_the_host_that_is_signed_is_the_one_that_is_called(
    signer: Signer, server: RunningServer, host: str
) -> None:
    call = signer.lookup("mastercard")
    signed_url = call.url.replace(server.protocol, f"http://{host}")
    signed = signer.with_oauth1(call, signed_url=signed_url)

    there = await signer.send(replace(signed, headers={**signed.headers, "Host": host}))
    elsewhere = await signer.send(signed)

    assert there.status == 200, there.body
    check_refused(elsewhere, "mastercard")


@pytest.mark.parametrize("host", ["user@", "[", "h:port", "a b"])
async def test_a_host_that_is_none_leaves_the_public_address(signer: Signer, host: str) -> None:
    call = await signer.signed("mastercard")
    wrong = await signer.with_wrong_secrets().signed("mastercard")

    answer = await signer.send(replace(call, headers={**call.headers, "Host": host}))
    refused = await signer.send(replace(wrong, headers={**wrong.headers, "Host": host}))

    assert answer.status == 200, answer.body
    check_refused(refused, "mastercard")


async def test_visas_older_token_is_accepted(signer: Signer) -> None:
    call = signer.with_x_pay_token(signer.lookup("visa"), form="x")

    assert (await signer.send(call)).status == 200


async def test_visas_token_in_capitals_is_the_same_token(signer: Signer) -> None:
    call = await signer.signed("visa")
    form, timestamp, digest = call.headers["x-pay-token"].split(":")
    shouted = {**call.headers, "x-pay-token": f"{form}:{timestamp}:{digest.upper()}"}

    assert (await signer.send(call)).status == 200
    check_refused(await signer.send(replace(call, headers=shouted)), "visa")


@pytest.mark.parametrize("path", ["src/v1/identities/lookup", "/v1/identities/lookup", ""])
async def test_visas_resource_path_leaves_out_the_first_context_segment(
    signer: Signer, path: str
) -> None:
    call = signer.with_x_pay_token(signer.lookup("visa"), path=path)

    check_refused(await signer.send(call), "visa")


async def test_visa_needs_the_api_key_beside_the_token(signer: Signer) -> None:
    call = await signer.signed("visa")

    check_refused(await signer.send(replace(call, url=call.url.partition("?")[0])), "visa")


async def test_credentials_name_the_client_where_the_request_does_not(signer: Signer) -> None:
    for network in NATIVE:
        call = signer.lookup(network)
        call.data = call.data.replace(signer.src_client_id.encode(), b"").replace(
            b'"srcClientId": "", ', b""
        )
        if NATIVE[network] == "oauth2":
            call = signer.with_bearer(call, await signer.access_token(network))
        else:
            signs = {"oauth1": signer.with_oauth1, "x-pay-token": signer.with_x_pay_token}
            call = signs[NATIVE[network]](call)
        answer = await signer.send(call)
        assert answer.status == 200, (network, answer.body)


async def test_a_client_cannot_sign_for_another(initiator: Initiator) -> None:
    signer = await register(initiator)
    other = await initiator.manage(
        "POST", "/clients", {"name": "Other", "authentication": {"scheme": "native"}}
    )
    for network in NATIVE:
        call = signer.lookup(network)
        call.data = call.data.replace(
            signer.src_client_id.encode(), other.body["srcClientId"].encode()
        )
        if NATIVE[network] == "oauth2":
            call = signer.with_bearer(call, await signer.access_token(network))
        else:
            signs = {"oauth1": signer.with_oauth1, "x-pay-token": signer.with_x_pay_token}
            call = signs[NATIVE[network]](call)
        answer = await signer.send(call)
        assert (answer.status, answer.body["reason"]) == (403, "PERMISSION_DENIED"), network


@by_network
@pytest.mark.parametrize("scheme", ["oauth1", "x-pay-token", "oauth2"])
async def test_one_named_scheme_holds_on_all_networks(
    initiator: Initiator, network: str, scheme: str
) -> None:
    signer = await register(initiator, scheme)

    answer = await signer.send(await signer.signed(network, scheme))
    missing = await signer.send(signer.lookup(network))

    assert set(signer.authentication) == {
        "scheme",
        {"oauth1": "oauth1", "x-pay-token": "xPayToken", "oauth2": "oauth2"}[scheme],
    }
    assert answer.status == 200, answer.body
    check_refused(missing, network, "INVALID_AUTH_HEADER")


@by_network
async def test_a_scheme_of_another_network_is_not_enough(signer: Signer, network: str) -> None:
    other = "oauth1" if NATIVE[network] != "oauth1" else "x-pay-token"

    answer = await signer.send(await signer.signed(network, other))

    check_refused(answer, network, "INVALID_AUTH_HEADER")


@by_network
async def test_an_open_client_may_sign_and_nobody_looks(initiator: Initiator, network: str) -> None:
    signer = await register(initiator)
    signer.initiator = await initiator_again(initiator)
    call = await signer.with_wrong_secrets().signed(network)

    assert (await signer.send(call)).status == 200


async def initiator_again(initiator: Initiator) -> Initiator:
    """The ready-made client, of the scheme `open` once more."""
    await register(initiator, "open")
    return initiator


async def test_an_open_client_costs_no_statement_more(
    initiator: Initiator, server: RunningServer
) -> None:
    signer = Signer(initiator, {}, initiator.client_id)
    counts = []
    for _ in range(3):
        answer = await signer.send(signer.lookup("mastercard"))
        counts.append(statements_of(server, answer.body["srcCorrelationId"]))
    native = await register(initiator)
    await native.send(await native.signed("mastercard"))
    answer = await native.send(await native.signed("mastercard"))

    assert counts[1] == counts[2]
    assert statements_of(server, answer.body["srcCorrelationId"]) == counts[2] + 1


def statements_of(server: RunningServer, correlation_id: str) -> int:
    """The statements of the request that was answered with it."""
    for line in server.log.read_text().splitlines():
        if correlation_id in line:
            return int(json.loads(line)["statements"])
    raise AssertionError(correlation_id)


async def test_a_gateways_refusal_is_logged_with_its_cause(
    signer: Signer, server: RunningServer
) -> None:
    await signer.send(signer.lookup("visa"))

    lines = [
        line
        for line in server.log.read_text().splitlines()
        if f'"sandbox":"{signer.initiator.name}"' in line
    ]
    assert '"status":401' in lines[-1]
    assert '"reason":"CREDENTIALS_MISSING"' in lines[-1]


async def test_one_x_pay_token_may_go_to_every_network_once(initiator: Initiator) -> None:
    signer = await register(initiator, "x-pay-token")
    calls = [await signer.signed(network, "x-pay-token") for network in NATIVE]
    same = [replace(call, headers=calls[0].headers) for call in calls]

    first = [(await signer.send(call)).status for call in same]
    second = [(await signer.send(call)).status for call in same]

    assert (first, second) == ([200] * 4, [401] * 4)


@by_network
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "OAuth"),
        ("Authorization", "OAuth ü"),
        ("Authorization", 'OAuth oauth_consumer_key="%00"'),
        ("Authorization", "Bearer"),
        ("Authorization", "Bearer ü.ü.ü"),
        ("Authorization", "Bearer e30.e30.e30"),
        ("Authorization", "Basic YTpi"),
        ("x-pay-token", "ü"),
        ("x-pay-token", "xv2:1:zz"),
        ("x-pay-token", "xv2:999999999999:" + "0" * 64),
    ],
)
@pytest.mark.parametrize("query", ["", "?apikey=%00", "?apikey=%C3%BC", "?apikey=" + "x" * 300])
async def test_odd_credentials_are_refused_like_wrong_ones(
    signer: Signer, network: str, name: str, value: str, query: str
) -> None:
    call = signer.lookup(network)
    odd = replace(call, url=call.url + query, headers={**call.headers, name: value})

    answer = await signer.send(odd)

    assert answer.status == 401, answer.body
    assert answer.headers["X-Src-Cx-Flow-Id"]


async def test_a_clock_that_stands_still_does_not_let_nonces_pile_up(
    new_sandbox: NewSandbox, server: RunningServer
) -> None:
    """None of them ever expires there: the oldest go, so that the limit's worth is left."""
    initiator = await new_sandbox(clock={"mode": "frozen"})
    signer = await register(initiator)
    most = Limits().nonces_of_frozen_clock_max
    connection = await asyncpg.connect(dsn=server.dsn)
    sandbox_id = await sandbox_id_of(connection, initiator.name)
    await connection.execute(
        "INSERT INTO used_nonce (sandbox_id, digest, expires_at, used_at)"
        " SELECT $1, sha256(n::text::bytea), 'infinity', 'epoch'"
        " FROM generate_series(1, $2::int) AS n",
        sandbox_id,
        most,
    )

    async def kept() -> int:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM used_nonce WHERE sandbox_id = $1", sandbox_id
        )
        return count

    calls = 0
    while await kept() == most + calls:
        calls += 1
        unsigned = signer.lookup("visa")
        data = unsigned.data.replace(b"a@shop.test", b"a%d@shop.test" % calls)
        call = signer.with_x_pay_token(replace(unsigned, data=data))
        assert (await signer.send(call)).status == 200
    replayed = await signer.send(call)
    left = await kept()
    await connection.close()

    assert left == most
    check_refused(replayed, "visa")
