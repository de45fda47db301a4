"""How commands reach a running server, and what its failures mean: one line and an exit code."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from src_system.cli.control_address import DEFAULT_URL, find_control
from src_system.cli.options import (
    CONTROL_URL_VARIABLE,
    EXIT_INTERRUPTED,
    SANDBOX_VARIABLE,
    EnvironmentFailed,
    UsageFailed,
)
from src_system.client import ControlPort, Refused, Sandbox, SrcSystemError

Result = TypeVar("Result")
Command = Callable[..., Any]
_COMPLETION_SECONDS = 2.0


class NothingFound(click.ClickException):
    """There was nothing to show, or nothing came (exit code 5)."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Access:
    """A control port, and the sandbox that a command is about."""

    url: str
    token: str | None
    sandbox: str

    def run(self, ask: Callable[[ControlPort], Awaitable[Result]]) -> Result:
        """What *ask* gives; failures of it become one line and an exit code."""
        try:
            return asyncio.run(self._with_port(ask))
        except KeyboardInterrupt:
            raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
        except Refused as refused:
            raise _usage_or_environment(refused) from refused
        except SrcSystemError as error:
            raise EnvironmentFailed(str(error)) from error

    def in_sandbox(self, ask: Callable[[Sandbox], Awaitable[Result]]) -> Result:
        """The same, with the sandbox of the command."""

        async def with_sandbox(port: ControlPort) -> Result:
            return await ask(await port.sandbox(self.sandbox))

        return self.run(with_sandbox)

    async def _with_port(self, ask: Callable[[ControlPort], Awaitable[Result]]) -> Result:
        async with ControlPort(self.url, token=self.token) as port:
            return await ask(port)


def control_options(command: Command) -> Command:
    """Give *command* the flags that say which server; they arrive as one `access`."""

    def with_access(*arguments: Any, **flags: Any) -> Any:
        url, token = find_control(flags.pop("control"), flags.pop("ready_file"))
        token = flags.pop("control_token") or token
        access = Access(url, token, flags.pop("sandbox", "default"))
        return command(*arguments, access=access, **flags)

    # click reads the name of a command, its help and the flags it has already from these.
    with_access.__name__, with_access.__doc__ = command.__name__, command.__doc__
    with_access.__dict__.update(command.__dict__)
    for option in (
        click.option("--control-token", metavar="TOKEN", help="token of the control port"),
        click.option(
            "--ready-file", metavar="PATH", help="the server's ready line, from serve --ready-file"
        ),
        click.option(
            "--control",
            metavar="URL",
            help=f"the server's control port [{CONTROL_URL_VARIABLE}, or {DEFAULT_URL}]",
        ),
    ):
        with_access = option(with_access)
    return with_access


def sandbox_options(command: Command) -> Command:
    """The same, and `--sandbox`."""
    return click.option(
        "--sandbox",
        default="default",
        envvar=SANDBOX_VARIABLE,
        metavar="NAME",
        shell_complete=complete_sandbox,
        help=f"sandbox [{SANDBOX_VARIABLE}, or default]",
    )(control_options(command))


def complete_sandbox(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names of the server's sandboxes; none where no server answers."""
    given = context.params

    async def names() -> list[str]:
        url, token = find_control(given.get("control"), given.get("ready_file"))
        token = given.get("control_token") or token
        async with ControlPort(url, token=token, timeout=_COMPLETION_SECONDS) as port:
            return [one.name for one in await port.list_sandboxes()]

    try:
        found = asyncio.run(names())
    except (SrcSystemError, click.ClickException):
        return []
    return [CompletionItem(name) for name in found if name.startswith(incomplete)]


def _usage_or_environment(refused: Refused) -> click.ClickException:
    if refused.status == 401:
        return UsageFailed("the control port wants its token: --control-token TOKEN")
    if refused.status >= 500:
        return EnvironmentFailed(str(refused))
    where = f"{refused.source}: " if refused.source else ""
    return UsageFailed(f"{where}{refused.message or refused}")
