"""Seeded lives of a partnership in a world that fails in every way: each promise holds at every step of each."""

from collections.abc import Iterator

import pytest

from tests.simulation.plan import PEOPLE, TROUBLES, Plan, plan_of
from tests.simulation.running import Simulation, new_simulation

SEEDS, AT_ONCE = 200, 25


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with new_simulation() as simulation:
        yield simulation


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_whatever_befalls_a_partnership_nothing_is_lost_or_doubled(simulation: Simulation, first: int) -> None:
    broken = list(simulation.broken(range(first, first + AT_ONCE), "short"))
    assert not broken, "\n\n".join(map(str, broken))


@pytest.mark.slow
def test_nor_in_weeks_with_many_troubles(simulation: Simulation) -> None:
    broken = list(simulation.broken(range(40), "long"))
    assert not broken, "\n\n".join(map(str, broken))


def test_a_seed_is_lived_the_same_way_each_time(simulation: Simulation) -> None:
    plan = simulation.plan(7, "short")
    first = simulation.live(plan)
    assert len(first) > 5
    assert simulation.live(plan) == first


def test_lives_know_every_kind_of_trouble() -> None:
    plans = [plan_of(seed, "short", 2) for seed in range(SEEDS)]
    lived = {item.what for plan in plans for item in plan.happenings}
    assert lived == {*PEOPLE, *TROUBLES, "copies"}


def test_a_server_that_lies_is_found_out(simulation: Simulation) -> None:
    """The checks see what they are there to see: of a mail that has left this server says that it has not."""
    found = (_failure_with_lies(simulation, simulation.plan(seed, "short")) for seed in range(24, 60))
    assert any(why is not None and "sent twice" in why for why in found)


def _failure_with_lies(simulation: Simulation, plan: Plan) -> str | None:
    simulation.server_lies = True
    try:
        return simulation.failure_of(plan)
    finally:
        simulation.server_lies = False
