"""The flags that `serve` and its relatives share, made from the one table of settings."""

from collections.abc import Callable
from typing import Any

import click

from src_system.config import SETTINGS, Config, Setting, load, process_environment

_Command = Callable[..., Any]
EXIT_USAGE = 2
EXIT_ENVIRONMENT = 4
EXIT_INTERRUPTED = 130

# Understood by the commands that talk to a running server, and no mistake for the others.
CONTROL_URL_VARIABLE = "SRC_SYSTEM_CONTROL_URL"
SANDBOX_VARIABLE = "SRC_SYSTEM_SANDBOX"


class EnvironmentFailed(click.ClickException):
    """Server or database unreachable, or the start failed (exit code 4)."""

    exit_code = EXIT_ENVIRONMENT


class UsageFailed(click.ClickException):
    """A setting cannot be used (exit code 2)."""

    exit_code = EXIT_USAGE


def setting_options(command: _Command) -> _Command:
    """Give *command* a flag for every setting; they arrive as text, or None when not given."""
    return setting_options_without()(command)


def setting_options_without(*names: str) -> Callable[[_Command], _Command]:
    """The same, but for the settings of *names*, whose flags mean something else there."""

    def decorate(command: _Command) -> _Command:
        for setting in reversed(SETTINGS):
            if setting.has_flag and setting.name not in names:
                command = _option(setting)(command)
        return command

    return decorate


def read_config(flags: dict[str, Any], **overrides: str) -> Config:
    """The configuration; *overrides* hold where neither flag nor environment says otherwise."""
    environment = process_environment()
    texts = {name: _text(value) for name, value in flags.items()}
    for name, value in overrides.items():
        if texts.get(name) is None and not environment.get(f"SRC_SYSTEM_{name.upper()}"):
            texts[name] = value
    return load(texts, environment, other_variables=(CONTROL_URL_VARIABLE, SANDBOX_VARIABLE))


def _text(value: object) -> str | None:
    if value is None or value is False:
        return None
    return "true" if value is True else str(value)


def _option(setting: Setting) -> Callable[[_Command], _Command]:
    if setting.default == "false":
        return click.option(setting.flag, setting.name, is_flag=True, help=setting.meaning)
    meaning = setting.meaning if not setting.unit else f"{setting.meaning} ({setting.unit})"
    default = "" if setting.default is None else f" [{setting.default}]"
    return click.option(
        setting.flag,
        setting.name,
        default=None,
        metavar=setting.metavar or "TEXT",
        help=f"{meaning}{default}",
        hidden=setting.is_limit,
    )
