"""The program's own dossier: what it writes of itself, about no one case, lies in the outbox under it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cspr_bot.pipeline.addressing import Addressed, addressed
from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.pipeline.kept import WrittenMail
from cspr_bot.pipeline.ports import Chance, Letter, MailWriter, Picture
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case, Notification

DIGEST = "digest"  # stands in the place of a case's reference


@dataclass(frozen=True, slots=True)
class Dossier:
    """Writes the mails of the dossier. `name` stands where others have their case, `absent` are who is away."""

    name: str
    writer: MailWriter
    chance: Chance
    rules: Rules
    now: datetime
    absent: frozenset[str]

    def mails(
        self, order: Notification, facts: LetterFacts, pictures: tuple[Picture, ...] = ()
    ) -> Iterator[WrittenMail]:
        """Write an order to everybody in its seat."""
        today = self.rules.calendar.day_of(self.now)
        facts = replace(facts, testing=self.rules.book.testing)
        for item in addressed(order, Case(DIGEST), (), self.rules.book, today, self.absent):
            yield self._written(order, item, facts, pictures)

    def asking(
        self, order: Notification, item: Addressed, facts: LetterFacts, in_reply_to: str | None = None
    ) -> WrittenMail:
        """Write to one address, with an answer code where it may answer."""
        return self._written(order, item, replace(facts, testing=self.rules.book.testing), (), in_reply_to)

    def _written(
        self,
        order: Notification,
        item: Addressed,
        facts: LetterFacts,
        pictures: tuple[Picture, ...],
        in_reply_to: str | None = None,
    ) -> WrittenMail:
        is_testing, recipient = self.rules.book.testing, item.recipient
        chance = self.chance.of("mail", order.key, recipient.address)
        code = chance.answer_code() if recipient.may_answer else None
        letter = Letter(
            notice=order.notice,
            reference=self.name,
            recipient=recipient,
            message_id=chance.message_id(),
            effect=chance.effect(),
            written_at=self.now,
            facts=facts,
            answer_code=code,
            in_reply_to=in_reply_to,
            pictures=pictures,
            recipient_title=self.rules.procedure.role_titles.get(recipient.role, ""),
        )
        if is_testing:
            letter = replace(letter, recipient=replace(recipient, address=self.rules.book.partnership.mailbox))
        return WrittenMail(
            key=f"{order.key}/{recipient.address}",
            mail=self.writer.write(letter),
            order=order,
            role=recipient.role,
            code=code,
            contact=recipient.contact.key if code and recipient.contact else None,
            in_reply_to=in_reply_to,
            testing=is_testing,
            is_listed=item.is_listed,
        )
