"""Orders become written mails: to whom, with which facts, under which code."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from cspr_bot.pipeline.addressing import Addressed, addressed, deputies_for
from cspr_bot.pipeline.calendars import BEARING, CALENDAR, Change, borne_by
from cspr_bot.pipeline.facts import HeldFacts, LetterFacts, ReleaseFacts
from cspr_bot.pipeline.kept import CaseFile, NewEvent, WrittenMail
from cspr_bot.pipeline.letters import (
    calendar_entry,
    calendar_facts,
    event_facts,
    for_reader,
    letter_facts,
    moved_facts,
    role_title,
    task_facts,
)
from cspr_bot.pipeline.ports import (
    CalendarEntry,
    Chance,
    Drafter,
    DraftLetter,
    Letter,
    MailWriter,
    PermanentFailure,
    Recipient,
)
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case, Decision, Moved, Notification, Task
from cspr_bot.referral.differences import changed_fields

BLANK_FORM = "blank-referral-form.docx"
BLANK_RETURNS = ("rapid-review-return.docx", "rapid-review-chronology.docx")
ATTACHED = {"N1-form": (BLANK_FORM,), "N1-incomplete": (BLANK_FORM,), "N12": BLANK_RETURNS, "N12-start": BLANK_RETURNS}
CalendarUid = Callable[[str, str, str], str]
REMINDER = "-reminder"
NO_DRAFT = (
    "the letters that go along with this mail could not be prepared. Your task is the same; the co-ordinator or the "
    "administrator can see with `cspr-bot check` what is wrong with their templates."
)
CONFIRMED_BY = {"status_asked": "N13-status", "mail_released": "N13-released"}
ANSWERS_ITS_MAIL = frozenset({"N1", "N1-incomplete", "N1-form"})


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes the mails of one step. `changed` is what that step changes in people's calendars, by their addresses."""

    writer: MailWriter
    chance: Chance
    rules: Rules
    now: datetime
    absent: frozenset[str]
    calendar_uid: CalendarUid
    drafter: Drafter | None = None
    changed: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    again: str = ""  # the mail that is written anew, where one is

    def mails(
        self,
        orders: Iterable[Notification],
        case: Case,
        file: CaseFile,
        about: NewEvent | None,
        moved: tuple[Moved, ...] = (),
    ) -> Iterator[WrittenMail]:
        """Write every mail that the rules have ordered. Give them in the order of the orders."""
        held = held_facts(case, about)
        for order in orders:
            facts = self._with_form(letter_facts(order, case, self.rules, self.now, held), order, file, about)
            facts = replace(facts, moved=moved_facts(moved, self.rules, self.now) if order.event is not None else ())
            for item in addressed(order, case, file.parties, self.rules.book, self._today, self.absent):
                yield self._written(order, item, _with_stand_in(facts, item, self.rules), case, file.first_message_id)

    def to_deputies(self, order: Notification, recipient: str, case: Case, file: CaseFile) -> Iterator[WrittenMail]:
        """Write a mail that did not reach its recipient to the deputies, who are told why they get it."""
        facts = letter_facts(order, case, self.rules, self.now, held_facts(case, None))
        for item in deputies_for(order, recipient, case, self.rules.book, self._today):
            yield self._written(order, item, _with_stand_in(facts, item, self.rules), case, file.first_message_id)

    def confirmations(self, decision: Decision, event: NewEvent, number: int, file: CaseFile) -> Iterator[WrittenMail]:
        """Write to whoever answered by mail what was understood, and to the co-ordinator where a stage changed."""
        if event.confirm_to is None:
            return
        role = (event.contact or "").partition("/")[0]
        case, today = decision.case, self._today
        facts = self._answer_facts(decision, event, number, role)
        notice = CONFIRMED_BY.get(event.name, "N13-answer")
        yield self._confirmation(notice, self._sender(event, role, file), facts, case, number, event.in_reply_to)
        if any(what.startswith("stage_entered") for what in decision.happened):
            for contact in self.rules.book.holders("coordinator", None, today):
                if contact.reached_at not in {None, event.confirm_to}:
                    recipient = Recipient(contact.email, contact.name, "coordinator", contact)
                    yield self._confirmation("N13-change", recipient, facts, case, number, None)

    def calendars(self, number: int, case: Case, told: frozenset[str]) -> Iterator[WrittenMail]:
        """Tell every contact whose calendar a step has changed, and who has heard of it by no other mail.

        Who is no contact any more is told nothing, and a referrer, who never was one, only by what answers their mail.
        """
        for address, own in self.changed.items():
            if address not in told and self.rules.book.lists(address, self._today):
                given = own[0].given
                contact = next((item for item in self.rules.book.contacts if item.key == given.contact), None)
                recipient = Recipient(address, contact.name if contact else "", given.order.role, contact)
                order = Notification(f"{CALENDAR}/{number}", CALENDAR, recipient.role, given.order.agency, event=number)
                facts = calendar_facts(own, case, self.rules, self.now)
                yield self._written(order, Addressed(recipient), facts, case, None)

    @property
    def _today(self) -> date:
        return self.rules.calendar.day_of(self.now)

    def _answer_facts(self, decision: Decision, event: NewEvent, number: int, role: str) -> LetterFacts:
        case = decision.case
        recorded = next(item for item in case.history if item.number == number)
        agency = (event.contact or "//").split("/")[1]
        own = [task for task in case.open_tasks if role in task.roles and (task.agency or "") in ("", agency)]
        return LetterFacts(
            event=event_facts(recorded, self.rules),
            stage=case.stages["main"],
            open_tasks=tuple(
                for_reader(task_facts(task, case, self.rules, self.now), role, self.rules) for task in own
            ),
            released=_release_facts(event),
            undo="" if role == "referrer" else f"cspr-bot undo {case.reference} {number} --by NAME --reason TEXT",
            about_role=role_title(role, self.rules),
            testing=self.rules.book.testing,
        )

    def _sender(self, event: NewEvent, role: str, file: CaseFile) -> Recipient:
        """Greet whoever answered by the name that the contact list has, or that the referrer's form had."""
        contact = next((item for item in self.rules.book.contacts if item.key == event.contact), None)
        party = next((item for item in file.parties if item.role == role), None)
        name = contact.name if contact else party.name if party else ""
        return Recipient(event.confirm_to or "", name, role, contact)

    def _confirmation(
        self, notice: str, recipient: Recipient, facts: LetterFacts, case: Case, number: int, in_reply_to: str | None
    ) -> WrittenMail:
        order = Notification(f"{notice}/{number}", notice, recipient.role, event=number)
        item = Addressed(recipient, is_listed=self.rules.book.lists(recipient.address, self._today))
        return self._written(order, item, facts, case, in_reply_to)

    def _written(
        self, order: Notification, item: Addressed, facts: LetterFacts, case: Case, in_reply_to: str | None
    ) -> WrittenMail:
        recipient = item.recipient
        chance = self.chance.of("mail", *_what_it_is(order, recipient, case), self.again)
        code = chance.answer_code() if recipient.may_answer else None
        answers = in_reply_to if order.notice in ANSWERS_ITS_MAIL or order.notice.startswith("N13-") else None
        own = borne_by(order, recipient, case)
        facts, drafts = self._with_drafts(facts, order, case) if own is not None else (facts, ())
        letter = Letter(
            notice=order.notice,
            reference=case.reference,
            recipient=recipient,
            message_id=chance.message_id(),
            effect=chance.effect(),
            written_at=self.now,
            facts=facts,
            answer_code=code,
            in_reply_to=answers,
            attachments=ATTACHED.get(order.notice, ()),
            entries=tuple(self._entries(order, own, case, recipient)),
            recipient_title=self.rules.procedure.role_titles.get(recipient.role, ""),
            drafts=drafts,
        )
        mail = self.writer.write(letter)
        if self.rules.book.testing:
            ourselves = replace(recipient, address=self.rules.book.partnership.mailbox)
            mail = self.writer.write(replace(letter, recipient=ourselves))
        return WrittenMail(
            key=f"{order.key}/{recipient.address}",
            mail=mail,
            order=order,
            role=recipient.role,
            code=code,
            contact=recipient.contact.key if code and recipient.contact else None,
            in_reply_to=answers,
            testing=self.rules.book.testing,
            is_listed=item.is_listed,
            calendar=recipient.address if own is not None else "",
        )

    def _with_drafts(
        self, facts: LetterFacts, order: Notification, case: Case
    ) -> tuple[LetterFacts, tuple[DraftLetter, ...]]:
        """Let the letters that a task is about go along with the mail that first asks for it.

        A template of a letter that is wrong keeps no mail waiting: the duty is told, and that its letters are missing.
        """
        notice = order.notice.removesuffix(REMINDER)
        if self.drafter is None or not self.drafter.has_letters(notice):
            return facts, ()
        facts = replace(facts, drafts_of=notice)
        if order.rung:
            return facts, ()
        try:
            drafts = self.drafter.drafts(notice, case, self.now)
        except PermanentFailure:
            return replace(facts, warnings=(*facts.warnings, NO_DRAFT)), ()
        return replace(facts, drafts=tuple(draft.name for draft in drafts)), drafts

    def _entries(
        self, order: Notification, own: Task | None, case: Case, recipient: Recipient
    ) -> Iterator[CalendarEntry]:
        """Give what a mail does to its reader's calendar: their duty goes in, or what has become of some is told."""
        if own is not None:
            yield self._entry(own, case, recipient)
        elif order.notice in BEARING:
            for change in self.changed.get(recipient.address, ()):
                entry = self._entry(change.task, case, recipient)
                yield replace(entry, is_settled=change.kind == "settled")

    def _entry(self, task: Task, case: Case, recipient: Recipient) -> CalendarEntry:
        uid = self.calendar_uid(case.reference, task.id, recipient.address)
        return calendar_entry(uid, task, case, recipient.role, self.rules, self.now)

    def _with_form(
        self, facts: LetterFacts, order: Notification, file: CaseFile, about: NewEvent | None
    ) -> LetterFacts:
        """Name the fields of the form that are missing or in doubt, by their titles; never what stands in them."""
        if order.role not in {"referrer", "coordinator"}:
            return facts
        title = self.rules.form.title_of
        if about is not None and about.form is not None:
            changed = dict.fromkeys(title(path) for path in changed_fields(file.form, about.form))
            file = replace(file, form=about.form)
            facts = replace(facts, changed=tuple(changed))
        if file.form is None:
            return facts
        doubtful = dict.fromkeys(title(doubt.field) for doubt in file.form.doubts)
        return replace(facts, missing=tuple(title(path) for path in file.form.missing), doubtful=tuple(doubtful))


def _what_it_is(order: Notification, recipient: Recipient, case: Case) -> Iterator[str]:
    """Say which mail this is, in words that are the same when a case is worked out a second time.

    An event goes by its name and moment, for its number depends on what the program learned before it. One that is
    recorded anew after it was withdrawn is another.
    """
    yield from (case.reference, recipient.address)
    event = next((item for item in case.history if item.number == order.event), None)
    if event is None:
        yield order.key
        return
    before = [item for item in case.history if item.number < event.number]
    alike = sum((item.name, item.at) == (event.name, event.at) for item in before)
    withdrawn = sum(item.name == "withdrawn" for item in before)
    yield from (order.key.removesuffix(f"/{event.number}"), event.name, event.at.isoformat(), f"{alike} {withdrawn}")


def held_facts(case: Case, about: NewEvent | None) -> HeldFacts | None:
    """Say which mail waits for a person, where the case is only that."""
    opening = next((event for event in case.history if event.name == "mail_held"), None)
    if not case.provisional or opening is None:
        return None
    reasons = about.fields.get("reasons", "") if about is not None else ""
    return HeldFacts(
        id=int(case.reference.removeprefix("held:")),
        received_at=opening.at,
        reasons=tuple(filter(None, reasons.split("\n"))),
        has_form=opening.fields.get("form") != "no",
        release_by=min((task.due_on for task in case.open_tasks), default=None),
    )


def _release_facts(event: NewEvent) -> ReleaseFacts | None:
    if event.name != "mail_released":
        return None
    cases = tuple(filter(None, event.fields.get("cases", "").split(",")))
    return ReleaseFacts(int(event.case.removeprefix("held:")), event.fields["as"], cases)


def _with_stand_in(facts: LetterFacts, item: Addressed, rules: Rules) -> LetterFacts:
    if not item.stands_in_for:
        return facts
    meant_for = role_title(item.stands_in_for, rules)
    return replace(facts, warnings=(*facts.warnings, f"This was meant for {meant_for}, whom no mail can reach now."))
