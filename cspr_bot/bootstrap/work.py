"""One round of work: every station until nothing is left to do, and what to do where the world fails in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cspr_bot.pipeline.ports import OldMailWaits, PermanentFailure, TemporaryFailure
from cspr_bot.procedure.calendar import OutsideTableError

if TYPE_CHECKING:
    from cspr_bot.pipeline.digest_facts import Reconciled
    from cspr_bot.pipeline.dispatch import Dispatch
    from cspr_bot.pipeline.held_alarm import HeldAlarm
    from cspr_bot.pipeline.intake import Intake
    from cspr_bot.pipeline.introductions import Introductions
    from cspr_bot.pipeline.morning import Morning
    from cspr_bot.pipeline.progression import Progression
    from cspr_bot.pipeline.reconciling import Reconciliation
    from cspr_bot.pipeline.registration import Registry

Failure = TemporaryFailure | PermanentFailure


@dataclass(frozen=True, slots=True)
class Round:
    """What one run of every station did; `reconciled` where the mailbox was held against the database."""

    taken: int = 0
    registered: int = 0
    advanced: int = 0
    sent: int = 0
    moved: int = 0
    reconciled: "Reconciled | None" = None

    @property
    def was_quiet(self) -> bool:
        """Whether there was nothing to do."""
        return not any((self.taken, self.registered, self.advanced, self.sent, self.moved))

    def plus(self, other: "Round") -> "Round":
        """Add up two rounds."""
        return Round(
            self.taken + other.taken,
            self.registered + other.registered,
            self.advanced + other.advanced,
            self.sent + other.sent,
            self.moved + other.moved,
            other.reconciled or self.reconciled,
        )


class Stations(Protocol):
    """What this needs of an office: its stations, and what stands beside them."""

    @property
    def intake(self) -> "Intake":
        """The first station."""
        ...

    @property
    def registry(self) -> "Registry":
        """The second station."""
        ...

    @property
    def progression(self) -> "Progression":
        """The third station."""
        ...

    @property
    def dispatch(self) -> "Dispatch":
        """The fourth station."""
        ...

    @property
    def morning(self) -> "Morning":
        """What writes the co-ordinator's page."""
        ...

    @property
    def held_alarm(self) -> "HeldAlarm":
        """What tells again of held mails."""
        ...

    @property
    def introductions(self) -> "Introductions":
        """What asks the holders of new addresses."""
        ...

    @property
    def reconciliation(self) -> "Reconciliation":
        """What holds the mailbox against the database, by night."""
        ...


@dataclass(slots=True)
class Work:
    """The work of one round. What fails is remembered, and the others go on; `stepped` is called after every step."""

    stations: Stations
    stepped: Callable[[], object]
    reading: list[Failure] = field(default_factory=list)
    sending: list[Failure] = field(default_factory=list)
    writing: list[PermanentFailure] = field(default_factory=list)
    question: OldMailWaits | None = None

    def done(self) -> Round:
        """Work until nothing is left; what a crash interrupted is settled first, and failures are raised at the end.

        A `PermanentFailure` is raised as long as anything could not be worked on: no round is a good one while a case
        waits.
        """
        _tried(self.stations.dispatch.recover, self.sending)
        done = self._until_quiet().plus(self._reconciled())
        if self._has_written_own_pages():  # last, so that they tell of it all, and one that fails stops nothing
            done = done.plus(self._until_quiet())
        if failures := (*self.sending, *self.reading, *self.writing):
            raise failures[0]
        if self.question is not None:
            raise PermanentFailure(str(self.question))
        if (why := self.stations.progression.failing()) is not None:
            raise PermanentFailure(f"a case waits, and is tried again every quarter of an hour: {why}")
        return done

    def _until_quiet(self) -> Round:
        done = Round()
        while not (latest := self._once()).was_quiet:
            done = done.plus(latest)
        return done

    def _once(self) -> Round:
        """Let each station work once. Nothing more is sent while nobody can tell what became of what was sent."""
        stations = self.stations
        taken = _tried(self._take, self.reading)
        registered = self._count(stations.registry.step)
        advanced = self._count(stations.progression.step)
        sent = 0 if self.sending else _tried(lambda: self._count(stations.dispatch.send_next), self.sending)
        return Round(taken, registered, advanced, sent, _tried(stations.intake.tidy, self.reading))

    def _take(self) -> int:
        """Take what is new; what a person must be asked about is asked when all else is done."""
        try:
            return self.stations.intake.take()
        except OldMailWaits as question:
            self.question = question
            return question.taken

    def _count(self, step: Callable[[], bool]) -> int:
        """Take a step until there is none left; give how many there were."""
        steps = 0
        while step():
            self.stepped()
            steps += 1
        return steps

    def _reconciled(self) -> Round:
        """Hold the mailbox against the database, by night; not in a round in which it failed already."""
        if self.reading:
            return Round()
        try:
            return Round(reconciled=self.stations.reconciliation.step())
        except (TemporaryFailure, PermanentFailure) as failure:
            self.reading.append(failure)
            return Round()

    def _has_written_own_pages(self) -> bool:
        """Write what is of no case, where it is time: the page, an alarm, questions; each may fail for itself."""
        is_written = False
        for page in (self.stations.morning, self.stations.held_alarm, self.stations.introductions):
            try:
                is_written = page.step() or is_written
            except PermanentFailure as failure:
                self.writing.append(failure)
            except OutsideTableError as error:
                self.writing.append(PermanentFailure(str(error)))
        return is_written


def _tried(work: Callable[[], int], failures: list[Failure]) -> int:
    """Let a station use the mailbox; where that fails, for now or for good, remember why, and let the others work."""
    try:
        return work()
    except (TemporaryFailure, PermanentFailure) as failure:
        failures.append(failure)
        return 0
