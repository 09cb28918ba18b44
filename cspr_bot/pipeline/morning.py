"""Beside the stations: once each working morning the co-ordinator gets a page of what the day holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from cspr_bot.pipeline.digest import digest_of, is_first_of_week, looks_back_to, soonest, week_before
from cspr_bot.pipeline.digest_facts import DayBook, DigestFacts, WeekBook
from cspr_bot.pipeline.dossier import DIGEST, Dossier
from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.pipeline.ports import Chance, Clock, MailWriter, Painter, Picture
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import DigestStore
from cspr_bot.procedure.case import Case, Notification

NOTICE = "N28-digest"
MOST_PICTURES = 20  # those with the next deadlines; a mail of hundreds would not be delivered


@dataclass(frozen=True, slots=True)
class Morning:
    """Writes the digest of a working day, once, from the time at which reminders go.

    That it was written is kept in the transaction that puts it in the outbox, so whatever dies or runs twice, it
    goes once. The first comes on the morning after the first mail, and from then on it comes whatever there is to
    say: a morning without it is a sign that something is wrong. What a machine that was off has missed is not made
    up for: there is only ever the page of today. Where it is not wanted, the first of each week comes all the same,
    for it tells that the program lives, and what became of every mail of the week before.
    """

    store: DigestStore
    writer: MailWriter
    painter: Painter
    chance: Chance
    clock: Clock
    rules: Rules
    is_wanted: bool = True

    def step(self) -> bool:
        """Write today's page where it is time and nobody has; a template that is wrong raises `PermanentFailure`."""
        now = self.clock.now()
        if not self._is_due(now):
            return False
        return self.store.put_digest(now, self.rules.calendar.day_of(now), tuple(self._mails(now)))

    def page(self, now: datetime) -> DigestFacts:
        """Give the page as it would be now, whenever that is."""
        return self._page(now)[0]

    def _is_due(self, now: datetime) -> bool:
        calendar = self.rules.calendar
        today = calendar.day_of(now)
        if not calendar.covers(today) or not calendar.is_working_day(today):
            return False
        if not self.is_wanted and not is_first_of_week(today, calendar):
            return False
        morning, last = calendar.remind_at(today), self.store.last_digest()
        if now < morning:
            return False
        return self.store.has_begun(morning) if last is None else calendar.day_of(last) < today

    def _page(self, now: datetime) -> tuple[DigestFacts, DayBook]:
        since = looks_back_to(now, self.store.last_digest(), self.rules)
        book = self.store.day_book(since, now, self.rules.procedure.regions["main"].final)
        return digest_of(book, since, now, self.rules, self._week(now)), book

    def _week(self, now: datetime) -> WeekBook | None:
        """Count the week before, on the first working day of this one."""
        calendar = self.rules.calendar
        today = calendar.day_of(now)
        if not is_first_of_week(today, calendar):
            return None
        first, last = week_before(today)
        return self.store.week_book(calendar.moment(first, time()), calendar.moment(last + timedelta(days=1), time()))

    def _mails(self, now: datetime) -> Iterator[WrittenMail]:
        facts, book = self._page(now)
        pictures = dict(self._pictures(book.cases, now))
        facts = _with_pictures(facts, pictures)
        today = self.rules.calendar.day_of(now)
        order = Notification(f"{DIGEST}/{today.isoformat()}", NOTICE, "coordinator")
        dossier = Dossier(DIGEST, self.writer, self.chance, self.rules, now, self.store.absences(today))
        yield from dossier.mails(order, LetterFacts(digest=facts), tuple(pictures.values()))

    def _pictures(self, cases: Iterable[Case], now: datetime) -> Iterator[tuple[str, Picture]]:
        shown = [case for case in soonest(cases) if not case.provisional and case.tasks][:MOST_PICTURES]
        for number, case in enumerate(shown, start=1):
            yield case.reference, self.painter.picture(case, f"timeline-{number}.png", now)


def _with_pictures(facts: DigestFacts, pictures: dict[str, Picture]) -> DigestFacts:
    """Name the picture of each case that has one, and put those cases first, in the order of the pictures."""
    cases = {line.case: line for line in facts.cases}
    shown = [replace(cases[name], picture=item.name, in_words=item.in_words) for name, item in pictures.items()]
    return replace(facts, cases=(*shown, *(line for line in facts.cases if line.case not in pictures)))
