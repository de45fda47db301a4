"""The console's forms: each says to a call of the API in fields what a program says in JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from src_system.control import (
    cards,
    clock,
    consumers,
    faults,
    journal,
    magic,
    participants,
    sandboxes,
    snapshots,
)
from src_system.control.console.fault_form import read_fault
from src_system.control.console.showing import Handler, Json, asked, gone_to, page
from src_system.model.errors import InvalidValue

Fields = Mapping[str, str]
_ONE = "/sandboxes/{sandbox}"


def _nothing(_: Fields) -> Json:
    return {}


def _only(*names: str) -> Callable[[Fields], Json]:
    """The fields of these names that were filled in."""
    return lambda fields: {name: fields[name] for name in names if fields.get(name)}


def _confirmed(read: Callable[[Fields], Json] = _nothing) -> Callable[[Fields], Json]:
    """The same for what cannot be undone: somebody must have said that it is meant."""

    def confirmed(fields: Fields) -> Json:
        if fields.get("confirm") != "yes":
            raise InvalidValue("Say that you mean it: tick the box.", source="confirm")
        return read(fields)

    return confirmed


def _switch(fields: Fields) -> Json:
    return {"enabled": fields.get("enabled") == "true"}


def _reset(fields: Fields) -> Json:
    return {"clock": "clock" in fields, "keepFaults": "keepFaults" in fields}


@dataclass(frozen=True, slots=True)
class Form:
    """A form's address, the call that it makes, and what is shown afterwards.

    `back` is where the browser goes; `{members}` are of the path or of the answer. A form that
    says `next` goes there instead.
    """

    path: str
    handler: Handler
    done: str
    back: str = _ONE
    read: Callable[[Fields], Json] = _nothing


FORMS = (
    Form(
        "/sandboxes",
        sandboxes.post_sandbox,
        "made",
        "/sandboxes/{name}",
        _only("name", "seed", "ttl"),
    ),
    Form(f"{_ONE}/clock", clock.put_clock, "clock", f"{_ONE}#clock", _only("mode", "at")),
    Form(f"{_ONE}/clock/advance", clock.advance_clock, "advanced", f"{_ONE}#clock", _only("by")),
    Form(f"{_ONE}/magic", magic.put_magic, "magic", f"{_ONE}#magic", _switch),
    Form(f"{_ONE}/faults", faults.post_faults, "faultAdded", f"{_ONE}#faults", read_fault),
    Form(f"{_ONE}/faults/{{id}}/delete", faults.delete_fault, "faultRemoved", f"{_ONE}#faults"),
    Form(f"{_ONE}/faults/delete", faults.delete_faults, "faultsRemoved", f"{_ONE}#faults"),
    Form(
        f"{_ONE}/snapshots", snapshots.post_snapshot, "snapshot", f"{_ONE}#snapshots", _only("name")
    ),
    Form(
        f"{_ONE}/snapshots/{{snapshot}}/restore",
        snapshots.restore_snapshot,
        "restored",
        f"{_ONE}#snapshots",
        _confirmed(),
    ),
    Form(
        f"{_ONE}/snapshots/{{snapshot}}/delete",
        snapshots.delete_snapshot,
        "snapshotRemoved",
        f"{_ONE}#snapshots",
    ),
    Form(f"{_ONE}/reset", sandboxes.reset_sandbox, "reset", read=_confirmed(_reset)),
    Form(
        f"{_ONE}/fork", sandboxes.fork_sandbox, "forked", "/sandboxes/{name}", _only("name", "ttl")
    ),
    Form(f"{_ONE}/delete", sandboxes.delete_sandbox, "deleted", "/", _confirmed()),
    Form(
        f"{_ONE}/traffic/clear", journal.delete_journal, "cleared", f"{_ONE}/traffic", _confirmed()
    ),
    Form(
        f"{_ONE}/clients/{{id}}/{{action:suspend|resume|expire}}",
        participants.act_on_client,
        "changed",
        f"{_ONE}#clients",
    ),
    Form(
        f"{_ONE}/dpas/{{id}}/{{action:suspend|resume}}",
        participants.act_on_dpa,
        "changed",
        f"{_ONE}#dpas",
    ),
    Form(
        f"{_ONE}/people/{{network}}/{{id}}/{{action:lock|unlock|suspend|resume}}",
        consumers.act_on_consumer,
        "changed",
        f"{_ONE}/people/{{network}}/{{id}}",
    ),
    Form(
        f"{_ONE}/cards/{{network}}/{{id}}/{{action:suspend|resume|expire}}",
        cards.act_on_card,
        "changed",
        f"{_ONE}/people/{{network}}/{{srcConsumerId}}",
    ),
)


def form_routes() -> list[web.RouteDef]:
    """A route for every form."""
    return [web.post(form.path, page(_answering(form))) for form in FORMS]


def _answering(form: Form) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        """Make the call, and show what has come of it."""
        inner = request.clone()  # before the body is read: a clone of a read one is refused
        sent = await request.post()
        fields = {name: value.strip() for name, value in sent.items() if isinstance(value, str)}
        answered = await asked(inner, form.handler, body=form.read(fields))
        known = {**request.match_info, **(answered if isinstance(answered, dict) else {})}
        place = _filled(form.back, known)
        return gone_to(request, fields.get("next") or place, done=form.done)

    return answer


def _filled(address: str, known: Mapping[str, object]) -> str:
    """*address* with its members, percent-encoded."""
    parts = {name: quote(str(value), safe="") for name, value in known.items()}
    return address.format_map(parts)
