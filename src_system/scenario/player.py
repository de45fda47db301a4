"""Playing the steps of a scenario one after the other, and noting what each came to."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import jsonpath
import msgspec

from src_system.client import SrcSystemError
from src_system.clock import monotonic
from src_system.scenario import steering
from src_system.scenario.answers import (
    Answer,
    Failure,
    capture,
    captured_from,
    failures,
    what_is_there,
)
from src_system.scenario.calling import call
from src_system.scenario.durations import seconds_of
from src_system.scenario.matchers import MISSING
from src_system.scenario.recording import record_into
from src_system.scenario.results import FAILED, PASSED, StepFailure, StepResult
from src_system.scenario.stage import GIVEN_VARIABLES, Stage, networks_of
from src_system.scenario.steps import (
    Advance,
    Call,
    Code,
    Control,
    Fault,
    Journal,
    Notification,
    Open,
    Place,
    Repeat,
    SetClock,
    SignIn,
    Together,
    Use,
    Verdict,
    Visit,
)
from src_system.scenario.story import Part, PlacedStep
from src_system.scenario.variables import Unresolved, names_in
from src_system.scenario.words import Asking, Expectation, Waiting

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5


async def play_steps(stage: Stage, steps: Sequence[PlacedStep], results: list[StepResult]) -> bool:
    """Play them in order until one fails; those behind it are skipped, and listed.

    *results* gets one for each as it begins, so that what was played is there when somebody
    interrupts. True when all have passed.
    """
    for number, placed in enumerate(steps):
        results.append(unplayed(placed))
        await play_step(stage, placed, results[-1])
        if results[-1].outcome == FAILED:
            results += [unplayed(one) for one in steps[number + 1 :]]
            return False
    return True


def unplayed(placed: PlacedStep) -> StepResult:
    """The result of a step that was never begun."""
    return StepResult(placed.title, placed.verb, placed.where)


async def play_step(stage: Stage, placed: PlacedStep, result: StepResult) -> None:
    """Play one; *result* tells what it came to."""
    record_into(result.exchanges)
    began = monotonic()
    try:
        found = await _play(stage, placed, result)
    except Unresolved as error:
        found = [Failure(str(error))]
    except SrcSystemError as error:
        found = [Failure(str(error))]
    except (ValueError, jsonpath.JSONPathError) as error:
        found = [Failure(f"{placed.verb}: {error}")]
    result.seconds = monotonic() - began
    result.failures += [StepFailure(placed.mark(*one.place), one.message) for one in found]
    is_good = not result.failures and all(one.outcome == PASSED for one in result.nested)
    result.outcome = PASSED if is_good else FAILED


async def _play(stage: Stage, placed: PlacedStep, result: StepResult) -> Sequence[Failure]:
    step = placed.step
    match step:
        case Call():
            return await _call(stage, step, result)
        case Control():
            return await _control(stage, step, result)
        case Visit():
            networks = None if step.on is None else networks_of(stage.fill(step.on))
            stage.visit(
                stage.fill(step.visit),
                networks=networks,
                client=stage.fill(step.client),
                dpa=stage.fill(step.dpa),
                transaction=stage.fill(step.transaction),
            )
        case SetClock():
            await steering.set_clock(stage, step)
        case Fault():
            await steering.fault(stage, step, placed.where)
        case Verdict():
            return await steering.verdict(stage, step)
        case Together():
            # Each on a stage of its own: the device in use of one is not that of the others.
            result.nested += [unplayed(one) for one in placed.nested]
            pairs = zip(placed.nested, result.nested, strict=True)
            await asyncio.gather(*(play_step(replace(stage), one, its) for one, its in pairs))
        case Repeat():
            await _repeat(stage, placed, step, result)
        case Use() if placed.part is not None:
            await _use(stage, placed, step, placed.part, result)
        case Asking():
            return await _ask(stage, step, result)
    return ()


async def _ask(stage: Stage, step: Asking, result: StepResult) -> Sequence[Failure]:
    """A step with one answer."""
    match step:
        case SignIn():
            answer = await steering.sign_in(stage, step)
        case Code():
            answer = await steering.code(stage, step)
        case Advance():
            answer = await steering.advance(stage, step)
        case Place():
            answer = await steering.place(stage, step)
        case Open():
            answer = await steering.open_token(stage, step)
        case Journal():
            answer = await steering.journal(stage, step)
        case Notification():
            began = monotonic()
            answer = await steering.notification(stage, step)
            result.waits.append((began, monotonic()))
        case _:
            raise TypeError(f"No step: {step!r}")
    return await _judge(stage, step, {None: answer}, result)


async def _call(stage: Stage, step: Call, result: StepResult) -> Sequence[Failure]:
    """An operation on one network, or on several at once."""
    await stage.prepare(msgspec.to_builtins(step))
    asked = networks_of(stage.fill(step.on)) if step.on is not None else stage.networks

    async def ask() -> dict[str | None, Answer]:
        answers = await asyncio.gather(*(call(stage, step, name) for name in asked))
        return dict(zip(asked, answers, strict=True))

    return await _until_good(stage, step, result, ask)


async def _control(stage: Stage, step: Control, result: StepResult) -> Sequence[Failure]:
    """A call of the control port."""

    async def ask() -> dict[str | None, Answer]:
        return {None: await steering.control(stage, step)}

    return await _until_good(stage, step, result, ask)


async def _until_good(
    stage: Stage,
    step: Waiting,
    result: StepResult,
    ask: Callable[[], Awaitable[Mapping[str | None, Answer]]],
) -> Sequence[Failure]:
    """Ask, and ask again until all is as expected or the step's time is over."""
    deadline = None if step.within is None else monotonic() + seconds_of(step.within)
    pause = _FIRST_PAUSE_SECONDS
    while True:
        found = await _judge(stage, step, await ask(), result)
        if not found or deadline is None or monotonic() + pause > deadline:
            return found
        began = monotonic()
        await asyncio.sleep(pause)
        result.waits.append((began, monotonic()))
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        result.tries += 1


async def _judge(
    stage: Stage, step: Asking, answers: Mapping[str | None, Answer], result: StepResult
) -> list[Failure]:
    """What is not as expected; when all is, the captures are taken."""
    found: list[Failure] = []
    instead = _expected_instead(stage, step)
    for network, answer in answers.items():
        place: tuple[str, ...] = ("expect",)
        expected = step.expect
        if network in instead:
            written, expected = instead[network]
            place = ("expectOn", written)
        filled = _filled(stage, expected, network)
        said = [
            Failure(
                f"{network}: {one.message}" if len(answers) > 1 else one.message,
                (*place, *one.place),
            )
            for one in failures(answer, filled)
        ]
        if said and answer.reasons and not result.explanation:
            result.explanation = await steering.explanation(stage, answer.src_correlation_id)
        found += said
    if not found:
        found = _captured(stage, step, answers)
    return found


def _expected_instead(stage: Stage, step: Asking) -> dict[str | None, tuple[str, Expectation]]:
    """By network, what is expected instead, and how the network is written in the story."""
    if not isinstance(step, Call):
        return {}
    return {str(stage.fill(name)): (name, one) for name, one in step.expect_on.items()}


def _filled(stage: Stage, expected: Expectation, network: str | None) -> Expectation:
    """The expectation with its variables."""
    document = {name: getattr(expected, name) for name in expected.__struct_fields__}
    if next(names_in(document), None) is None:
        return expected
    return Expectation(**stage.fill(document, network=network))


def _captured(stage: Stage, step: Asking, answers: Mapping[str | None, Answer]) -> list[Failure]:
    """Keep what the step captures; failures where nothing is found."""
    said = []
    for name, wanted in step.capture.items():
        values: dict[Any, Any] = {}
        for network, answer in answers.items():
            value = capture(answer, stage.fill(wanted, network=network))
            if value is MISSING:
                section, path = captured_from(stage.fill(wanted, network=network))
                why = what_is_there(answer, section, path)
                message = f"Nothing to capture as {name} at {section} {path}: {why}."
                said.append(Failure(message, ("capture", name)))
            values[network] = value
        stage.variables[name] = values if len(answers) > 1 else next(iter(values.values()))
    return said


async def _repeat(stage: Stage, placed: PlacedStep, step: Repeat, result: StepResult) -> None:
    for number in range(1, step.repeat + 1):
        stage.variables["round"] = str(number)
        if not await play_steps(stage, placed.nested, result.nested):
            return


async def _use(stage: Stage, placed: PlacedStep, step: Use, part: Part, result: StepResult) -> None:
    """Play a part: it sees its inputs and what is always there, none of the story's variables."""
    inside = {name: stage.variables[name] for name in GIVEN_VARIABLES if name in stage.variables}
    inside |= {**part.inputs, **stage.fill(step.with_)}
    inner = replace(stage, variables=inside)
    is_good = await play_steps(inner, placed.nested, result.nested)
    stage.current = inner.current
    if is_good:
        outputs = inner.fill(part.outputs)
        stage.variables.update({name: outputs[output] for name, output in step.capture.items()})
