"""`python -m src_system`: the same as the command `src-system`."""

from src_system.cli.main import main

if __name__ == "__main__":  # the processes that `seed` starts read this file too
    main()
