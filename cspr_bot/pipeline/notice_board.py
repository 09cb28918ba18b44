"""Beside the stations: what the program has to tell of itself, to whoever looks after it."""

from dataclasses import dataclass, replace

from cspr_bot.pipeline.dossier import DIGEST, Dossier
from cspr_bot.pipeline.facts import LetterFacts, RefusedFiles
from cspr_bot.pipeline.ports import Chance, Clock, MailWriter
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import NoticeStore
from cspr_bot.procedure.case import Notification

REFUSED = "N28-files"
WHO_MUST_KNOW = ("coordinator", "administrator")
MOST_LINES = 12  # the first; `check` says all of it


@dataclass(frozen=True, slots=True)
class NoticeBoard:
    """Writes to those who look after the program. The same thing told twice is one mail."""

    store: NoticeStore
    writer: MailWriter
    chance: Chance
    clock: Clock
    rules: Rules

    def tell_refused(self, files: RefusedFiles) -> None:
        """Tell that changed files are refused; a template that is missing or wrong raises `PermanentFailure`."""
        now = self.clock.now()
        absent = self.store.absences(self.rules.calendar.day_of(now))
        dossier = Dossier("files", self.writer, self.chance, self.rules, now, absent)
        shown = replace(files, problems=files.problems[:MOST_LINES], more=len(files.problems[MOST_LINES:]))
        key = f"{DIGEST}/files/{files.in_force}/{files.refused}"
        mails = [
            mail
            for role in WHO_MUST_KNOW
            for mail in dossier.mails(Notification(key, REFUSED, role), LetterFacts(refused=shown))
        ]
        self.store.put_notices(now, mails)
