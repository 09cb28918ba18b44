"""What becomes of a mail: opened as a case, joined to one, held for a person, or passed over with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from cspr_bot.correspondence.bounces import Bounce
from cspr_bot.correspondence.kinds import Kind
from cspr_bot.correspondence.origin import Sender
from cspr_bot.correspondence.replies import new_text
from cspr_bot.pipeline.answering import Accepted, Decided, Held
from cspr_bot.pipeline.kept import (
    CaseAttachment,
    GivenCode,
    HeldDecision,
    HeldMail,
    KeptMail,
    MailStatus,
    NewCase,
    NewEvent,
    Party,
    Registration,
    WrittenMail,
)
from cspr_bot.pipeline.ports import BODY, ReadFile, ReadMail
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Source
from cspr_bot.referral.form import ReferralForm
from cspr_bot.referral.likeness import mark_of_form, marks_of_child
from cspr_bot.referral.spoken import spoken_of

RELEASED = "mail_released"
BY = "registration"
A_COLLEAGUE = "colleague"
SMALLEST_PHOTO = 40_000  # bytes
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".webp")
_BESIDE_MAIL = (".ics", ".vcf", ".p7s", ".asc", ".svg")
_PICTURE_MARKS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")


@dataclass(frozen=True, slots=True)
class PersonsWord:
    """Who decided something, by which way they said so, and why, where they gave a reason."""

    by: str
    source: Source = "cli"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with everything that was found out about it before anything is decided.

    `known_children` are the forms in it that may be about a child who was referred before. `asked_before` are the
    mails without a form, held still, for which its sender was given the blank one that this mail brings back.
    """

    kept: KeptMail
    read: ReadMail
    sender: Sender
    kind: Kind
    received_at: datetime
    codes: tuple[GivenCode, ...] = ()
    known_children: tuple[ReferralForm, ...] = ()
    asked_before: tuple[HeldMail, ...] = ()

    @property
    def counts_from(self) -> datetime:
        """The moment from which its clocks run: the first contact, not the completed form (procedure, A23)."""
        return min((self.received_at, *(item.received_at for item in self.asked_before)))

    @property
    def held_reference(self) -> str:
        """The name of the provisional case that runs while the mail is held."""
        return f"held:{self.kept.id}"

    @property
    def forms(self) -> tuple[ReferralForm, ...]:
        """Every different form in the mail; the same one as Word and as PDF is one."""
        return tuple(dict.fromkeys(form for _, form in self.read.forms))

    @property
    def form_digests(self) -> tuple[str, ...]:
        """The digests of the files that hold a form, and of what it says: by these a copy is known again."""
        return (*(file.sha256 for file, _ in self.read.forms), *(mark_of_form(form) for form in self.forms))

    def own_digests(self, form: ReferralForm) -> tuple[str, ...]:
        """Give the digests by which a copy of this very form is known again: of its files, and of what it says."""
        return (*(file.sha256 for file, found in self.read.forms if found == form), mark_of_form(form))

    def digests_of(self, form: ReferralForm) -> tuple[str, ...]:
        """Give the digests of the files that hold this very form, and the marks by which it is known again."""
        own = (file.sha256 for file, found in self.read.forms if found == form)
        return (*own, mark_of_form(form), *marks_of_child(form))

    @property
    def may_hold_a_form(self) -> bool:
        """Whether a file in it could not be read, and may be a form. A photo counts, the logo of a signature does not.

        In a damaged mail there may be a file that another program finds.
        """
        logos = logos_in(self.read)
        files = (file for file in files_in(self.read) if file.sha256 not in logos)
        return self.read.mail.is_damaged or any(file.reading.may_hide_a_form for file in files)

    @property
    def attachments(self) -> tuple[CaseAttachment, ...]:
        """Its files, as they are kept with a case."""
        return tuple(CaseAttachment(item.name, item.media_type, item.content) for item in self.read.mail.attachments)

    @property
    def message_id(self) -> str | None:
        """Its Message-ID as its sender wrote it."""
        return self.read.mail.first("Message-ID") or None


def may_be_form_file(file: ReadFile) -> bool:
    """Say whether a file that could not be read may be a form: any document, whatever it is called.

    A picture by itself is none: nearly every mail has one in its signature. `may_hold_a_form` weighs these.
    """
    name = file.name.lower()
    is_picture = file.reading.verdict == "needs_ocr" and name.endswith(_PICTURES)
    is_beside_mail = file.reading.verdict == "unreadable" and name.endswith(_BESIDE_MAIL)
    return file.reading.may_hide_a_form and not (is_picture or is_beside_mail)


def files_in(read: ReadMail) -> tuple[ReadFile, ...]:
    """Give the files of a mail, and its body where anything is written in it."""
    return tuple(file for file in read.files if file.name != BODY or has_words(read))


def has_words(read: ReadMail) -> bool:
    """Say whether anything is written in the body of a mail."""
    return any(sign.isalnum() for sign in f"{read.mail.text}{read.mail.html_text}")


def says_nothing(read: ReadMail) -> bool:
    """Say whether nobody can tell what a mail was for: none of its words can be read, and no file but a logo."""
    body = next((file.reading.verdict for file in read.files if file.name == BODY), "not_a_form")
    logos = logos_in(read)
    others = (file for file in read.files if file.name != BODY and file.sha256 not in logos)
    is_read = (has_words(read) and body != "unreadable") or any(file.reading.verdict != "unreadable" for file in others)
    return read.mail.is_readable and not is_read


def logos_in(read: ReadMail) -> frozenset[str]:
    """Give the digests of the pictures in a mail that are too small for a photo of a page."""
    return frozenset(sha256(item.content).hexdigest() for item in read.mail.attachments if _is_logo(item.content))


def _is_logo(content: bytes) -> bool:
    """Whether a file is too small for a photo of a page. A scan of one in black and white may be as small."""
    return len(content) < SMALLEST_PHOTO and content.startswith(_PICTURE_MARKS)


def held(
    mail: Mail, reasons: tuple[str, ...], *, form: str, case: str | None = None, answered: bool = False
) -> Registration:
    """Hold a mail: its provisional case tells the co-ordinator, and runs clocks where a form is or may be in it."""
    party = Party("referrer", mail.sender.address, greeting_name(mail.sender, None)) if answered else None
    provisional = NewCase(
        mail.held_reference,
        mail.received_at,
        provisional=True,
        form=mail.forms[0] if mail.forms else None,
        parties=(party,) if party else (),
        digests=tuple(digest for item in mail.forms for digest in mail.digests_of(item)),
        message_id=mail.message_id,
    )
    fields = {
        "form": form,
        "kind": mail.kind.kind,
        "answered": "yes" if answered else "no",
        "reasons": "\n".join(reasons),
    }
    event = NewEvent(mail.held_reference, "mail_held", mail.received_at, "mail", BY, fields, inbox_id=mail.kept.id)
    return _registration(mail, "held", reasons, case=case, cases=(provisional,), events=(event,))


def held_with(mail: Mail, reasons: tuple[str, ...], *, case: str | None) -> Registration:
    """Hold a mail beside another that is held already: one alarm is enough for one thing."""
    return _registration(mail, "held", reasons, case=case)


def filed(mail: Mail, reasons: tuple[str, ...], *, case: str | None = None) -> Registration:
    """File a mail that adds nothing: a copy of one that is filed."""
    return _registration(mail, "filed", reasons, case=case)


def ignored(mail: Mail, reasons: tuple[str, ...]) -> Registration:
    """Pass over a mail that no person wrote to us."""
    return _registration(mail, "ignored", reasons)


def bounced(mail: Mail, ours: GivenCode, bounce: Bounce) -> Registration:
    """File the report that a mail of ours did not arrive. Where it never will, the case hears of it; a delay is none.

    What is said of another address than the one that we wrote to (ours passed it on) says nothing about a contact:
    a person hears of that too, for nobody may have read it.
    """
    own = tuple(failure for failure in bounce.failures if failure.address in {"", ours.recipient})
    is_lost = any(failure.action != "delayed" for failure in own or bounce.failures)
    fields = {"role": ours.role, "notice": ours.notice, "outbox": str(ours.outbox_id)}
    event = NewEvent(ours.case, "contact_undeliverable", mail.received_at, "mail", BY, fields, inbox_id=mail.kept.id)
    registration = _registration(mail, "filed", mail.kind.reasons, case=ours.case, events=(event,) if is_lost else ())
    is_permanent = any(failure.is_permanent for failure in own)
    return replace(registration, bounced=(ours.outbox_id,), bounce_permanent=is_permanent)


def away(mail: Mail, ours: GivenCode) -> Registration:
    """File an automatic reply that says of a contact that they are away: no answer, and no clock waits for it."""
    fields = {"role": ours.role, "notice": ours.notice, "outbox": str(ours.outbox_id)}
    event = NewEvent(ours.case, "contact_away", mail.received_at, "mail", BY, fields, inbox_id=mail.kept.id)
    return _registration(mail, "filed", mail.kind.reasons, case=ours.case, events=(event,))


def opened(mail: Mail, references: Sequence[str], rules: Rules) -> Registration:
    """Open a case for each form in the mail, as siblings are referred: all clocks count from the first contact.

    There are as many references as `cases_in` says, and the mail itself is filed on the first. One without a form,
    which a person has called a referral, is a case too. The mails that its sender wrote before, and that are held, are
    filed with it.
    """
    cases = tuple(zip(references, mail.forms or (None,), strict=True))
    endings = (
        NewEvent(item.case, "mail_released", mail.received_at, "mail", BY, {"as": "referral"}, inbox_id=mail.kept.id)
        for item in mail.asked_before
    )
    return replace(
        _registration(mail, "filed", (), case=references[0]),
        kind="referral",
        cases=tuple(_new_case(mail, reference, form, rules) for reference, form in cases),
        events=(
            *(
                NewEvent(
                    reference,
                    "referral_received",
                    mail.counts_from,
                    "mail",
                    BY,
                    {
                        **referral_fields(form, mail.sender, mail.received_at, rules),
                        **({"duplicate": "yes"} if form in mail.known_children else {}),
                        **({"unread": "yes"} if any(map(may_be_form_file, files_in(mail.read))) else {}),
                    },
                    inbox_id=mail.kept.id,
                )
                for reference, form in cases
            ),
            *endings,
        ),
        attachments=mail.attachments,
        released=tuple(item.inbox_id for item in mail.asked_before),
    )


def cases_in(mail: Mail) -> int:
    """Say how many cases a mail is, once a person has called it a referral."""
    return max(len(mail.forms), 1)


def released(mail: Mail, choice: str, references: Sequence[str], rules: Rules) -> Registration:
    """File a held mail as a person has decided: on the case that is named, or as the new cases that it opens."""
    match choice:
        case "referral":
            return opened(mail, references, rules)
        case "reply":
            return _registration(mail, "filed", (), case=references[0], attachments=mail.attachments)
        case _:
            return _registration(mail, "ignored", ("a person passed it over",))


def deciding(mail: Mail, decided: Decided) -> Registration:
    """File an answer that says what a held mail is; what that makes of the held one is found out beside it."""
    decision = HeldDecision(
        decided.held.inbox_id,
        decided.release.choice,
        decided.release.case,
        by=mail.sender.address or "",
        contact=decided.contact.key,
        in_reply_to=mail.message_id,
    )
    filed_answer = _registration(mail, "filed", (), case=decided.release.case, attachments=mail.attachments)
    return replace(filed_answer, decides=decision)


def answered(mail: Mail, accepted: Accepted) -> Registration:
    """File an answer that counts: its events go before the rules, and the last of them is confirmed."""
    last = len(accepted.events) - 1
    events = tuple(
        NewEvent(
            accepted.case,
            name,
            accepted.at,
            "mail",
            mail.sender.address or "",
            {key: value for key, value in fields.items() if value},
            inbox_id=mail.kept.id,
            confirm_to=mail.sender.address if place == last else None,
            contact=accepted.contact.key,
            in_reply_to=mail.message_id,
        )
        for place, (name, fields) in enumerate(accepted.events)
    )
    return _registration(mail, "filed", (), case=accepted.case, events=events, attachments=mail.attachments)


def supplied(mail: Mail, code: GivenCode, sent: ReferralForm, what: str) -> Registration:
    """Join to its case what the referrer has sent of the form: a corrected form, or some of what was missing.

    What that makes of the form is said when it is joined, for others may have supplied something meanwhile. What the
    mail says besides is a note on the case: nobody may have read it.
    """
    words = new_text(mail.read.mail)
    note = NewEvent(
        code.case,
        "note_added",
        mail.received_at,
        "mail",
        mail.sender.address or "",
        {"note": words},
        inbox_id=mail.kept.id,
    )
    event = NewEvent(
        code.case,
        "form_corrected",
        mail.received_at,
        "mail",
        mail.sender.address or "",
        inbox_id=mail.kept.id,
        confirm_to=mail.sender.address,
        contact=code.contact,
        in_reply_to=mail.message_id,
        form=sent,
    )
    joined = _registration(mail, "filed", (what,), case=code.case, events=(note, event) if words else (event,))
    return replace(joined, kind="reply", attachments=mail.attachments)


def compared_list(mail: Mail, mails: tuple[WrittenMail, ...]) -> Registration:
    """File a contact list that an administrator sent: what it would change goes back, and nothing is changed."""
    reasons = ("a contact list from an administrator: what it would change was sent back, and nothing was changed",)
    return replace(_registration(mail, "filed", reasons), kind="enquiry", mails=mails)


def confirmed_address(mail: Mail, code: GivenCode) -> Registration:
    """File the word of whoever reads an address of the contact list."""
    reasons = ("the holder of an address on the contact list has confirmed it",)
    return replace(_registration(mail, "filed", reasons, case=code.case), confirmed=code.recipient)


def held_answer(mail: Mail, verdict: Held) -> Registration:
    """Hold an answer that does not count, with why, and with what it could have been.

    Clocks run where a file in it could not be read: somebody may have referred another child in their reply.
    """
    hints = (f"possible answers: {'; '.join(verdict.hints)}",) if verdict.hints else ()
    may_hold_a_form = any(may_be_form_file(file) for file in files_in(mail.read))
    return held(mail, (verdict.reason, *hints), form="maybe" if may_hold_a_form else "no", case=verdict.case)


def referral_fields(
    form: ReferralForm | None, sender: Sender, received_at: datetime, rules: Rules
) -> Mapping[str, str]:
    """Say of a form what the rules need: days, and choices that were made on it; a day to come counts for nothing."""
    today = rules.calendar.day_of(received_at)
    if form is None:
        return {"complete": "no", "deceased": "unknown", "abuse_or_neglect": "unknown"}
    criteria = form.criteria
    fields = {
        "complete": "no" if form.missing else "yes",
        **form_days(form, today),
        "la_referrer": "yes" if _is_of_local_authority(sender, rules, today) else "no",
        "abuse_or_neglect": _known(criteria.abuse_or_neglect),
        "deceased": _known(criteria.deceased),
        "processes": "yes" if form.other_processes else "no",
        **dict.fromkeys(spoken_of(form, _keywords(rules, today)), "yes"),
    }
    return {name: value for name, value in fields.items() if value}


def _keywords(rules: Rules, today: date) -> Mapping[str, tuple[str, ...]]:
    """Give the words to look for, of the version of the procedure by which a referral of this day goes."""
    return rules.under(rules.version_on(today)).procedure.keywords


def greeting_name(sender: Sender, form: ReferralForm | None) -> str:
    """Give how to greet the sender: by the form's name where the form is theirs, else by the one shown beside it."""
    is_theirs = form is not None and form.referrer.email.strip().lower() == sender.address
    name = form.referrer.name if form is not None and is_theirs else sender.display
    return " ".join(name.split()) or A_COLLEAGUE


def _new_case(mail: Mail, reference: str, form: ReferralForm | None, rules: Rules) -> NewCase:
    """Give the case of one form. Its referrer is written to where the address is proven, and of a known domain.

    A person who releases a mail from elsewhere decides that it is a referral, not that its address is secure.
    """
    sender = mail.sender
    is_reachable = sender.address is not None and sender.is_authenticated and rules.book.knows_domain(sender.address)
    address = sender.address if is_reachable else None
    return NewCase(
        reference,
        mail.counts_from,
        form=form,
        parties=(Party("referrer", address, greeting_name(mail.sender, form)),),
        digests=mail.digests_of(form) if form is not None else mail.form_digests,
        message_id=mail.message_id,
    )


def _registration(
    mail: Mail,
    status: MailStatus,
    reasons: tuple[str, ...],
    *,
    case: str | None = None,
    cases: tuple[NewCase, ...] = (),
    events: tuple[NewEvent, ...] = (),
    attachments: tuple[CaseAttachment, ...] = (),
) -> Registration:
    return Registration(
        kind=mail.kind.kind,
        status=status,
        reasons=reasons,
        case=case,
        sender=mail.sender.address,
        message_id=mail.message_id,
        cases=cases,
        events=events,
        attachments=attachments,
        received_at=mail.received_at,
    )


def form_days(form: ReferralForm, today: date) -> Mapping[str, str]:
    """Give the days of a form that clocks count from; one that is not known, or that is to come, counts for nothing."""
    days = {
        "incident_on": _past(form.child.date_of_death_or_incident.iso, today),
        "submitted_on": _past(form.referrer.date_submitted.iso, today),
    }
    return {name: day for name, day in days.items() if day}


def _past(day: date | None, today: date) -> str:
    return day.isoformat() if day is not None and day <= today else ""


def _known(answer: str | None) -> str:
    return answer if answer not in (None, "conflict") else "unknown"


def _is_of_local_authority(sender: Sender, rules: Rules, on: date) -> bool:
    """Say whether the referrer works for the local authority: by the domain of its own contacts."""
    domain = (sender.address or "").rpartition("@")[2]
    authorities = {contact.agency for contact in rules.book.holders("la_service_leader", None, on)} - {None}
    own = {
        contact.email.rpartition("@")[2]
        for contact in rules.book.contacts
        if contact.agency in authorities and contact.is_valid(on)
    }
    return sender.is_authenticated and domain in own
