"""Second station: each mail is filed, held or passed over, in one transaction. It decides nothing of procedure."""

from dataclasses import dataclass, replace

from cspr_bot.correspondence.answers import Choice
from cspr_bot.correspondence.kinds import Kind
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.correspondence.origin import Sender
from cspr_bot.pipeline.filing import RELEASED, Mail, PersonsWord, cases_in, held, released
from cspr_bot.pipeline.judging import Judge
from cspr_bot.pipeline.kept import HeldDecision, KeptMail, NewEvent, Registration
from cspr_bot.pipeline.ports import Clock, MailReader, ReadMail
from cspr_bot.pipeline.stores import RegistrationStore

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Registry:
    """Registers what intake has kept, one mail after another.

    A mail that kills the process while it is read is counted before it is opened, and held the fourth time.
    """

    store: RegistrationStore
    reader: MailReader
    judge: Judge
    clock: Clock

    def step(self) -> bool:
        """Register one mail; False where none waits."""
        kept = self.store.claim_mail()
        if kept is None:
            return False
        registration = self._register(kept)
        if registration.decides is not None:
            self._carry_out(registration.decides, kept, registration)
        else:
            self.store.register(kept.id, registration, self.clock.now())
        return True

    def release(
        self, inbox_id: int, choice: Choice, by: str | PersonsWord, *, case: str | None = None
    ) -> tuple[str, ...] | None:
        """Do with a held mail what a person has decided; give the cases it went to, or None where it was not held.

        Each form in it opens a case of its own, and all of them count from its receipt. An address that was not proven
        stays unproven: nothing is sent there by the program.
        """
        now = self.clock.now()
        word = by if isinstance(by, PersonsWord) else PersonsWord(by)
        why = {"reason": word.reason}
        ending = NewEvent(f"held:{inbox_id}", RELEASED, now, word.source, word.by, why, inbox_id=inbox_id)
        found = self._released(inbox_id, choice, case, ending, self.judge)
        if found is None or not self.store.release(inbox_id, found[1], now, by=word.by):
            return None
        return found[0]

    def _carry_out(self, decision: HeldDecision, kept: KeptMail, answer: Registration) -> None:
        """Do with a held mail what an answer says, in one transaction with the answer itself.

        Where somebody else was quicker nothing is written: the next step weighs the answer anew, and holds it.
        """
        now = self.clock.now()
        ending = NewEvent(
            f"held:{decision.inbox_id}",
            RELEASED,
            now,
            "mail",
            decision.by,
            inbox_id=decision.inbox_id,
            confirm_to=decision.by,
            contact=decision.contact,
            in_reply_to=decision.in_reply_to,
        )
        found = self._released(decision.inbox_id, decision.choice, decision.case, ending, self._judge_of(kept))
        if found is not None:
            references, registration = found
            answer = replace(answer, case=next(iter(references), None))
            self.store.decide(kept.id, answer, decision.inbox_id, registration, now)

    def _released(
        self, inbox_id: int, choice: Choice, case: str | None, ending: NewEvent, judge: Judge
    ) -> tuple[tuple[str, ...], Registration] | None:
        """Give the cases that a held mail goes to, and all that becomes of it; None where there is no such mail."""
        kept = self.store.kept_mail(inbox_id)
        if kept is None:
            return None
        mail = judge.look_at(kept, self.reader.read(kept.raw))
        references = _references(mail, choice, case, judge)
        registration = released(mail, choice, references, judge.rules)
        if self.store.has_case(mail.held_reference):  # its clocks end in the same transaction
            rule = judge.rules.procedure.events.get(RELEASED)
            fields = {**ending.fields, "as": choice, "cases": ",".join(references)}
            # A procedure that was written before there was any has no place for some of them.
            told = {name: value for name, value in fields.items() if value and rule and rule.field(name)}
            registration = replace(registration, events=(*registration.events, replace(ending, fields=told)))
        return references, registration

    def _judge_of(self, kept: KeptMail) -> Judge:
        """Give the judge of one mail: what is left to chance comes out the same when it is judged again."""
        return replace(self.judge, chance=self.judge.chance.of("case", kept.sha256))

    def _register(self, kept: KeptMail) -> Registration:
        if kept.attempts > ATTEMPTS:
            return held(_unread(kept), (f"reading it failed {ATTEMPTS} times",), form="maybe")
        judge = self._judge_of(kept)
        return judge.decide(judge.look_at(kept, self.reader.read(kept.raw)))


def _references(mail: Mail, choice: Choice, case: str | None, judge: Judge) -> tuple[str, ...]:
    """Give the case that a person has named, else a new reference for each that the mail will open."""
    named = (case,) if case else ()
    wanted = cases_in(mail) if choice == "referral" else len(named)
    return (*named, *judge.new_references(wanted - len(named)))


def _unread(kept: KeptMail) -> Mail:
    """Give a mail of which nothing is known but that it came."""
    sender = Sender(None, is_authenticated=False, why="it was not read")
    unread = ReadMail(ParsedMail((), is_readable=False))
    return Mail(kept, unread, sender, Kind("unreadable"), kept.received_at)
