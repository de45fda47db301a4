"""Liveness, readiness, metrics, version, and the card numbers that may be used."""

from aiohttp import web

from src_system.control.parts import json_answer, parts_of
from src_system.networks import PROFILES
from src_system.store.database import DatabaseBusy, DatabaseUnavailable


async def get_livez(_: web.Request) -> web.Response:
    """GET /livez: the process answers."""
    return json_answer({"status": "live"})


async def get_readyz(request: web.Request) -> web.Response:
    """GET /readyz: 200 when the database answers, else 503 with the reason."""
    try:
        await parts_of(request).installation.database.ping()
    except (DatabaseUnavailable, DatabaseBusy) as error:
        return json_answer({"status": "unavailable", "reason": str(error)}, 503)
    return json_answer({"status": "ready"})


async def get_metrics(request: web.Request) -> web.Response:
    """GET /metrics in the Prometheus text format."""
    text, content_type = parts_of(request).metrics_text()
    return web.Response(body=text, headers={"Content-Type": content_type})


async def get_version(request: web.Request) -> web.Response:
    """GET /version."""
    return json_answer({"name": "src-system", "version": parts_of(request).version})


async def get_test_pans(_: web.Request) -> web.Response:
    """GET /v1/test-pans: published test numbers and invented ranges, per network."""
    return json_answer(
        {
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
    )
