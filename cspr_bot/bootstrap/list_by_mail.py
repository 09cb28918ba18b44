"""A contact list that an administrator sends by mail: compared and judged as `contacts import` does, never applied."""

from dataclasses import dataclass
from pathlib import Path

from cspr_bot.config.contacts_proposal import Checked, check_proposal
from cspr_bot.config.contacts_wording import counted, difference_sentences
from cspr_bot.pipeline.addressing import Addressed
from cspr_bot.pipeline.dossier import DIGEST, Dossier
from cspr_bot.pipeline.facts import LetterFacts, ProposalFacts
from cspr_bot.pipeline.filing import Mail
from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.pipeline.ports import Chance, Clock, MailWriter, PermanentFailure, Recipient
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Notification

NOTICE, ROLE, NAME = "N28-list", "administrator", "contacts"
MOST_LINES = 60  # a longer mail would not be read; the command says all of it


@dataclass(frozen=True, slots=True)
class ListByMail:
    """`ListAnswers` over the files of a home."""

    home: Path
    writer: MailWriter
    chance: Chance
    clock: Clock
    rules: Rules

    def answer(self, mail: Mail) -> tuple[WrittenMail, ...]:
        """Write back what a list would change and what is wrong with it; nothing where that cannot be written."""
        now, address = self.clock.now(), mail.sender.address or ""
        today = self.rules.calendar.day_of(now)
        sheet = next(file.sheet for file in mail.read.files if file.sheet is not None)
        checked = check_proposal(self.home, sheet, "your list", today=today)
        contact = next(one for one in self.rules.book.of_address(address, today) if one.role == ROLE)
        item = Addressed(
            Recipient(address, contact.name, ROLE, contact), is_listed=self.rules.book.lists(address, today)
        )
        dossier = Dossier(NAME, self.writer, self.chance, self.rules, now, frozenset())
        order = Notification(f"{DIGEST}/list/{mail.kept.id}", NOTICE, ROLE)
        try:
            facts = LetterFacts(proposal=_facts(checked))
            return (dossier.asking(order, item, facts, in_reply_to=mail.message_id),)
        except PermanentFailure:  # a template that is missing or wrong; a person looks at the mail instead
            return ()


def _facts(checked: Checked) -> ProposalFacts:
    lines, problems = tuple(difference_sentences(checked.proposal)), tuple(map(str, checked.news))
    return ProposalFacts(
        counted=counted(checked.proposal),
        lines=lines[:MOST_LINES],
        problems=problems[:MOST_LINES],
        more=len(problems[MOST_LINES:]),
        errors=len(checked.errors),
        can_be_applied=checked.after is not None and not checked.proposal.is_empty,
    )
