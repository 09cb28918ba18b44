"""Where lives begin: at nothing, or in the midst of a case, with all that was sent on the way to there."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta

from cspr_bot.pipeline.kept import NewEvent
from cspr_bot.procedure.case import Refusal
from cspr_bot.procedure.engine import CLOCK_EVENT
from tests.procedure import casework
from tests.procedure.casework import CaseWork
from tests.scenarios.people import COORDINATOR
from tests.simulation.ground import Ground
from tests.simulation.life import Life, World
from tests.simulation.mailbox import MailServer
from tests.simulation.people import referral
from tests.simulation.plan import Plan

# The later ones take seconds to come to: short lives begin at one of the first two.
COURSES: tuple[Callable[[], CaseWork] | None, ...] = (
    None,
    casework.decided,
    casework.disputed,
    casework.submitted,
    casework.in_progress,
    casework.copied,
    casework.tracked,
)
SHORT = 2


@dataclass(frozen=True)
class Beginning:
    """A world and its database, to be copied for each life."""

    world: World
    database: bytes


class Beginnings:
    """Makes each beginning once, and gives copies of it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._made: dict[int, Beginning] = {}

    def life_of(self, plan: Plan) -> Life:
        """Give the life of a plan, not yet lived."""
        if plan.beginning not in self._made:
            self._made[plan.beginning] = self._begin(plan.beginning)
        made = self._made[plan.beginning]
        world = deepcopy(made.world)
        world.server.keeps_drafts = plan.seed % 3 > 0
        return Life(plan, self._ground, world, made.database)

    def _begin(self, number: int) -> Beginning:
        course = COURSES[number]
        world = World(MailServer(keeps_drafts=True))
        if course is None:
            return Beginning(world, self._ground.empty_database())
        life = Life(Plan(0, "beginning", 0, timedelta(), ()), self._ground, world, self._ground.empty_database())
        life.nobody_answers = True
        self._play(course(), life)
        return Beginning(world, life.take_database())

    def _play(self, work: CaseWork, life: Life) -> None:
        """Let a case come to where the rules alone have brought it, with the mails that go out on the way."""
        first, *others = [event for event in work.case.history if event.name != CLOCK_EVENT]
        life.until(first.known_at)
        life.post(referral(0, first.known_at))
        life.until(first.known_at + timedelta(minutes=2))
        (case,) = (row.reference for row in life.desk().store.reports.case_rows() if not row.is_provisional)
        for event in others:
            life.until(event.known_at)
            new = NewEvent(case, event.name, event.at, "cli", COORDINATOR, event.fields)
            outcome = life.desk().progression.record(new)
            assert not isinstance(outcome, Refusal), outcome.problems
            life.soon()
        life.until(work.now + timedelta(minutes=2))
