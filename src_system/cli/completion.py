"""`src-system completion`: the script that teaches a shell to complete commands and sandboxes."""

import click
from click.shell_completion import get_completion_class

_PROGRAM = "src-system"
_VARIABLE = "_SRC_SYSTEM_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    Bash: eval "$(src-system completion bash)" in ~/.bashrc. Zsh: the same with zsh in ~/.zshrc,
    after compinit. Names of sandboxes come from the server that the command would talk to.
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell
    click.echo(kind(context.find_root().command, {}, _PROGRAM, _VARIABLE).source())
