"""The journal of a sandbox as a tester reads it: through the control port, waiting for calls."""

from typing import Any

from tests.http.initiator import Initiator

Json = dict[str, Any]


async def journal(initiator: Initiator, query: str = "", *, least: int = 1) -> Json:
    """The list's answer once there are *least* entries that fit *query*."""
    answer = await initiator.manage("GET", f"/journal?wait=10&limit=1000&min={least}&{query}")
    assert answer.status == 200, answer.body
    assert len(answer.body["entries"]) >= least, answer.body
    return answer.body


async def newest(initiator: Initiator, query: str = "", *, least: int = 1) -> Json:
    """The newest entry that fits *query*."""
    entry: Json = (await journal(initiator, query, least=least))["entries"][-1]
    return entry


async def shown(initiator: Initiator, place: int, view: str = "") -> Json:
    """An entry in one of its views: nothing for raw, `/decoded`, `/explain`."""
    answer = await initiator.manage("GET", f"/journal/{place}{view}")
    assert answer.status == 200, answer.body
    return answer.body


async def explained(initiator: Initiator, query: str = "status=4xx") -> Json:
    """Why the newest call that fits *query* was refused."""
    entry = await newest(initiator, query)
    return await shown(initiator, entry["place"], "/explain")


def look_up(number: int) -> Json:
    """The body of a cheap call that is told from others."""
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": f"a{number}@shop.test"}
    return {"consumerIdentity": identity}
