"""`src-system`: the group of all commands."""

import click

from src_system.cli.decode import decode
from src_system.cli.demo import demo
from src_system.cli.migrate import migrate
from src_system.cli.ready import ready
from src_system.cli.seed import seed
from src_system.cli.serve import serve
from src_system.cli.version import version


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Simulate the network side of Click to Pay: four SRC Systems, invented cards only."""


for _command in (serve, demo, migrate, seed, decode, ready, version):
    main.add_command(_command)
