"""How the demo speaks: a line per step, three calm tables, and what to try next."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from src_system.client import SrcSystemError
from src_system.clock import monotonic

WIDTH_MAX = 100


class StepFailed(Exception):
    """Something in the story is not as it must be; the message says what."""


# What a step may meet: the client's failures, members that are missing or of another kind.
_BROKEN = (StepFailed, SrcSystemError, LookupError, TypeError, ValueError)


class StoryStopped(Exception):
    """A step failed and was narrated; there is nothing more to say."""


@dataclass(slots=True)
class Step:
    """A step while it is played; `outcome` is what its line will add."""

    outcome: str = ""


class Narrator:
    """Prints the story on a console of any kind: colours, Unicode and a terminal are optional."""

    def __init__(self, console: Console) -> None:
        self._console = console
        if not console.is_terminal:  # a pipe has no width; this one fits the tables
            console.width = WIDTH_MAX
        self._width = min(console.width, WIDTH_MAX)
        unicode = console.encoding.lower().startswith("utf")
        self._good, self._bad = ("✓", "✗") if unicode else ("ok", "!!")

    def title(self, text: str, *explanations: str) -> None:
        """The first lines."""
        self._console.print()
        self._line(Text(text, style="bold"))
        for explanation in explanations:
            self._line(Text(explanation, style="dim"))
        self._console.print()

    @contextmanager
    def step(self, sentence: str) -> Iterator[Step]:
        """Times the block and prints its line; a failure is printed and becomes StoryStopped."""
        started, step = monotonic(), Step()
        try:
            yield step
        except _BROKEN as error:
            self._print_step(self._bad, "bold red", sentence, _reason(error), monotonic() - started)
            raise StoryStopped from error
        self._print_step(self._good, "green", sentence, step.outcome, monotonic() - started)

    def note(self, sentence: str) -> None:
        """A line between steps."""
        self._line(Text(f"  {sentence}", style="dim"))

    def members(self, groups: Mapping[str, Mapping[str, str]]) -> None:
        """Members of a document, in named groups."""
        table = Table.grid(padding=(0, 2))
        for _ in range(3):
            table.add_column(overflow="fold")
        for group, members in groups.items():
            for number, (name, value) in enumerate(members.items()):
                heading = f"    {group}" if number == 0 else ""
                table.add_row(Text(heading, style="dim"), Text(name, style="cyan"), Text(value))
        self._line(table)
        self._console.print()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; long values are folded, never cut."""
        table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0))
        for column in columns:
            table.add_column(Text(column), overflow="fold")
        for first, *others in rows:
            table.add_row(Text(first, style="cyan"), *(Text(other) for other in others))
        self._line(table)

    def _print_step(
        self, mark: str, style: str, sentence: str, outcome: str, seconds: float
    ) -> None:
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(width=2)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_column(justify="right", min_width=8, no_wrap=True)
        told = Text(sentence)
        if outcome:
            told.append(f"\n{outcome}", style="dim" if mark == self._good else "red")
        milliseconds = Text(f"{seconds * 1000:.0f} ms", style="dim")
        grid.add_row(Text(mark, style=style), told, milliseconds)
        self._line(grid)

    def _line(self, renderable: Text | Table) -> None:
        self._console.print(renderable, width=self._width, markup=False, highlight=False)


def what_next(
    console: Console,
    *,
    protocol: str,
    control: str,
    src_client_id: str,
    email_address: str,
    command: str,
    checkout_file: Path | None = None,
) -> None:
    """Print commands that work as printed; *checkout_file* holds an answer of Visa's checkout.

    *command* is how this program is called here: `src-system`, or a path to Python and its module.
    """
    lines = _lines(protocol, control, src_client_id, email_address)
    if checkout_file is not None:
        open_payload = (
            f"curl -s {control}/v1/sandboxes/default |\n"
            f"    {command} decode {checkout_file} --key -"
        )
        lines += [
            (
                "The checkout at Visa: is its signature good?",
                f"curl -s {protocol}/visa/keys |\n    {command} decode {checkout_file} --jwks -",
            ),
            (
                "The same with its payload opened by the client's key",
                open_payload,
            ),
        ]
    console.print()
    shop = f"{protocol.replace('//127.0.0.1:', '//localhost:')}/demo/"
    for meaning, place in (("Buy something yourself", shop), ("Watch everything", f"{control}/")):
        console.print(Text.assemble((f"{meaning:<24}", "bold"), place), soft_wrap=True)
    console.print()
    console.print(Text("What to try next", style="bold"))
    for meaning, line in lines:
        console.print()
        console.print(Text(f"# {meaning}", style="dim"), soft_wrap=True)
        # No wrapping, no colours inside: it must survive copy and paste.
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print()


def _lines(
    protocol: str, control: str, src_client_id: str, email_address: str
) -> list[tuple[str, str]]:
    """Meanings and commands that need nothing but curl."""
    lookup = (
        f"curl -s {protocol}/visa/src/v1/identities/lookup \\\n"
        "    -H 'Content-Type: application/json' \\\n"
        f'    -d \'{{"srcClientId": "{src_client_id}",\n'
        '         "consumerIdentity": {"identityProvider": "SRC", "identityType": "EMAIL_ADDRESS",'
        "\n"
        f'                              "identityValue": "{email_address}"}}}}\''
    )
    create = (
        f"curl -s -X POST {control}/v1/sandboxes \\\n"
        "    -H 'Content-Type: application/json' -d '{\"seed\": \"42\"}'"
    )
    return [
        ("Visa's public keys", f"curl -s {protocol}/visa/keys"),
        ("Is she known at Visa?", lookup),
        (
            "The one-time codes she was sent",
            f"curl -s '{control}/v1/sandboxes/default/otps?identity={quote(email_address)}'",
        ),
        (
            "A sandbox of your own, with clients and keys",
            create,
        ),
    ]


def masked_number(number: str) -> str:
    """A card or token number: the first six and the last four digits."""
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def shortened(text: str, *, shown: int = 6) -> str:
    """The beginning of a value too long or too telling to show."""
    return text if len(text) <= shown else f"{text[:shown]}..."


def as_text(value: Any) -> str:
    """A JSON value as it is read: strings bare, everything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _reason(error: BaseException) -> str:
    if isinstance(error, SrcSystemError | StepFailed):
        return str(error)
    if isinstance(error, KeyError):
        return f"The answer has no member {error}."
    return f"{type(error).__name__}: {error}"
