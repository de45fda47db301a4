"""`python -m src_system`: the same as the command `src-system`."""

from src_system.cli.main import main

main()
