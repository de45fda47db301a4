"""A scenario file as types: the story itself, and parts that stories share."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta
from msgspec import field as member

from src_system.scenario.problems import Mark
from src_system.scenario.source import Source
from src_system.scenario.words import Json, Networks, Step, Words

ANY_VERDICT = "any"
CLOCK = "2026-11-23T09:00:00Z"


class SandboxSettings(Words, frozen=True, kw_only=True):
    """The sandbox that each scenario has to itself."""

    clock: Annotated[
        str, Meta(description=f"ISO 8601 instant at which time stands, or `real`; else {CLOCK}")
    ] = CLOCK
    seed: Annotated[str | None, Meta(description="what all is derived from; else the run's")] = None
    profile: Annotated[str | None, Meta(description="default, strict or lenient")] = None
    auth: Annotated[str | None, Meta(description="open or native")] = None
    issuer: Annotated[bool, Meta(description="with an SRC participating issuer")] = False
    magic: Annotated[bool, Meta(description="whether magic values mean anything")] = True


class Story(Words, frozen=True, kw_only=True):
    """A scenario: one story, played in a sandbox of its own."""

    scenario: Annotated[str, Meta(min_length=1, description="what it is about, in one line")]
    about: Annotated[str | None, Meta(description="why it matters, for who reads it")] = None
    tags: Annotated[list[str], Meta(description="words to choose it by")] = []
    on: Annotated[Networks, Meta(description="networks of steps that name none")] = "visa"
    sandbox: SandboxSettings = SandboxSettings()
    verdict: Annotated[
        str | None,
        Meta(
            description="what the server's verdict on all calls must be in the end: PASSED,"
            " WARNING, FAILED, or `any` where the story misbehaves on purpose; else `--fail-on`"
            " decides"
        ),
    ] = None
    variables: Annotated[Json, Meta(description="names for values, used as ${name}")] = {}
    data: Annotated[
        list[Json] | str | None,
        Meta(description="rows, each played by itself: a list, or the path of a CSV file"),
    ] = None
    given: Annotated[
        Json, Meta(description="consumers, clients and dpas that are there from the beginning")
    ] = {}
    steps: Annotated[list[Json], Meta(min_length=1)]
    finally_: Annotated[
        list[Json], Meta(description="steps that are played whatever came before")
    ] = member(name="finally", default_factory=list)


class Part(Words, frozen=True, kw_only=True):
    """Steps that several scenarios share (`use`)."""

    part: Annotated[str, Meta(min_length=1, description="what it does, in one line")]
    about: str | None = None
    inputs: Annotated[
        Json, Meta(description="names it needs, with a default, or null where there is none")
    ] = {}
    outputs: Annotated[
        Json, Meta(description="what it hands back: name, and a value such as ${card}")
    ] = {}
    steps: Annotated[list[Json], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step with where it stands. Nested ones are those of together, repeat and use."""

    step: Step
    verb: str
    where: Mark
    pointer: tuple[str | int, ...]
    source: Source = field(repr=False)
    nested: tuple["PlacedStep", ...] = ()
    part: Part | None = None

    @property
    def title(self) -> str:
        """What it is called in reports."""
        return self.step.title or _title(self)

    def mark(self, *further: str | int) -> Mark:
        """Where something in it stands."""
        return self.source.mark((*self.pointer, *further))


def _title(placed: PlacedStep) -> str:
    said: Any = getattr(placed.step, placed.step.__struct_fields__[0], "")
    for name, encoded in zip(
        placed.step.__struct_fields__, placed.step.__struct_encode_fields__, strict=True
    ):
        if encoded == placed.verb:
            said = getattr(placed.step, name)
    shown = said if isinstance(said, str) else ""
    return f"{placed.verb} {shown}".strip()


@dataclass(frozen=True, slots=True)
class Case:
    """A story with one row of its data: what is played."""

    id: str  # the file, and the row's number where there are several
    story: Story
    source: Source = field(repr=False)
    row: Json
    steps: tuple[PlacedStep, ...] = field(repr=False)
    finally_: tuple[PlacedStep, ...] = field(repr=False)
    has_rows: bool = False
    told_by: tuple[str, ...] = ()  # the columns that tell the rows apart

    @property
    def asserts_verdict(self) -> bool:
        """Whether the story itself says what the verdict has to be."""
        placed = (*self.steps, *self.finally_)
        return self.story.verdict is not None or any(one.verb == "verdict" for one in placed)

    @property
    def title(self) -> str:
        """The story's title, with what tells its row from the others."""
        if not self.has_rows:
            return self.story.scenario
        shown = ", ".join(str(self.row[name]) for name in self.told_by if self.row[name])
        return f"{self.story.scenario} ({shown[:_ROW_SHOWN]})"


_ROW_SHOWN = 100
