"""Second station: each mail is filed, held or passed over, in one transaction. It decides nothing of procedure."""

from dataclasses import dataclass, replace
from typing import Literal

from cspr_bot.correspondence.kinds import Kind
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.correspondence.origin import Sender
from cspr_bot.pipeline.filing import RELEASED, Mail, PersonsWord, cases_in, held, released, with_release
from cspr_bot.pipeline.judging import Judge
from cspr_bot.pipeline.kept import KeptMail, Registration
from cspr_bot.pipeline.ports import Clock, MailReader, ReadMail
from cspr_bot.pipeline.stores import RegistrationStore

Choice = Literal["referral", "reply", "ignore"]
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
        self.store.register(kept.id, self._register(kept), self.clock.now())
        return True

    def release(
        self, inbox_id: int, choice: Choice, by: str | PersonsWord, *, case: str | None = None
    ) -> tuple[str, ...] | None:
        """Do with a held mail what a person has decided; give the cases it went to, or None where it was not held.

        Each form in it opens a case of its own, and all of them count from its receipt. An address that was not proven
        stays unproven: nothing is sent there by the program.
        """
        kept = self.store.kept_mail(inbox_id)
        if kept is None:
            return None
        word = by if isinstance(by, PersonsWord) else PersonsWord(by)
        mail = self.judge.look_at(kept, self.reader.read(kept.raw))
        references = self._references(mail, choice, case)
        now = self.clock.now()
        registration = released(mail, choice, references, self.judge.rules)
        if self.store.has_case(mail.held_reference):
            rule = self.judge.rules.procedure.events.get(RELEASED)
            keeps_reason = rule is not None and rule.field("reason") is not None
            registration = with_release(registration, mail, choice, at=now, word=word, keeps_reason=keeps_reason)
        return references if self.store.release(inbox_id, registration, now, by=word.by) else None

    def _references(self, mail: Mail, choice: Choice, case: str | None) -> tuple[str, ...]:
        """Give the case that a person has named, else a new reference for each that the mail will open."""
        named = (case,) if case else ()
        wanted = cases_in(mail) if choice == "referral" else len(named)
        return (*named, *self.judge.new_references(wanted - len(named)))

    def _register(self, kept: KeptMail) -> Registration:
        if kept.attempts > ATTEMPTS:
            return held(_unread(kept), (f"reading it failed {ATTEMPTS} times",), form="maybe")
        judge = replace(self.judge, chance=self.judge.chance.of("case", kept.sha256))
        return judge.decide(judge.look_at(kept, self.reader.read(kept.raw)))


def _unread(kept: KeptMail) -> Mail:
    """Give a mail of which nothing is known but that it came."""
    sender = Sender(None, is_authenticated=False, why="it was not read")
    unread = ReadMail(ParsedMail((), is_readable=False))
    return Mail(kept, unread, sender, Kind("unreadable"), kept.received_at)
