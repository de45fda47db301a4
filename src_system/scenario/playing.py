"""Playing a case from its sandbox's making to its removal, again where retries are allowed."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src_system.client import ControlPort, Sandbox, SrcSystemError
from src_system.client.transport import Transport
from src_system.clock import monotonic
from src_system.crypto.rsa_keys import generate_private_key, private_jwk
from src_system.derive import Derivation
from src_system.scenario import steering
from src_system.scenario.clock import SandboxTime
from src_system.scenario.player import play_steps, unplayed
from src_system.scenario.receiving import NotificationServer, ScenarioReceiver
from src_system.scenario.recording import RecordingTransport, record_into
from src_system.scenario.results import (
    ERROR,
    FAILED,
    PASSED,
    Attempt,
    CaseResult,
    Finding,
    StepFailure,
    StepResult,
)
from src_system.scenario.stage import Stage, networks_of
from src_system.scenario.story import ANY_VERDICT, Case
from src_system.scenario.variables import Unresolved, fill

_KEY_ID = "scenario-initiator"
_TTL = "PT1H"  # of a sandbox whose runner died
_NAME_CHARACTERS = 24


@dataclass(slots=True)
class World:
    """What all cases of a run have in common."""

    control_url: str
    transport: Transport
    notifications: NotificationServer
    seed: str
    run_name: str
    jwks: Mapping[str, Any]  # the SRC initiator's, the same in every sandbox
    token: str | None = None
    protocol: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    retries: int = 0
    keeps_failed: bool = False
    condemning: frozenset[str] = frozenset()  # verdicts that fail a run


def new_jwks() -> dict[str, Any]:
    """A key pair for an SRC initiator, as a JWKS with its private part; takes some 50 ms."""
    key = private_jwk(
        generate_private_key(),
        kid=_KEY_ID,
        use="enc",
        alg="RSA-OAEP-256",
        key_ops=("unwrapKey", "decrypt"),
    )
    return {"keys": [key]}


async def play_case(world: World, result: CaseResult, number: int) -> None:
    """Play its case, and once more while it fails and retries are left.

    *result* gets each attempt as it begins.
    """
    for attempt_number in range(1, world.retries + 2):
        attempt = Attempt(attempt_number, began=monotonic())
        result.attempts.append(attempt)
        try:
            await _attempt(world, result.case, number, attempt)
        except asyncio.CancelledError:
            attempt.problem = "It was interrupted."
            raise
        except Exception as error:  # noqa: BLE001 - one scenario must not take the others along
            attempt.outcome = ERROR
            attempt.problem = f"The runner itself failed: {type(error).__name__}: {error}"
        finally:
            attempt.seconds = monotonic() - attempt.began
        if attempt.outcome == PASSED:
            break


async def _attempt(world: World, case: Case, number: int, attempt: Attempt) -> None:
    settings = case.story.sandbox
    seed = attempt.seed = settings.seed or Derivation(world.seed).uuid("scenario", case.id)
    transport = RecordingTransport(world.transport, world.control_url)
    port = ControlPort(
        world.control_url, token=world.token, protocol=world.protocol, transport=transport
    )
    setup = StepResult("the sandbox and what is given", "given", case.source.mark(("given",)))
    attempt.steps.append(setup)
    record_into(setup.exchanges)
    name = f"{world.run_name}-{number}-{attempt.number}-{_slug(case.id)}"
    try:
        sandbox = await _make_or_undo(port, world, case, name, fill(seed, world.variables))
    except (SrcSystemError, Unresolved) as error:
        attempt.outcome, attempt.problem = ERROR, str(error)
        return
    attempt.sandbox = sandbox.name
    attempt.urls = transport.networks = {name: one.src for name, one in sandbox.urls.items()}
    stage = Stage(
        port,
        sandbox,
        SandboxTime(sandbox),
        ScenarioReceiver(world.notifications, sandbox.name),
    )
    try:
        await _set_up(stage, case, world, setup)
        await _play(stage, case, attempt)
        await _look_back(stage, case, attempt, world)
    except SrcSystemError as error:
        attempt.outcome, attempt.problem = ERROR, str(error)
    except BaseException:
        await _remove(sandbox, attempt)
        raise
    finally:
        attempt.private_keys = [
            key for client in sandbox.details.clients for key in client.jwks.keys
        ]
    attempt.own_seconds = monotonic() - attempt.began - _busy(attempt)
    attempt.kept = world.keeps_failed and attempt.outcome != PASSED
    if not attempt.kept:
        await _remove(sandbox, attempt)


async def _make_or_undo(
    port: ControlPort, world: World, case: Case, name: str, seed: str
) -> Sandbox:
    """A new sandbox; none stays behind when somebody interrupts while it is made."""
    making = asyncio.ensure_future(_make(port, world, case, name, seed))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        with contextlib.suppress(SrcSystemError):  # then it was not made
            await (await making).delete(missing_ok=True)
        raise


async def _make(port: ControlPort, world: World, case: Case, name: str, seed: str) -> Sandbox:
    settings = case.story.sandbox
    members: dict[str, Any] = {}
    if not settings.magic:
        members["magic"] = False
    return await port.create_sandbox(
        name,
        seed=seed,
        clock=settings.clock,
        profile=settings.profile,
        ttl=_TTL,
        issuer=settings.issuer,
        jwks=world.jwks,
        **members,
    )


async def _set_up(stage: Stage, case: Case, world: World, setup: StepResult) -> None:
    """Variables in the order of precedence: given on the command line, of the row, of the file."""
    began = monotonic()
    stage.set_sandbox_variables()
    try:
        for name, value in case.row.items():
            stage.variables[name] = world.variables.get(name, value)
        for name, value in case.story.variables.items():
            if name not in case.row:
                stage.variables[name] = world.variables.get(name, stage.fill(value))
        stage.networks = networks_of(stage.fill(case.story.on))
        if case.story.sandbox.auth is not None:
            await _have_authenticate(stage.sandbox, case.story.sandbox.auth)
        if case.story.given:
            await stage.prepare(case.story.given)
            await steering.place_fixtures(stage, stage.fill(case.story.given))
    except (Unresolved, SrcSystemError, TypeError) as error:
        setup.failures.append(StepFailure(case.source.mark(("given",)), str(error)))
    setup.outcome = FAILED if setup.failures else PASSED
    setup.seconds = monotonic() - began


async def _have_authenticate(sandbox: Sandbox, scheme: str) -> None:
    """The clients that the sandbox was made with show by this scheme who they are."""
    authentication = {"scheme": scheme}
    await sandbox.fixtures(
        clients=[
            {"srcClientId": one.src_client_id, "authentication": authentication}
            for one in sandbox.details.clients
        ]
    )
    await sandbox.refresh()


async def _play(stage: Stage, case: Case, attempt: Attempt) -> None:
    is_good = attempt.steps[0].outcome == PASSED
    if is_good:
        is_good = await play_steps(stage, case.steps, attempt.steps)
    else:
        attempt.steps += [unplayed(one) for one in case.steps]
    is_good = await play_steps(stage, case.finally_, attempt.steps) and is_good
    attempt.outcome = PASSED if is_good else FAILED


async def _look_back(stage: Stage, case: Case, attempt: Attempt, world: World) -> None:
    """Fault rules that nothing met are mistakes; and what the server thinks of the calls."""
    began = monotonic()
    ending = StepResult("looking back", "verdict", case.source.mark(("verdict",)), PASSED)
    attempt.steps.append(ending)
    record_into(ending.exchanges)
    found = await stage.sandbox.verdict()
    attempt.verdict = found.verdict
    attempt.is_condemned = found.verdict in world.condemning and not case.asserts_verdict
    attempt.findings = [
        Finding(one.id, one.severity, one.title, one.message, one.mend)
        for one in found.findings
        if one.waived is None
    ]
    if attempt.outcome == PASSED:
        for rule_id in await steering.unmatched_rules(stage):
            message = f"No call met the fault rule {rule_id}. Is its match right?"
            ending.failures.append(StepFailure(stage.fault_rules[rule_id], message))
        wanted = case.story.verdict
        if wanted is not None and wanted not in (found.verdict, ANY_VERDICT):
            said = "; ".join(f"{one.id}: {one.message}" for one in attempt.findings)
            message = f"The verdict is {found.verdict} instead of {wanted}. {said}"
            ending.failures.append(StepFailure(ending.where, message))
    if ending.failures:
        attempt.outcome = ending.outcome = FAILED
    ending.seconds = monotonic() - began


def _busy(attempt: Attempt) -> float:
    """Seconds in which at least one exchange was under way, or something was waited for."""
    spans = []
    for step in attempt.all_steps():
        spans += [(one.began, one.began + one.seconds) for one in step.exchanges]
        spans += step.waits
    spans.sort()
    busy, until = 0.0, float("-inf")
    for begin, end in spans:
        busy += max(0.0, end - max(begin, until))
        until = max(until, end)
    return busy


async def _remove(sandbox: Sandbox, attempt: Attempt) -> None:
    try:
        await sandbox.delete(missing_ok=True)
    except SrcSystemError as error:
        attempt.problem = attempt.problem or f"The sandbox was not removed: {error}"


def _slug(case_id: str) -> str:
    stem = re.sub(r"\.ya?ml", "", Path(case_id).name.lower())
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[-_NAME_CHARACTERS:].strip("-")
