"""Legal histories walked at random: every promise holds, every stage is reached, every clock fires, none is stuck."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, seed, settings

from cspr_bot.procedure.case import Case
from tests.procedure.casework import shipped_procedure, told
from tests.procedure.histories import BEGINNINGS, SEARCH, STEPS, WHERE, Choice, assert_no_dead_end, lived, replayed

# 2,000 on every run, always the same; more with CSPR_BOT_WALKS, and others with CSPR_BOT_WALK_SEED.
WALKS = int(os.environ.get("CSPR_BOT_WALKS", "2000"))
SEED = int(os.environ.get("CSPR_BOT_WALK_SEED", "0"))


@dataclass
class Seen:
    """What all walks together came through."""

    stages: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    fired: set[str] = field(default_factory=set)
    overdue: set[str] = field(default_factory=set)

    def note(self, case: Case, entered: Iterable[str]) -> None:
        """Take in where a case has been, and what its duties went through."""
        self.stages |= {what.replace(f".{agency}=", "=") for what in entered for agency in (*case.agencies, "-")}
        self.opened |= {task.timer for task in case.tasks}
        self.fired |= {task.timer for task in case.tasks if task.rung}
        self.overdue |= {task.timer for task in case.tasks if task.is_overdue}


def test_random_legal_histories_keep_every_promise_and_reach_every_stage_and_clock() -> None:
    procedure, seen = shipped_procedure(), Seen()

    @seed(SEED)
    @settings(SEARCH, max_examples=WALKS, derandomize=SEED == 0, database=None)
    @given(WHERE, STEPS)
    def walk(where: int, steps: list[Choice]) -> None:
        history = lived(where, steps)
        if steps[0][1] % 4 == 0:  # replaying costs as much as living: each fourth, by chance, is enough here
            assert replayed(history) == history.case
        assert_no_dead_end(history.case, procedure)
        seen.note(history.case, history.entered)

    walk()
    for begin in BEGINNINGS:
        work = begin()
        work.until(told(work.now + timedelta(days=240)))  # and nobody does anything for eight months
        seen.note(work.case, ())
        if work.open("T17"):
            work.record(told(work.now), "action_closed", action="2")
        seen.note(work.case, (what.removeprefix("stage_entered ") for what in work.happened))
    regions = procedure.regions.items()
    every_stage = {f"{name}={stage}" for name, region in regions for stage in region.stages if stage != region.initial}
    assert every_stage - seen.stages == set()
    chased = {name for name, timer in procedure.timers.items() if procedure.ladders[timer.ladder].rungs}
    assert set(procedure.timers) - seen.opened == set()
    assert chased - seen.fired == set()
    assert chased - seen.overdue == set()
