"""Moves a home through a story: the clock from moment to moment, people's mails in, the stations after each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.demonstration.post import answer
from cspr_bot.demonstration.steps import Answers, Arrives, Records, Releases, Step
from cspr_bot.pipeline.kept import NewEvent
from cspr_bot.procedure.case import Refusal
from cspr_bot.store import OutboxRow

COORDINATOR = "the co-ordinator"


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of the story: what somebody did (nothing, where time alone did something) and the mails that went."""

    at: datetime
    told: str
    mails: tuple[OutboxRow, ...]


class Director:
    """Plays steps on one home. Between two steps the clock stops wherever a case asked to be told of the time."""

    def __init__(self, office: Office, deliver: Callable[[bytes], object]) -> None:
        self._office = office
        self._deliver = deliver
        self._shown: set[int] = set()
        self._zone = office.home.settings.office.hours.zone

    def moment(self, text: str) -> datetime:
        """Read a local moment of the story."""
        return datetime.fromisoformat(text).replace(tzinfo=self._zone)

    def play(self, story: tuple[Step, ...]) -> Iterator[Scene]:
        """Play the steps in order of time, and give a scene wherever something happened."""
        for step in sorted(story, key=lambda item: self.moment(item.at)):
            at = self.moment(step.at)
            yield from self._let_time_pass(at)
            self._office.turn(at)
            told = self._do(step)
            self._office.run_once()
            yield Scene(at, told, self._new_mails())

    def references(self) -> tuple[str, ...]:
        """Give the references of the story's cases, in the order in which they were opened."""
        rows = self._office.store.reports.case_rows()
        return tuple(row.reference for row in rows if not row.is_provisional)

    def _let_time_pass(self, until: datetime) -> Iterator[Scene]:
        while (at := self._next_moment()) is not None and at <= until:
            self._office.turn(at)
            self._office.run_once()
            if mails := self._new_mails():
                yield Scene(at, "", mails)

    def _next_moment(self) -> datetime | None:
        moments = (row.next_moment for row in self._office.store.reports.case_rows())
        return min((moment for moment in moments if moment is not None), default=None)

    def _do(self, step: Step) -> str:
        match step:
            case Arrives():
                self._deliver(step.raw)
                return step.told
            case Answers():
                return self._answer(step)
            case Records():
                return self._record(step)
            case Releases():
                return self._release()
            case _:
                assert_never(step)

    def _answer(self, step: Answers) -> str:
        """Answer the newest mail of ours that asked this of this address."""
        reference = self.references()[step.case]
        report = self._office.store.reports.case_report(reference)
        asked = (
            [mail for mail in report.mails if mail.to == step.who and _is(mail.notice, step.notice)] if report else []
        )
        ours = self._office.store.reports.outgoing(asked[-1].id) if asked else None
        if ours is None:
            raise NotReadyError((f"the story goes wrong: {step.who} was never sent {step.notice} on {reference}",))
        enclosures = (step.enclosure,) if step.enclosure else ()
        self._deliver(answer(ours, step.who, step.words, self.moment(step.at), *enclosures))
        return f"{step.who} answers {asked[-1].notice} on {reference}: {step.words}"

    def _record(self, step: Records) -> str:
        reference = self.references()[step.case]
        event = NewEvent(reference, step.event, self.moment(step.at), "cli", COORDINATOR, step.fields)
        outcome = self._office.progression.record(event)
        if isinstance(outcome, Refusal):
            raise NotReadyError(outcome.problems)
        fields = " ".join(f"--set {name}={value!r}" for name, value in step.fields.items())
        return f"$ cspr-bot record {reference} {step.event} {fields} --by {COORDINATOR!r}"

    def _release(self) -> str:
        held = self._office.store.reports.inbox_rows(held_only=True)
        for row in held:
            self._office.registry.release(row.id, "ignore", COORDINATOR)
        return "\n".join(f"$ cspr-bot release {row.id} --as ignore --by {COORDINATOR!r}" for row in held)

    def _new_mails(self) -> tuple[OutboxRow, ...]:
        """Give the mails that were written since the last scene."""
        rows = tuple(row for row in self._office.store.reports.outbox_rows() if row.id not in self._shown)
        self._shown.update(row.id for row in rows)
        return rows


def _is(notice: str, wanted: str) -> bool:
    """Say whether a notice is the wanted one, or the reminder of it."""
    return notice in {wanted, f"{wanted}-reminder"}
