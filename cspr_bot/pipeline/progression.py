"""Third station: the only caller of the rules. Events and moments become cases, tasks and written mails."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from cspr_bot.pipeline.addressing import is_allowed
from cspr_bot.pipeline.calendars import BEARING, CALENDAR, changes, standing, touched
from cspr_bot.pipeline.filing import form_days
from cspr_bot.pipeline.kept import CaseFile, NewCase, NewEvent, PendingEvent, Progress, WrittenMail
from cspr_bot.pipeline.ports import MAIL_STALE, CaseMoved, Chance, Clock, Drafter, MailWriter, PermanentFailure
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import ProgressionStore
from cspr_bot.pipeline.writing import Writing
from cspr_bot.procedure.calendar import OutsideTableError
from cspr_bot.procedure.case import Case, Decision, Event, Notification, Refusal, TimeReached
from cspr_bot.procedure.engine import CLOCK_EVENT, advance, moved_to_another, new_case
from cspr_bot.procedure.events import GIVEN
from cspr_bot.procedure.tasks import Ground
from cspr_bot.referral.differences import changes as form_changes
from cspr_bot.referral.supply import merged

JOINED = "case_joined"
MOVED_TO_ANOTHER = "procedure_changed"
# What the program reads out of a form. A procedure that has no place for some of it must not lose the referral.
FROM_A_FORM = frozenset({"referral_received", "information_supplied", "form_corrected", "mail_held"})
UNDELIVERABLE = "contact_undeliverable"
UNREACHED = frozenset({UNDELIVERABLE, "contact_away"})
OF_AN_HOUR = frozenset(
    {"N28-digest", "N28-held-again", "N28-files", "N28-address", "N28-list"}
)  # what is true of its hour only
OF_A_BOUNCE = "N28-undeliverable"
LOOK_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Progression:
    """Takes cases forward. Everything that one event decides is written in one transaction, mails and all.

    The bytes of every mail are made before that, so a template that fails decides nothing: the event waits, blocks no
    other, and is tried again. Two of us may work at once: a case is committed only as the version that was loaded,
    and whoever comes second begins again.
    """

    store: ProgressionStore
    writer: MailWriter
    chance: Chance
    clock: Clock
    rules: Rules
    drafter: Drafter | None = None

    def step(self) -> bool:
        """Take one event, or one case whose moment has come; False where nothing waits. Events go first."""
        now = self.clock.now()
        try:
            pending = self.store.next_event(now)
            if pending is not None:
                self._take(pending, now)
                return True
            reference = self.store.next_due_case(now)
            if reference is not None:
                self._reach(reference, now)
                return True
        except CaseMoved:  # somebody else was quicker; what they left to do is found by the next step
            return True
        return False

    def record(self, event: NewEvent) -> Decision | Refusal:
        """Put an event before the rules at once, for whoever waits for the answer. A refusal writes nothing.

        What waits for the same case goes first: it happened before. Where that cannot be worked on, nothing can.
        """
        while True:
            now = self.clock.now()
            try:
                while (pending := self.store.next_event(now, event.case)) is not None:
                    self._take(pending, now)
            except CaseMoved:
                continue
            if (why := self.store.failing_event(event.case)) is not None:
                return Refusal((f"something on this case comes first, and cannot be worked on yet: {why}",))
            file = self._file(event.case)
            outcome = self.consider(file, event, now)
            if isinstance(outcome, Refusal):
                return outcome
            try:
                self._commit(file, outcome, event, now)
            except CaseMoved:
                continue
            return outcome

    def failing(self) -> str | None:
        """Say what could not be worked on and waits to be tried again, and why; None where all is well."""
        return self.store.first_failing(self.clock.now() + LOOK_AGAIN)

    def consider(self, file: CaseFile, event: NewEvent, known_at: datetime) -> Decision | Refusal:
        """Ask the rules what an event would do, and do nothing."""
        if event.name == MOVED_TO_ANOTHER:
            return self._moved_to_another(file, event, known_at)
        rules = self.rules.under(file.case.procedure)
        seen = _as_rules_see(event, file.case, known_at, rules)
        try:
            return advance(file.case, seen, rules.procedure, rules.calendar)
        except OutsideTableError as error:
            return Refusal((str(error),))

    def _moved_to_another(self, file: CaseFile, event: NewEvent, known_at: datetime) -> Decision | Refusal:
        """Ask what it would do to let a case go by another version: one that the files or the cases have."""
        version = event.fields.get("version", "")
        if version == file.case.procedure:
            return Refusal((f"the case goes by the version {version} already",))
        try:
            rules = self.rules.under(version)
            seen = _as_rules_see(event, file.case, known_at, rules)
            outcome = moved_to_another(file.case, seen, Ground(rules.procedure, rules.calendar))
        except (PermanentFailure, OutsideTableError) as error:
            return Refusal((str(error),))
        if isinstance(outcome, Refusal):
            return outcome
        return replace(outcome, case=replace(outcome.case, procedure=version))

    # -----------------------------------------------------------------------------------------------------------------

    def _take(self, pending: PendingEvent, now: datetime) -> None:
        """Take one event from the queue."""
        try:
            if pending.event.name == MAIL_STALE:
                self._write_anew(pending, now)
                return
            file = self._file(pending.event.case)
            event = self._joined(pending.event, file)
            match self.consider(file, event, pending.known_at):
                case Refusal(problems):
                    self._refuse(file, pending, "; ".join(problems), now)
                case Decision() as decision:
                    self._commit(file, decision, event, now, pending.id)
        except PermanentFailure as failure:
            self.store.postpone_event(pending.id, now + LOOK_AGAIN, str(failure))

    def _joined(self, event: NewEvent, file: CaseFile) -> NewEvent:
        """Join what the referrer has sent to the form as it stands now, and say what that changes, and if it is whole.

        The difference stands in the event, so that nothing is overwritten without a trace.
        """
        if event.form is None:
            return event
        form = merged(file.form, event.form, self.rules.form)
        today = self.rules.calendar.day_of(event.at)
        changed = {"changed": "\n".join(form_changes(file.form, form)), **form_days(form, today)}
        if form.missing:
            return replace(event, name="form_corrected", fields=changed, form=form)
        known = {"deceased": form.criteria.deceased, "abuse_or_neglect": form.criteria.abuse_or_neglect}
        given = {name: answer for name, answer in known.items() if answer is not None and answer != "conflict"}
        return replace(event, name="information_supplied", fields={**changed, **given}, form=form)

    def _reach(self, reference: str, now: datetime) -> None:
        """Tell a case what time it is."""
        try:
            file = self._file(reference)
            rules = self.rules.under(file.case.procedure)
            outcome = advance(file.case, TimeReached(now), rules.procedure, rules.calendar)
            if isinstance(outcome, Decision):  # time is never refused
                self._commit(file, outcome, NewEvent(reference, CLOCK_EVENT, now, "clock", "clock"), now)
        except (PermanentFailure, OutsideTableError) as failure:
            self.store.postpone_case(reference, now + LOOK_AGAIN, str(failure))

    def _commit(
        self, file: CaseFile, decision: Decision, event: NewEvent, now: datetime, pending_id: int | None = None
    ) -> None:
        applied = _new_in_history(file.case, decision.case)
        progress = Progress(
            case=decision.case,
            next_moment=decision.next_moment,
            mails=self._mails(file, decision, event, applied, now),
            applied=applied,
            recorded=event,
            pending_id=pending_id,
            warnings=decision.warnings,
            happened=decision.happened,
            absent=self._absence(event, now),
            form=event.form,
            joining=event.parties,
            new_events=_following(event),
        )
        self.store.commit(file.version, progress, now)

    def _mails(
        self, file: CaseFile, decision: Decision, event: NewEvent, applied: Event | None, now: datetime
    ) -> tuple[WrittenMail, ...]:
        writing = self._writing(now, file.case, decision.case)
        if event.name in UNREACHED and event.fields.get("outbox"):
            return self._instead(writing, decision, file, event)
        mails = tuple(writing.mails(decision.mails, decision.case, file, event, decision.moved))
        if applied is None:
            return mails
        told = {mail.mail.recipient for mail in mails if mail.order.event == applied.number}
        answers = writing.confirmations(decision, event, applied.number, file)
        mails = (*mails, *(mail for mail in answers if mail.mail.recipient not in told))
        heard = frozenset(mail.key.rpartition("/")[2] for mail in mails if mail.order.notice in BEARING)
        return (*mails, *writing.calendars(applied.number, decision.case, heard))

    def _instead(
        self, writing: Writing, decision: Decision, file: CaseFile, event: NewEvent
    ) -> tuple[WrittenMail, ...]:
        """Tell whoever must know of a mail that nobody read, and write it to the deputies of whoever it was for.

        Where the mail that did not arrive told of just such a thing, nothing more is written: two dead addresses would
        else keep the program busy for ever. The flag on the case stays.
        """
        order, recipient = self.store.ordered(int(event.fields["outbox"]))
        if order.notice == OF_A_BOUNCE:
            return ()
        told = tuple(writing.mails(decision.mails, decision.case, file, event))
        if not _is_wanted(order, decision.case):
            return told
        return (*told, *writing.to_deputies(order, recipient, decision.case, file))

    def _refuse(self, file: CaseFile, pending: PendingEvent, reason: str, now: datetime) -> None:
        """Change nothing, and hold the mail that brought the event for a person."""
        event = pending.event
        held_cases: tuple[NewCase, ...] = ()
        held_events: tuple[NewEvent, ...] = ()
        if event.source == "mail" and event.inbox_id is not None and not file.case.provisional:
            reference = f"held:{event.inbox_id}"
            held_cases = (NewCase(reference, event.at, provisional=True),)
            fields = {"form": "no", "kind": "reply", "reasons": reason}
            held_events = (NewEvent(reference, "mail_held", event.at, "mail", "registration", fields),)
        progress = Progress(
            case=file.case,
            next_moment=None,
            recorded=event,
            pending_id=pending.id,
            refused=reason,
            new_cases=held_cases,
            new_events=held_events,
        )
        self.store.commit(file.version, progress, now)

    def _write_anew(self, pending: PendingEvent, now: datetime) -> None:
        """Write a mail again that dispatch has taken back: to whoever holds the seat now, if it is still wanted.

        One that the gate would take back again is not written: a person is told, or the two would never end.
        """
        outbox_id = int(pending.event.fields["outbox"])
        order, address = self.store.ordered(outbox_id)
        file = self._file(pending.event.case)
        orders = (order,) if _is_wanted(order, file.case) else ()
        writing = replace(self._writing(now, file.case), again=str(outbox_id))
        mails = (
            self._calendar_anew(writing, order, address, file)
            if order.notice == CALENDAR
            else tuple(writing.mails(orders, file.case, file, None))
        )
        progress = Progress(
            case=file.case,
            next_moment=None,
            mails=tuple(mail for mail in mails if self._may_go(mail, now)),
            pending_id=pending.id,
            resent=outbox_id,
            new_events=tuple(_undeliverable(mail, file.case, now) for mail in mails if not self._may_go(mail, now)),
        )
        self.store.commit(file.version, progress, now)

    def _calendar_anew(
        self, writing: Writing, order: Notification, address: str, file: CaseFile
    ) -> tuple[WrittenMail, ...]:
        """Write what somebody's calendar is to say as it stands now; to nobody else, for nobody else has the entry."""
        number = order.event or 0
        given = self.store.entries_given(file.case.reference, [task.id for task in file.case.tasks])
        now = tuple(standing(number, address, file.case, given))
        return tuple(replace(writing, changed={address: now}).calendars(number, file.case, frozenset())) if now else ()

    def _may_go(self, mail: WrittenMail, now: datetime) -> bool:
        today = self.rules.calendar.day_of(now)
        return is_allowed(mail.mail.recipient, self.rules.book, today, is_listed=mail.is_listed)

    def _writing(self, now: datetime, before: Case, after: Case | None = None) -> Writing:
        """Give who writes the mails of a case; with what a step made of it, also to people's calendars."""
        rules = self.rules.under((after or before).procedure)
        absent = self.store.absences(rules.calendar.day_of(now))
        uid, drafter = self.store.calendar_uid, self.drafter
        writing = Writing(self.writer, self.chance, rules, now, absent, uid, drafter=drafter)
        if after is None:
            return writing
        given = self.store.entries_given(after.reference, touched(before, after))
        return replace(writing, changed=changes(before, after, given))

    def _file(self, reference: str) -> CaseFile:
        """Load a case; one on which nothing has happened yet gets its version and its first stages here.

        The version is the one in force on the day on which the case reached us, and the case keeps it. One from before
        versions were kept, with a duty of which there is no timer any more, cannot be worked on: `PermanentFailure`.
        """
        file = _as_it_stands(self.store.load_case(reference))
        case = file.case
        version = case.procedure or self.rules.version_on(self.rules.calendar.day_of(file.opened_at))
        procedure = self.rules.under(version).procedure
        gone = sorted({task.timer for task in case.tasks} - procedure.timers.keys())
        if gone:
            raise PermanentFailure(f"procedure.toml has no timer {gone[0]}, of which this case has a duty: put it back")
        if not case.stages:
            case = new_case(reference, procedure, provisional=case.provisional, quiet_until=case.quiet_until)
        return replace(file, case=replace(case, procedure=version))

    def _absence(self, event: NewEvent, now: datetime) -> tuple[tuple[str, date], ...]:
        """Give who is away, by the key of the contact, and until when.

        An answer tells of its own contact; what is recorded by hand is of everybody who holds the role.
        """
        if event.name != "away_until":
            return ()
        until = date.fromisoformat(event.fields["until"])
        if event.contact is not None:
            return ((event.contact, until),)
        today = self.rules.calendar.day_of(now)
        holders = self.rules.book.holders(event.fields["role"], event.fields.get("agency"), today)
        return tuple((contact.key, until) for contact in holders)


def _as_rules_see(event: NewEvent, case: Case, known_at: datetime, rules: Rules) -> Event:
    """Keep free text from the rules: they learn that there was one. Of a form they see what they have a place for."""
    rule = rules.procedure.events.get(event.name)
    if rule is not None and event.name in FROM_A_FORM:
        known = {field.name for field in rule.fields}
        event = replace(event, fields={name: value for name, value in event.fields.items() if name in known})
    texts = {field.name for field in rule.fields if field.kind == "text"} if rule else set()
    fields = {name: GIVEN if name in texts and value else value for name, value in event.fields.items() if value}
    return Event(case.last_number + 1, event.name, event.at, known_at, fields)


def _as_it_stands(file: CaseFile) -> CaseFile:
    """Leave out the people of a referral that was joined and taken off again."""
    known = {event.number for event in file.case.history}
    return replace(file, parties=tuple(one for one in file.parties if one.joined_by is None or one.joined_by in known))


def _new_in_history(before: Case, after: Case) -> Event | None:
    """Give the event that a step has added to the history: none where time decided nothing."""
    is_new = after.last_number > before.last_number
    return after.history[-1] if is_new and after.history else None


def _is_wanted(order: Notification, case: Case) -> bool:
    """Say whether a mail still has something to say: a task that is done, or chased further, has not.

    Nor has the page of a morning, or an alarm of what is held: the next one comes, and only who makes it up knows
    what belongs on it.
    """
    if order.notice in OF_AN_HOUR:
        return False
    task = case.task(order.task) if order.task else None
    if order.task is None:
        return True
    return task is not None and task.is_open and order.rung in (0, task.rung)


def _undeliverable(mail: WrittenMail, case: Case, now: datetime) -> NewEvent:
    fields = {"role": mail.role, "notice": mail.order.notice}
    return NewEvent(case.reference, UNDELIVERABLE, now, "clock", "cspr-bot", fields)


def _following(event: NewEvent) -> tuple[NewEvent, ...]:
    """Give what has to happen on another case: the one that was joined ends there, in the same transaction's queue."""
    if event.name != JOINED:
        return ()
    return (NewEvent(event.fields["from"], "merged", event.at, event.source, event.by, {"into": event.case}),)
