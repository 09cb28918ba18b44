"""What a mail is, who wrote it, and what is to become of it: judged by the rules, and by what is known already."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from cspr_bot.correspondence.automatic import is_from_a_daemon, says_somebody_is_away, signs_of_a_machine
from cspr_bot.correspondence.bounces import Bounce, has_report
from cspr_bot.correspondence.kinds import NO_FORM, NOTHING_IN_IT, what_is
from cspr_bot.correspondence.origin import Sender, who_wrote
from cspr_bot.correspondence.receipt import received_at
from cspr_bot.correspondence.replies import new_texts
from cspr_bot.pipeline.addressing import ASKS_HOLDER, referrer_at
from cspr_bot.pipeline.answering import Accepted, Decided, Held, case_of, codes_in, weigh
from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.filing import (
    Mail,
    answered,
    away,
    bounced,
    compared_list,
    deciding,
    filed,
    files_in,
    has_words,
    held,
    held_answer,
    held_with,
    ignored,
    may_be_form_file,
    opened,
    says_nothing,
    supplied,
)
from cspr_bot.pipeline.introductions import weigh_holder
from cspr_bot.pipeline.kept import GivenCode, HeldMail, KeptMail, Registration, WrittenMail
from cspr_bot.pipeline.ports import BODY, Chance, ReadFile, ReadMail
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import KnownMail
from cspr_bot.referral.form import ReferralForm
from cspr_bot.referral.likeness import marks_of_child
from cspr_bot.referral.supply import facts_in, is_of_another_child

ANOTHER_CHILD = (
    "it answers a mail of a case, and holds a form about another child; released as a referral, it is a case"
)

ADMINISTRATOR = "administrator"
BLANK_FORM = "N1-form"
A_DAY = timedelta(days=1)
NEW_FILE = "its form is known, and a file in it that could not be read may be about another child"
PARTIAL = "it holds a form, and what may be about another child beside it"
BLANK = "the referral form in it is blank: nothing is filled in"
JUNK = "the mail server had put it into its junk folder"
UNREAD = {
    "cut_short": "the mailbox never gave it whole: look for it in its folder Held",
    "vanished": "it lay in the mailbox, and was gone before it could be read: a person, a rule or a filter took it "
    "away. Look for it among the deleted mails, in the junk and in quarantine, and move it back to the inbox",
    "changed": "what was kept of it was damaged or changed in the database: read it in the mailbox, in its folder "
    "Held, and tell whoever looks after this program",
}


class ListAnswers(Protocol):
    """Who can tell what a contact list that came by mail would change."""

    def answer(self, mail: Mail) -> Sequence[WrittenMail]:
        """Write back what it would change; nothing where that cannot be written."""
        ...


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges mails, and writes nothing. What it does not understand it holds for a person."""

    known: KnownMail
    chance: Chance
    rules: Rules
    lists: ListAnswers | None = None

    def look_at(self, kept: KeptMail, read: ReadMail) -> Mail:
        """Find out what a mail is and who wrote it."""
        codes = codes_in(read.mail, self.known)
        answers_us = any(code.contact for code in codes)
        is_empty = says_nothing(read)
        may_be = not answers_us and any(may_be_form_file(file) for file in files_in(read))
        book = self.rules.book
        kind = what_is(
            read.mail,
            own_address=book.partnership.mailbox,
            has_form=bool(read.forms) or (may_be and not is_empty),
            is_reply=bool(codes),
            is_empty=is_empty,
            is_illegible=is_empty and may_be,
        )
        sender = who_wrote(read.mail, book, by_hand=self.rules.by_hand)
        asked_before = self._asked_before(sender, codes)
        mail = Mail(kept, read, sender, kind, _received_at(kept, read), codes, asked_before=asked_before)
        return replace(mail, known_children=tuple(form for form in mail.forms if self._is_known_child(form, mail)))

    def _is_known_child(self, form: ReferralForm, mail: Mail) -> bool:
        """Say whether a form may be about a child who was referred before; by this very mail does not count."""
        marks = marks_of_child(form)
        found = self.known.find_form(marks) if marks else None
        return found is not None and found[0] != mail.held_reference

    def _asked_before(self, sender: Sender, codes: tuple[GivenCode, ...]) -> tuple[HeldMail, ...]:
        """Find the sender's own mails, held still, for which they were given the blank form that this one answers."""
        answered = dict.fromkeys(
            code.case for code in codes if code.notice == BLANK_FORM and code.recipient == sender.address
        )
        return tuple(held for case in answered if (held := self.known.held_mail(case)) is not None)

    def decide(self, mail: Mail) -> Registration:
        """Decide what becomes of a mail. The same bytes a second time share the fate of the first."""
        if mail.kept.doubt in UNREAD:
            return held(mail, (UNREAD[mail.kept.doubt],), form="maybe")
        copy = self.known.find_copy(mail.kept.id, mail.kept.sha256)
        if copy is not None:
            return self._copy(mail, *copy)
        return self._list(mail) if self._is_list_of_administrator(mail) else self._by_kind(mail)

    def _by_kind(self, mail: Mail) -> Registration:
        """Decide by what a mail is. What nobody understands waits for a person."""
        match mail.kind.kind:
            case "referral":
                return self._referral(mail)
            case "reply":
                return self._reply(mail)
            case "bounce":
                return self._bounce(mail)
            case "enquiry":
                return self._enquiry(mail)
            case "unreadable":
                reasons = _why_no_referral(mail) if NOTHING_IN_IT in mail.kind.reasons else mail.kind.reasons
                return held(mail, reasons or ("it cannot be read",), form="maybe")
            case _:
                return self._noise(mail)

    def _is_list_of_administrator(self, mail: Mail) -> bool:
        """Say whether a mail is a contact list, and nothing else, from somebody who speaks for the administrator."""
        address, today = mail.sender.address, self.rules.calendar.day_of(mail.received_at)
        if not mail.sender.is_authenticated or address is None or mail.forms or self.lists is None:
            return False
        is_odd = mail.kind.is_automatic or mail.read.mail.is_damaged or bool(mail.kept.doubt)
        is_of_case = any(code.case != DIGEST for code in mail.codes)
        has_role = any(contact.role == ADMINISTRATOR for contact in self.rules.book.of_address(address, today))
        number = sum(file.sheet is not None for file in mail.read.files)
        return has_role and number == 1 and not is_odd and not is_of_case

    def _list(self, mail: Mail) -> Registration:
        mails = tuple(self.lists.answer(mail)) if self.lists is not None else ()
        if mails:
            return compared_list(mail, mails)
        return held(mail, ("a contact list, and what it would change cannot be written back",), form="no")

    def new_reference(self) -> str:
        """Give a reference that no case bears."""
        while True:
            reference = self.chance.reference()
            if not self.known.has_case(reference):
                return reference

    def new_references(self, count: int) -> tuple[str, ...]:
        """Give so many references, each of its own."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[self.new_reference()] = None
        return tuple(found)

    def _noise(self, mail: Mail) -> Registration:
        """Pass over what no person wrote to us; of an absence that answers a mail of ours the case hears."""
        is_absence = mail.kind.kind == "auto_reply" and bool(mail.codes) and says_somebody_is_away(mail.read.mail)
        return away(mail, mail.codes[0]) if is_absence else ignored(mail, mail.kind.reasons)

    def _copy(self, mail: Mail, first: int, status: str, case: str | None) -> Registration:
        """File the same bytes a second time as the first were."""
        reasons = (f"copy of {first}",)
        match status:
            case "filed":
                return filed(mail, reasons, case=case)
            case "held":
                return held_with(mail, reasons, case=case)
            case _:
                return ignored(mail, reasons)

    def _referral(self, mail: Mail) -> Registration:
        """Open a case, or hold the mail for whatever speaks against it; a form is never passed over."""
        own = self._referrers_own(mail) if len(mail.forms) == 1 else None
        if own is not None:
            if any(file.reading.is_partial for file in mail.read.files):
                return held(mail, (PARTIAL,), form="yes", case=own.case)
            if not is_of_another_child(self.known.form_of(own.case), mail.forms[0]):
                return supplied(mail, own, mail.forms[0], "a corrected form")
            return held(mail, (ANOTHER_CHILD,), form="yes", case=own.case)
        known = self._known_copy(mail)
        if known is not None and not known[0].startswith("held:"):
            unread = tuple(_why_maybe(file) for file in files_in(mail.read) if self._may_be_new(file))
            if unread:
                return held(mail, (NEW_FILE, *unread), form="maybe", case=known[0])
            return filed(mail, (_copied(known[1]),), case=known[0])
        doubts = self._doubts(mail)
        if not doubts:
            return opened(mail, (self.new_reference(),), self.rules)
        if known is not None:
            return held_with(mail, (f"{_copied(known[1])}, which is held", *doubts), case=known[0])
        return held(mail, doubts, form="yes" if mail.forms else "maybe")

    def _known_copy(self, mail: Mail) -> tuple[str, int | None] | None:
        """Give (case, id of the first mail) where every form in a mail is known; one that is new makes it no copy."""
        found = [self.known.find_form(mail.own_digests(form)) for form in mail.forms]
        copies = [copy for copy in found if copy is not None]
        if not copies or len(copies) < len(found):
            return None
        return next((copy for copy in copies if copy[0].startswith("held:")), copies[0])

    def _may_be_new(self, file: ReadFile) -> bool:
        """Say whether a file beside a known form may be another one; the very file that opened a case is none."""
        return may_be_form_file(file) and self.known.find_form((file.sha256,)) is None

    def _referrers_own(self, mail: Mail) -> GivenCode | None:
        """Find the open request that the referrer answers: origin and code agree, and the mail is whole."""
        address = mail.sender.address
        if not mail.sender.is_authenticated or address is None or mail.read.mail.is_damaged:
            return None
        if mail.kept.doubt:
            return None
        key = referrer_at(address).key
        return next((code for code in mail.codes if code.contact == key and not code.is_spent), None)

    def _doubts(self, mail: Mail) -> tuple[str, ...]:
        """Say what speaks against opening a case from a mail with a form; nothing, where it is empty."""
        if not mail.forms:
            return tuple(_why_maybe(file) for file in files_in(mail.read) if may_be_form_file(file))
        sender = mail.sender
        is_known = sender.address is not None and self.rules.book.knows_domain(sender.address)
        asked_before = {item.case for item in mail.asked_before}
        answers_a_case = any(code.case not in asked_before for code in mail.codes)
        doubts = (
            (not sender.is_authenticated, f"nobody can tell who sent it: {sender.why}"),
            (sender.is_authenticated and not is_known, "its sender's domain is not among those that may refer"),
            (mail.kind.is_automatic, "it holds a form, but a machine or a list sent it"),
            (answers_a_case, "it holds a form, and answers a mail of a case that is open"),
            (mail.kept.doubt == "junk", JUNK),
            (
                len(mail.forms) > 1,
                f"it holds {len(mail.forms)} different forms; released as a referral, each is a case",
            ),
        )
        return tuple(why for is_so, why in doubts if is_so)

    def _reply(self, mail: Mail) -> Registration:
        """Weigh an answer. What a machine or a list sent is none, whatever words and codes it bears."""
        if mail.kind.is_automatic:
            return held_answer(mail, Held("a machine or a list sent it", case_of(mail.codes)))
        asked = [code for code in mail.codes if code.notice == ASKS_HOLDER]
        if asked and len(asked) == len(mail.codes):
            return weigh_holder(mail, asked[0], self.rules)
        verdict = weigh(mail.read.mail, mail.sender, mail.codes, mail.received_at, self.rules, self.known)
        if mail.kept.doubt and not isinstance(verdict, Held):
            return held_answer(mail, Held(JUNK, mail.codes[0].case if mail.codes else None))
        match verdict:
            case Accepted():
                return answered(mail, verdict)
            case Decided():
                return deciding(mail, verdict)
            case _:
                return self._facts(mail) or held_answer(mail, verdict)

    def _facts(self, mail: Mail) -> Registration | None:
        """Join the missing facts that the referrer has written into a reply; None where a person has to read it.

        Two parts of a mail that say them differently say nothing.
        """
        own = self._referrers_own(mail)
        form = None if own is None else self.known.form_of(own.case)
        if own is None or form is None or len({code.case for code in mail.codes}) > 1:
            return None
        found = [facts_in(text, form, self.rules.form) for text in new_texts(mail.read.mail)]
        facts = found[0]
        return (
            supplied(mail, own, facts, "some of what was missing") if facts and found == [facts] * len(found) else None
        )

    def _bounce(self, mail: Mail) -> Registration:
        """Note a bounce that bears the mark of a mail of ours; any other proves nothing and touches nobody.

        What no machine signed and only reads like a bounce may be a person's: somebody looks at it.
        """
        bounce = mail.kind.bounce
        ours = self._bounced(bounce) if bounce is not None else None
        if bounce is not None and ours is not None:
            return bounced(mail, ours, bounce)
        reasons = (*mail.kind.reasons, "it is of no mail of ours")
        is_machine = signs_of_a_machine(mail.read.mail) or is_from_a_daemon(mail.read.mail)
        return ignored(mail, reasons) if is_machine or has_report(mail.read.mail) else held(mail, reasons, form="no")

    def _bounced(self, bounce: Bounce) -> GivenCode | None:
        """Find the mail of ours that came back: by the key or the Message-ID in it, which nobody can guess."""
        by_effect = self.known.find_effect(bounce.effect) if bounce.effect else None
        if by_effect is not None or bounce.original_message_id is None:
            return by_effect
        return self.known.find_message(bounce.original_message_id)

    def _enquiry(self, mail: Mail) -> Registration:
        """Hold what a person wrote without a form. A stranger who may refer gets the blank form at once.

        Who wrote no word asked nothing. What the server took for junk, and neither has a form nor answers us, is left
        where it lies.
        """
        if mail.kept.doubt == "junk" and not mail.may_hold_a_form:
            return ignored(mail, (*mail.kind.reasons, JUNK))
        address, book = mail.sender.address, self.rules.book
        may_be_answered = (
            mail.sender.is_authenticated
            and address is not None
            and not (mail.kind.is_automatic or mail.read.mail.is_damaged)
            and has_words(mail.read)
        )
        is_contact = address is not None and bool(
            book.of_address(address, self.rules.calendar.day_of(mail.received_at))
        )
        answer = may_be_answered and address is not None and book.knows_domain(address) and not is_contact
        # A mail program that answers everything, and does not say so, is sent the form once.
        answer = answer and not self.known.was_sent(BLANK_FORM, address or "", mail.received_at - A_DAY)
        form = "maybe" if mail.may_hold_a_form else "no"
        return held(mail, _why_no_referral(mail), form=form, answered=answer)


def _copied(first: int | None) -> str:
    return "copy of the form that the case was opened from by hand" if first is None else f"copy of {first}"


def _why_maybe(file: ReadFile) -> str:
    """Say why a file, or the words of the mail itself, may be a form."""
    where = "the mail's own text" if file.name == BODY else "a file in it"
    if file.reading.is_partial:
        return f"{where}: {file.reading.reason}"
    return f"{where} {'may be a form' if file.reading.is_partly_ours else 'could not be read'}: {file.reading.reason}"


def _why_no_referral(mail: Mail) -> tuple[str, ...]:
    """Say why a mail is no referral, and of its files why none of them is: a blank form, another form, a picture."""
    files = tuple(
        BLANK if file.reading.verdict == "blank_form" else file.reading.reason
        for file in mail.read.files
        if file.name != BODY and file.reading.reason
    )
    kind = (reason for reason in mail.kind.reasons if reason != NO_FORM or BLANK not in files)
    return tuple(dict.fromkeys((*kind, *files)))


def _received_at(kept: KeptMail, read: ReadMail) -> datetime:
    """Give the topmost Received date, else the moment of intake; never later than that."""
    stated = received_at(read.mail) if read.mail.is_readable else None
    return min(stated or kept.taken_at, kept.taken_at)
