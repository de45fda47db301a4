"""How commands reach a running server, and what its failures mean: one line and an exit code."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
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
from src_system.client.transport import TIMEOUT_SECONDS

Result = TypeVar("Result")
Command = Callable[..., Any]
_COMPLETION_SECONDS = 2.0


class NothingFound(click.ClickException):
    """There was nothing to show, or nothing came (exit code 5)."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Access:
    """A control port, the sandbox that a command is about, and how long a call may take."""

    url: str
    token: str | None
    sandbox: str
    timeout: float = TIMEOUT_SECONDS

    @classmethod
    def of(cls, flags: dict[str, Any]) -> "Access":
        """The access that these flags of a command come to; it takes them out."""
        url, token = find_control(flags.pop("control", None), flags.pop("ready_file", None))
        token = flags.pop("control_token", None) or token
        return cls(url, token, flags.pop("sandbox", None) or "default")

    @classmethod
    def for_completion(cls, context: click.Context) -> "Access":
        """The access of a command that is being typed: nobody waits long for an offer."""
        return replace(cls.of(dict(context.params)), timeout=_COMPLETION_SECONDS)

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
        async with ControlPort(self.url, token=self.token, timeout=self.timeout) as port:
            return await ask(port)


def control_options(command: Command) -> Command:
    """Give *command* the flags that say which server; they arrive as one `access`."""

    def with_access(*arguments: Any, **flags: Any) -> Any:
        access = Access.of(flags)
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
    try:
        access = Access.for_completion(context)
        found = access.run(lambda port: port.list_sandboxes())
    except click.ClickException:
        return []
    return [CompletionItem(one.name) for one in found if one.name.startswith(incomplete)]


def _usage_or_environment(refused: Refused) -> click.ClickException:
    if refused.status == 401:
        return UsageFailed("the control port wants its token: --control-token TOKEN")
    if refused.status >= 500:
        return EnvironmentFailed(str(refused))
    where = f"{refused.source}: " if refused.source else ""
    return UsageFailed(f"{where}{refused.message or refused}")
