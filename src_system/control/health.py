"""Liveness, readiness, metrics, version, and the card numbers that may be used."""

from aiohttp import web

from src_system.control.answer_documents import Liveness, Readiness, Unreadiness, VersionAnswer
from src_system.control.described import described
from src_system.control.parts import json_answer, parts_of
from src_system.fixtures.answer_documents import NetworkTestPans
from src_system.networks import PROFILES
from src_system.store.database import DatabaseBusy, DatabaseUnavailable


@described(answer=Liveness)
async def get_livez(_: web.Request) -> web.Response:
    """GET /livez: the process answers."""
    answer: Liveness = {"status": "live"}
    return json_answer(answer)


@described(answer=Readiness, other_answers=((503, "The database does not answer.", Unreadiness),))
async def get_readyz(request: web.Request) -> web.Response:
    """GET /readyz: 200 when the database answers, else 503 with the reason."""
    try:
        await parts_of(request).installation.database.ping()
    except (DatabaseUnavailable, DatabaseBusy) as error:
        trouble: Unreadiness = {"status": "unavailable", "reason": str(error)}
        return json_answer(trouble, 503)
    answer: Readiness = {"status": "ready"}
    return json_answer(answer)


@described(media_type="text/plain")
async def get_metrics(request: web.Request) -> web.Response:
    """GET /metrics: what Prometheus collects, in its text format."""
    text, content_type = parts_of(request).metrics_text()
    return web.Response(body=text, headers={"Content-Type": content_type})


@described(answer=VersionAnswer)
async def get_version(request: web.Request) -> web.Response:
    """GET /version: what runs here."""
    answer: VersionAnswer = {"name": "src-system", "version": parts_of(request).version}
    return json_answer(answer)


@described(answer=dict[str, NetworkTestPans])
async def get_test_pans(_: web.Request) -> web.Response:
    """GET /v1/test-pans: published test numbers and invented ranges, per network."""
    answer: dict[str, NetworkTestPans] = {
        name: {
            "testPans": [
                {
                    "primaryAccountNumber": entry.digits,
                    "cardType": entry.card_type,
                    "countryCode": entry.country_code,
                    "payloadCredential": entry.credential,
                }
                for entry in profile.test_pans
            ],
            "inventedRanges": [
                {"prefix": entry.prefix, "digits": entry.digits}
                for entry in profile.invented_pan_ranges
            ],
            "cardSecurityCodeDigits": profile.card_security_code_digits,
        }
        for name, profile in PROFILES.items()
    }
    return json_answer(answer)
