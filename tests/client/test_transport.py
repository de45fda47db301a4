"""What goes wrong on the way: nobody there, no answer, half an answer, another kind of answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from src_system.client import (
    BackgroundLoop,
    BackgroundTransport,
    ControlPort,
    HttpTransport,
    Refused,
    Registration,
    Request,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    initiator_at,
)
from src_system.client.errors import Json
from tests.conftest import RunningServer

Serve = Callable[[bytes | None], Awaitable[str]]
CLOSED = "http://127.0.0.1:9"


@pytest.fixture
async def answering() -> AsyncIterator[Serve]:
    """A server that answers every request with these bytes and hangs up; with None, never."""
    servers: list[asyncio.Server] = []

    async def serve(answer: bytes | None) -> str:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        host, port = server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    yield serve
    for server in servers:
        server.close()
        await server.wait_closed()


def response(status: str, body: str) -> bytes:
    """An HTTP response."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def asked(url: str, timeout: float = 10) -> object:
    """What the version of the server there is."""
    async with ControlPort(url, timeout=timeout) as control:
        return await control.version()


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(Unreachable) as caught:
        await asked(CLOSED)

    said = "http://127.0.0.1:9 does not answer (Connection refused). Is the server running there?"
    assert str(caught.value) == said
    async with ControlPort(CLOSED) as control:
        assert not await control.is_ready()


async def test_a_server_that_keeps_silent_is_waited_for_so_long(answering: Serve) -> None:
    with pytest.raises(TimedOut, match=r"did not answer GET /version in 0\.2 s"):
        await asked(await answering(None), timeout=0.2)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"nothing of HTTP\r\n\r\n",
    ],
    ids=["hung up", "half a body", "no HTTP"],
)
async def test_an_answer_that_breaks_off_is_said_to_have(answering: Serve, answer: bytes) -> None:
    with pytest.raises(Unreachable, match="broke off its answer to GET /version") as caught:
        await asked(await answering(answer))

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (response("200 OK", "<html>"), "no JSON object: '<html>'"),
        (response("200 OK", "[1]"), "no JSON object"),
        (response("200 OK", '{"name": 1}'), "does not understand: Expected `str`, got `int`"),
        (response("302 Found", ""), "answered 302 instead of 200"),
    ],
)
async def test_an_answer_of_another_kind_is_no_refusal(
    answering: Serve, answer: bytes, said: str
) -> None:
    with pytest.raises(UnexpectedAnswer, match=said):
        await asked(await answering(answer))


@pytest.mark.parametrize(
    ("status", "body", "reason", "message", "source"),
    [
        (
            "400 Bad Request",
            '{"reason": "INVALID_PARAMETER", "message": "No.", "errorDetail": [{"source": "a.b"}]}',
            "INVALID_PARAMETER",
            "No.",
            "a.b",
        ),
        (
            "401 Unauthorized",
            '{"Errors": {"Error": [{"ReasonCode": "AUTH", "Description": "Who are you?"}]}}',
            "AUTH",
            "Who are you?",
            None,
        ),
        ("404 Not Found", '{"error": {"reason": "NONE", "message": 7}}', "NONE", "7", None),
        (
            "401 Unauthorized",
            '{"error": "invalid_client", "error_description": "Unknown."}',
            "invalid_client",
            "Unknown.",
            None,
        ),
        ("502 Bad Gateway", "<h1>proxy</h1>", "", "<h1>proxy</h1>", None),
        ("401 Unauthorized", "", "", "", None),
        ("400 Bad Request", '{"reason": "A", "errordetail": "no list"}', "A", "", None),
    ],
    ids=["visa", "gateway", "batch", "token endpoint", "proxy", "empty", "strange details"],
)
async def test_every_form_of_a_refusal_is_read(
    answering: Serve, status: str, body: str, reason: str, message: str, source: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        await asked(await answering(response(status, body)))

    refused = caught.value
    assert refused.status == int(status[:3])
    assert (refused.reason, refused.message, refused.source) == (reason, message, source)
    assert str(refused).startswith(f"GET /version was refused with {status[:3]}")


async def test_an_address_that_is_none_is_said_to_be_none() -> None:
    transport = HttpTransport()
    with pytest.raises(Unreachable, match="is no address to call"):
        await transport.send(Request("GET", "http://"))
    await transport.close()


async def test_an_initiator_needs_no_control_port(server: RunningServer) -> None:
    async with ControlPort(server.control) as control, control.new_sandbox() as sandbox:
        client, dpa = sandbox.details.clients[0], sandbox.details.dpas[0]
        registration = Registration(client.src_client_id, dpa.src_dpa_id, client.jwks.keys)
        urls = {"visa": f"{server.protocol}/s/{sandbox.name}/visa/src/v1/"}
        async with initiator_at(urls, registration) as shop:
            assert shop.networks == ("visa",) and len(shop) == 1
            paid = await shop["visa"].checkout(
                card={
                    "primaryAccountNumber": "4111111111111111",
                    "panExpirationMonth": "12",
                    "panExpirationYear": "2034",
                },
                consumer={
                    "emailAddress": "bo@shop.test",
                    "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550147"},
                    "countryCode": "US",
                },
                amount="5.00",
            )
            assert paid.payload is not None and paid.payload.number is not None


def test_a_background_loop_serves_those_who_have_none(server: RunningServer) -> None:
    with BackgroundLoop() as background:
        transport = HttpTransport()
        port = ControlPort(server.control, transport=BackgroundTransport(transport, background))
        version = background.run(port.version())
        # And those who have one each time.
        assert [asyncio.run(port.version()) for _ in range(2)] == [version, version]
        with pytest.raises(Refused, match="404"):
            background.run(port.sandbox("there-is-none"))
        background.run(port.close())


async def test_a_background_loop_lets_a_waiting_call_be_cancelled(answering: Serve) -> None:
    url = await answering(None)
    with BackgroundLoop() as background:
        port = ControlPort(url, transport=BackgroundTransport(HttpTransport(), background))
        waiting = asyncio.create_task(port.version())
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await port.close()


async def test_a_reply_keeps_what_came(answering: Serve) -> None:
    transport = HttpTransport()
    url = await answering(b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}")
    reply = await transport.send(Request("POST", url, b"{}", {"Content-Type": "application/json"}))
    await transport.close()

    empty: Json = {}
    assert (reply.status, reply.headers["x-a"], reply.document()) == (201, "b", empty)
    assert reply.expect() == empty
