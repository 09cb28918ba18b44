"""`make simulate SEEDS=n`: lives that many lives, and prints each that broke a promise with how to see it again."""

import argparse
import logging
import sys
from time import process_time

from tests.simulation.plan import DEPTHS
from tests.simulation.running import Simulation, new_simulation


def main() -> int:
    """Do what the command line asks for; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many lives")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--depth", choices=DEPTHS, default="short", help="days and few troubles, or weeks and many")
    parser.add_argument("--seed", type=int, help="this one alone; what goes wrong is raised where it does")
    parser.add_argument("--without", default="", help="of that one, leave out these happenings: 2,5,7")
    options = parser.parse_args()
    logging.disable()
    with new_simulation() as simulation:
        if options.seed is not None:
            _once(simulation, options.seed, options.depth, [int(item) for item in options.without.split(",") if item])
            return 0
        return _many(simulation, range(options.start, options.start + options.seeds), options.depth)


def _once(simulation: Simulation, seed: int, depth: str, left_out: list[int]) -> None:
    plan = simulation.plan(seed, depth).without(left_out)
    sys.stdout.write(f"{plan}\n")
    simulation.live(plan)
    sys.stdout.write("every promise was kept\n")


def _many(simulation: Simulation, seeds: range, depth: str) -> int:
    began, found = process_time(), 0
    for broken in simulation.broken(seeds, depth):
        found += 1
        sys.stdout.write(f"\n{broken}\n")
        sys.stdout.flush()
    counted = simulation.counted
    sys.stdout.write(
        f"{counted['lives']} lives of {depth} depth: {counted['mails in']} mails in, {counted['mails out']} out, "
        f"{counted['rounds']} rounds, {counted['troubles']} troubles, {counted['deaths']} deaths of the process; "
        f"{found} broke a promise; {process_time() - began:.0f} s of processor\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
