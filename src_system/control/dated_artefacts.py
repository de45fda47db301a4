"""Everything that bears a date or has a life, with the limits of this installation."""

from dataclasses import fields

from aiohttp import web

from src_system.config import Limits
from src_system.control.answer_documents import ArtefactLimit, DatedArtefacts
from src_system.control.described import described
from src_system.control.parts import json_answer, parts_of
from src_system.model.dated_artefacts import DATED_ARTEFACTS

_UNITS: dict[str, str] = {row.name: row.metadata["unit"] for row in fields(Limits)}


@described(answer=DatedArtefacts)
async def list_dated_artefacts(request: web.Request) -> web.Response:
    """GET /v1/dated-artefacts: what has a life, how long it is, and by whose clock."""
    limits = parts_of(request).installation.limits
    answer: DatedArtefacts = {
        "datedArtefacts": [
            {
                "name": artefact.name,
                "what": artefact.what,
                "time": artefact.time,
                "life": artefact.life,
                "limits": [_limit(limits, name) for name in artefact.limits],
                "event": artefact.event,
                "source": artefact.source,
            }
            for artefact in DATED_ARTEFACTS
        ]
    }
    return json_answer(answer)


def _limit(limits: Limits, name: str) -> ArtefactLimit:
    return {"name": name, "value": getattr(limits, name), "unit": _UNITS[name]}
