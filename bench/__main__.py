"""`python -m bench [efficiency|profile]`: measure, print a table, end."""

import argparse
import sys

from bench import efficiency, stages
from bench.machine import BenchFailed


def main() -> int:
    """Run what the command line names; 1 when an answer was wrong or the machine is too small."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "figure", nargs="?", choices=("efficiency", "profile"), default="efficiency"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of limit and server [5]")
    parser.add_argument("--seconds", type=float, default=3.0, help="load per round [3]")
    parser.add_argument(
        "--fresh", action="store_true", help="PostgreSQL without statistics, as in its first minute"
    )
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.seconds < 1:
        parser.error("at least one round of one second")
    try:
        if arguments.figure == "profile":
            stages.run(seconds=arguments.seconds)
        else:
            efficiency.run(
                rounds=arguments.rounds, seconds=arguments.seconds, is_fresh=arguments.fresh
            )
    except BenchFailed as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
