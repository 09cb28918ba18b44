"""Does this answer count? Origin, answer code and words have to agree, and the task has to be open; else a person."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from cspr_bot.correspondence.answers import (
    RELEASES,
    Answer,
    AwayUntil,
    Decision,
    Done,
    Note,
    NotInvolved,
    Phrase,
    Prose,
    ReasonMissing,
    Received,
    Release,
    Status,
    answer_in_parts,
    find_codes,
)
from cspr_bot.correspondence.contacts import Contact
from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.correspondence.origin import Sender
from cspr_bot.correspondence.replies import new_texts, parts_disagree
from cspr_bot.pipeline.addressing import FALLBACK as MAY_RELEASE
from cspr_bot.pipeline.addressing import referrer_at
from cspr_bot.pipeline.kept import GivenCode, HeldMail
from cspr_bot.pipeline.letters import NIL_RETURN, RECEIPT, takes_done
from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import KnownMail
from cspr_bot.procedure.case import Case
from cspr_bot.procedure.definition import AnswerRule, Pattern, Timer
from cspr_bot.procedure.events import allowed_now

LONGEST_AGO = timedelta(days=366)  # before an answer, what it says was done; a mistyped year is further off
NOON = time(12)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that counts: the case, the contact in whose name it was given, and the events that it records."""

    case: str
    contact: Contact
    events: tuple[tuple[str, Mapping[str, str]], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer that says what a held mail is: the mail, and the contact in whose name it was said."""

    held: HeldMail
    release: Release
    contact: Contact


@dataclass(frozen=True, slots=True)
class Held:
    """An answer that changes nothing: why, and the case it seems to be about, if its code tells."""

    reason: str
    case: str | None = None
    hints: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Writer:
    """For whom somebody answers, and whether from that address itself: a deputy answers for the other."""

    contact: Contact
    is_holder: bool


def codes_in(mail: ParsedMail, known: KnownMail) -> tuple[GivenCode, ...]:
    """Look up every answer code in a mail, quoted text included, and every Message-ID of ours that it answers."""
    texts = find_codes(mail.first("Subject"), f"{mail.text}\n{mail.html}")
    ids = _MESSAGE_ID.findall(" ".join((*mail.all("In-Reply-To"), *mail.all("References"))))
    found = (*(known.find_code(code) for code in texts), *(known.find_message(message_id) for message_id in ids))
    return tuple(dict.fromkeys(code for code in found if code is not None))


def case_of(codes: tuple[GivenCode, ...]) -> str | None:
    """Give the case that a mail is about, where all its codes agree on one."""
    return codes[0].case if len({code.case for code in codes}) == 1 else None


def weigh(
    mail: ParsedMail,
    sender: Sender,
    codes: tuple[GivenCode, ...],
    received_at: datetime,
    rules: Rules,
    known: KnownMail,
) -> Accepted | Decided | Held:
    """Weigh an answer. The case reference gives no authority, nor does any one thing by itself (section 8)."""
    case = case_of(codes)
    if not sender.is_authenticated or sender.address is None:
        return Held(f"nobody can tell who wrote it: {sender.why}", case)
    today = rules.calendar.day_of(received_at)
    speaks_for = (referrer_at(sender.address), *rules.book.of_address(sender.address, today))
    own = {contact.key: contact for contact in speaks_for}
    given = [code for code in codes if code.contact in own]
    if not given:
        return Held("the answer code in it was given to somebody else" if codes else "it bears no answer code", case)
    if len({(code.case, code.task) for code in given}) > 1:
        return Held("it bears answer codes of several tasks", case)
    if mail.is_damaged:
        return Held("the mail is damaged: another program may read other words in it", case)
    if parts_disagree(mail):
        return Held("its plain text and what a reader sees begin differently", case)
    code = next((item for item in given if not item.is_spent), given[0])
    standing = known.case_as_it_stands(code.case)
    try:
        rules = rules.under(standing.procedure)
    except PermanentFailure as failure:  # the version that the case goes by cannot be had: a person decides
        return Held(str(failure), code.case)
    contact = own[code.contact]
    writer = _Writer(contact, is_holder=sender.address.lower() == contact.email.lower())
    return _weigh_words(mail, code, writer, received_at, rules, known, case=standing)


def _weigh_words(
    mail: ParsedMail,
    code: GivenCode,
    writer: _Writer,
    received_at: datetime,
    rules: Rules,
    known: KnownMail,
    *,
    case: Case,
) -> Accepted | Decided | Held:
    timer, agency = _timer(code, rules, known)
    phrases = _phrases(timer, case, rules)
    today = rules.calendar.day_of(received_at)
    answer = answer_in_parts(new_texts(mail), phrases, agencies=rules.book.agencies(today))
    is_of_held_mail = code.case.startswith("held:")
    words = tuple(RELEASES.values()) if is_of_held_mail else tuple(phrase.words for phrase in phrases)
    match answer:
        case Prose(why):
            return Held(why, code.case, words)
        case ReasonMissing(phrase):
            why = f"it decides and does not say why: the reason belongs behind {phrase.words}, on the same line"
            return Held(why, code.case)
        case Status() | Note() | AwayUntil():
            wrong = _wrong_absence(answer, writer, today)
            standing = (_standing(answer, writer.contact),)
            return Held(wrong, code.case) if wrong else Accepted(code.case, writer.contact, standing, received_at)
    if is_of_held_mail:
        return _weigh_release(answer, code, writer.contact, known)
    if timer is None or code.task is None:
        return Held("the mail it answers asks for nothing", code.case)
    if code.is_spent or not known.task_is_open(code.case, code.task):
        return Held("the task it answers is closed already", code.case)
    events = tuple(_with_known_fields(_events(answer, timer, agency, writer.contact, code), rules))
    if not events:
        return Held("the task asks for something else", code.case, words)
    at = _moment(answer, received_at, rules)
    return Held(at, code.case) if isinstance(at, str) else Accepted(code.case, writer.contact, events, at)


def _wrong_absence(answer: Status | Note | AwayUntil, writer: _Writer, today: date) -> str | None:
    """Say why nobody is away for this answer; None for every other.

    One who stands in speaks of themselves, and the code is the other's: their mail would go to who is away.
    """
    if not isinstance(answer, AwayUntil):
        return None
    if not writer.is_holder:
        return "only from the address itself can it be said that its holder is away"
    return "it gives a day that has passed" if answer.until < today else None


def _weigh_release(release: Answer, code: GivenCode, contact: Contact, known: KnownMail) -> Decided | Held:
    """Weigh what somebody says a held mail is: only who is, or stands in for, the co-ordinator may, and only once."""
    if not isinstance(release, Release):
        return Held("that is no answer to what a held mail is", code.case, tuple(RELEASES.values()))
    if contact.role != MAY_RELEASE:
        return Held("only the co-ordinator or a deputy may decide on a held mail", code.case)
    mail = known.held_mail(code.case)
    if mail is None:
        return Held("somebody has decided on that mail already", code.case)
    if release.case is not None and not known.takes_mail(release.case):
        return Held("there is no case of that reference on which it could be filed", code.case)
    return Decided(mail, release, contact)


def _timer(code: GivenCode, rules: Rules, known: KnownMail) -> tuple[Timer | None, str | None]:
    found = known.task_timer(code.case, code.task) if code.task else None
    return (None, None) if found is None else (rules.procedure.timers.get(found[0]), found[1])


def _phrases(timer: Timer | None, case: Case, rules: Rules) -> tuple[Phrase, ...]:
    answers = [rules.procedure.answers[name] for name in timer.answers] if timer else []
    allowed = allowed_now(case, rules.procedure) if any(rule.otherwise for rule in answers) else ()
    return tuple(_phrase(rule, allowed) for rule in answers)


def _phrase(rule: AnswerRule, allowed: tuple[str, ...]) -> Phrase:
    """Give what an answer records at this stage: the Panel may answer after the review has begun (A13)."""
    if rule.otherwise is None or rule.event in allowed:
        return Phrase(rule.words, rule.takes, rule.event, rule.fields)
    fields = {name: values[0] for name, values in rule.otherwise.fields.items()}
    return Phrase(rule.words, rule.takes, rule.otherwise.event, fields)


def _standing(answer: Status | Note | AwayUntil, contact: Contact) -> tuple[str, Mapping[str, str]]:
    """Give the event of an answer that closes nothing, and that any code of a contact on a case allows."""
    match answer:
        case Status():
            return "status_asked", {}
        case Note(text):
            return "note_added", {"note": text}
        case AwayUntil(until):
            return "away_until", {"role": contact.role, "until": until.isoformat()}


def _events(
    answer: Answer, timer: Timer, agency: str | None, contact: Contact, code: GivenCode
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give the events that an answer records on a task; none where the task does not take such an answer."""
    task = code.task or ""
    # Fields that an event does not have, or that say nothing, are left out of it at the end.
    about = {"agency": agency or "", "role": contact.role, timer.key_field: _key(task)}
    match answer:
        case Done(_, reference) if takes_done(timer):
            yield from _done(timer, code.notice, {**about, "reference": reference or ""})
        case NotInvolved() if any(item.event == NIL_RETURN for item in timer.closed_by):
            yield NIL_RETURN, {"agency": agency or ""}
        case Received() if timer.done_event == RECEIPT:
            yield RECEIPT, {"role": task.split(".")[1]}
        case Decision(phrase, agencies, reason) if phrase.event == "agency_added":
            yield from ((phrase.event, {"agency": name}) for name in agencies)
        case Decision(phrase, agencies, reason):
            yield phrase.event, {**phrase.fields, "agencies": ",".join(agencies), "reason": reason}


def _with_known_fields(
    events: Iterator[tuple[str, Mapping[str, str]]], rules: Rules
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Keep of each event the fields that it has and that say something."""
    for name, fields in events:
        known = {item.name for item in rules.procedure.events[name].fields}
        yield name, {key: value for key, value in fields.items() if key in known and value}


def _done(timer: Timer, notice: str, about: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give what DONE records, once for each part of the duty.

    It is what the notice asked for that it answers, where the timer tells its notices apart, else the first event
    that closes the timer.
    """
    closing: Pattern = timer.closed_by[0]
    fixed = {name: values[0] for name, values in closing.fields.items()}
    event = timer.done_by_notice.get(notice.removesuffix("-reminder")) or timer.done_event or closing.event
    for tick in timer.ticks or ("",):
        yield event, {**about, **fixed, timer.tick: tick}


def _key(task: str) -> str:
    """Give the key in a task's id, which is `timer.agency.key.number`; a key may itself hold dots."""
    return ".".join(task.split(".")[2:-1])


def _moment(answer: Answer, received_at: datetime, rules: Rules) -> datetime | str:
    """Give when it happened: at the mail's receipt, or at noon of the day that it names.

    Where that day cannot be meant, give why: a clock that is closed on it would be closed before it began.
    """
    if not isinstance(answer, Done) or answer.on is None:
        return received_at
    today = rules.calendar.day_of(received_at)
    if answer.on > today:
        return "it gives a day that has not come yet"
    if not rules.calendar.covers(answer.on) or answer.on < today - LONGEST_AGO:
        return "it gives a day of more than a year ago: is the year right?"
    return received_at if answer.on == today else rules.calendar.moment(answer.on, NOON)
