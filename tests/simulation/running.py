"""Runs lives, and says of one that broke a promise how to see it again."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.simulation.beginnings import COURSES, SHORT, Beginnings
from tests.simulation.ground import new_ground
from tests.simulation.plan import Plan, plan_of

MOST_TRIES = 60


@dataclass(frozen=True)
class Broken:
    """A life in which something went wrong: what, and the plan that brings it about."""

    plan: Plan
    left_out: tuple[int, ...]
    why: str

    def __str__(self) -> str:
        """Say it so that somebody can mend it."""
        without = f" --without {','.join(map(str, self.left_out))}" if self.left_out else ""
        again = f".venv/bin/python -m tests.simulation --seed {self.plan.seed} --depth {self.plan.depth}{without}"
        return f"{self.why}\n{self.plan.without(self.left_out)}\nagain: {again}"


class Simulation:
    """Lives one plan after another. `server_lies`: of a mail that has left the mail server says that it has not."""

    def __init__(self, beginnings: Beginnings) -> None:
        self._beginnings = beginnings
        self.server_lies = False
        self.counted: Counter[str] = Counter()

    def plan(self, seed: int, depth: str) -> Plan:
        """Give the plan of a seed."""
        return plan_of(seed, depth, SHORT if depth == "short" else len(COURSES))

    def failure_of(self, plan: Plan) -> str | None:
        """Live a plan; give what went wrong, whatever it was, or None."""
        try:
            self.live(plan)
        except Exception as failure:  # noqa: BLE001 - a bug is a finding like a broken promise
            return f"{type(failure).__name__}: {failure}"
        return None

    def live(self, plan: Plan) -> tuple[str, ...]:
        """Live a plan, whatever it raises; give what left, in order: the same each time."""
        life = self._beginnings.life_of(plan)
        life.world.server.lies = self.server_lies
        try:
            life.live()
            return tuple(f"{mail.recipient} {mail.effect}" for mail in life.world.server.departed)
        finally:
            self.counted += life.counted
            life.take_database()

    def broken(self, seeds: Iterable[int], depth: str) -> Iterator[Broken]:
        """Live the plans of seeds; give each that broke a promise, with as little in it as brings it about."""
        for seed in seeds:
            plan = self.plan(seed, depth)
            why = self.failure_of(plan)
            self.counted["lives"] += 1
            if why is not None:
                yield self._shrunk(plan, why)

    def _shrunk(self, plan: Plan, why: str) -> Broken:
        """Leave out whatever is not needed for the same to go wrong."""
        left_out: tuple[int, ...] = ()
        for place in list(range(len(plan.happenings)))[:MOST_TRIES]:
            found = self.failure_of(plan.without((*left_out, place)))
            if found is not None and found.partition(": ")[2][:25] == why.partition(": ")[2][:25]:
                left_out, why = (*left_out, place), found
        return Broken(plan, left_out, why)


@contextmanager
def new_simulation() -> Iterator[Simulation]:
    """Give a simulation, its lives on a disk in memory where there is one."""
    with new_ground() as ground:
        yield Simulation(Beginnings(ground))
