"""The OAuth 2 token endpoint and bearer tokens (RFC 6749, RFC 6750; spec 2.4, 8.6)."""

import base64
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

import pytest

from tests.http.initiator import Answer, Initiator, Json
from tests.http.signers import Signer, register

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def signer(initiator: Initiator) -> Signer:
    """A client of the scheme `native`."""
    return await register(initiator)


async def ask(
    signer: Signer,
    form: Json | bytes,
    *,
    network: str = "discover",
    method: str = "POST",
    query: str = "",
    **headers: str,
) -> Answer:
    """The token endpoint's answer."""
    url = signer.initiator.sandbox["urls"][network]["token"] + query
    data = form if isinstance(form, bytes) else urlencode(form).encode()
    return await signer.initiator.send(
        method, url, data=data or None, headers={"Content-Type": FORM, **headers}
    )


def by_form(signer: Signer, **changes: str) -> Json:
    """Grant, id and secret in the form."""
    secrets = signer.authentication["oauth2"]
    return {
        "grant_type": "client_credentials",
        "client_id": secrets["clientId"],
        "client_secret": secrets["clientSecret"],
        **changes,
    }


async def test_a_token_is_issued_to_basic_and_to_a_form(signer: Signer) -> None:
    basic = await signer.token("discover")
    form = await ask(signer, by_form(signer))

    for answer in (basic, form):
        assert answer.status == 200, answer.body
        assert answer.body.keys() == {"access_token", "token_type", "expires_in"}
        assert (answer.body["token_type"], answer.body["expires_in"]) == ("Bearer", 1800)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Src-Cx-Flow-Id"]


async def test_the_grant_may_stand_in_the_query_as_discovers_clients_have_it(
    signer: Signer,
) -> None:
    secrets = signer.authentication["oauth2"]
    pair = f"{quote(secrets['clientId'])}:{quote(secrets['clientSecret'])}"
    basic = "Basic " + base64.b64encode(pair.encode()).decode()

    answer = await ask(signer, b"", query="?grant_type=client_credentials", Authorization=basic)

    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"grant_type": ""}, "invalid_request", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"client_id": "nobody"}, "invalid_client", 401),
        ({"client_id": "no\x00body"}, "invalid_client", 401),
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"client_secret": ""}, "invalid_client", 401),
        ({"client_id": ""}, "invalid_client", 401),
    ],
)
async def test_a_bad_request_gets_the_error_of_the_rfc(
    signer: Signer, changes: dict[str, str], error: str, status: int
) -> None:
    answer = await ask(signer, by_form(signer, **changes))

    assert (answer.status, answer.body["error"]) == (status, error)
    assert answer.body["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_unknown_client_and_a_wrong_secret_are_answered_alike(signer: Signer) -> None:
    unknown = await ask(signer, by_form(signer, client_id="nobody"))
    wrong = await ask(signer, by_form(signer, client_secret="wrong"))

    assert unknown.body == wrong.body


@pytest.mark.parametrize(
    "authorization", ["Basic", "Basic !", "Basic bm9jb2xvbg==", "Basic /w==", "Bearer x"]
)
async def test_a_broken_basic_header_is_challenged(signer: Signer, authorization: str) -> None:
    answer = await ask(signer, {"grant_type": "client_credentials"}, Authorization=authorization)

    assert (answer.status, answer.body["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="discover"'


async def test_what_a_client_must_not_do_is_an_invalid_request(signer: Signer) -> None:
    form = by_form(signer)
    twice = urlencode(form).encode() + b"&grant_type=client_credentials"
    both = {"Authorization": "Basic YTpi"}
    json_body = {"Content-Type": "application/json"}

    for answer in (
        await ask(signer, twice),
        await ask(signer, form, query="?client_secret=shown"),
        await ask(signer, form, **both),
        await ask(signer, b"{}", **json_body),
        await ask(signer, b"\xff\xfe"),
        await ask(signer, b"a=%ff"),
        await ask(signer, b"&".join(b"a%d=1" % n for n in range(30))),
    ):
        assert (answer.status, answer.body["error"]) == (400, "invalid_request")


async def test_the_token_endpoint_takes_post_only(signer: Signer) -> None:
    answer = await ask(signer, b"", method="GET", query="?grant_type=client_credentials")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_disabled_client_gets_no_token(signer: Signer) -> None:
    await signer.initiator.manage("POST", f"/clients/{signer.src_client_id}/suspend")

    assert (await signer.token("discover")).status == 401


async def test_a_missing_token_is_challenged_without_an_error_code(signer: Signer) -> None:
    answer = await signer.send(signer.lookup("discover"))

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="discover"')


@pytest.mark.parametrize("twist", ["signature", "network", "nonsense", "id token"])
async def test_a_wrong_token_is_an_invalid_token(signer: Signer, twist: str) -> None:
    token = await signer.access_token("amex" if twist == "network" else "discover")
    if twist == "signature":
        head, _, signature = token.rpartition(".")
        token = f"{head}.{signature[::-1]}"
    if twist == "nonsense":
        token = "nonsense"
    if twist == "id token":
        signer.initiator = await _opened(signer.initiator)
        await signer.initiator.with_consumer()
        token = await signer.initiator.id_token("discover")
        await register(signer.initiator)

    answer = await signer.send(signer.with_bearer(signer.lookup("discover"), token))

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="discover", error="invalid_token"'


async def _opened(initiator: Initiator) -> Initiator:
    await register(initiator, "open")
    return initiator


async def test_a_token_of_another_sandbox_is_refused(
    signer: Signer, new_sandbox: Callable[..., Awaitable[Initiator]]
) -> None:
    elsewhere = await register(await new_sandbox())
    token = await elsewhere.access_token("discover")

    answer = await signer.send(signer.with_bearer(signer.lookup("discover"), token))

    assert answer.status == 401


async def test_a_token_ends_by_the_sandboxs_clock(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    initiator = await new_sandbox(clock={"mode": "frozen", "at": "2026-11-23T09:00:00Z"})
    signer = await register(initiator)
    call = await signer.signed("discover")

    assert (await signer.send(call)).status == 200
    assert (await signer.send(call)).status == 200  # a bearer token is good until its end
    await initiator.manage("POST", "/clock/advance", {"by": "PT30M"})
    assert (await signer.send(call)).status == 401


async def test_a_token_of_a_client_whose_id_has_changed_is_refused(signer: Signer) -> None:
    call = await signer.signed("discover")
    await register(signer.initiator, oauth2={"clientId": "another"})

    assert (await signer.send(call)).status == 401
