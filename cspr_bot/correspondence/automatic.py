"""Signs that a machine sent a mail: the union of what good mail systems look for (RFC 3834, RFC 2369 and custom)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cspr_bot.correspondence.address import Mailbox, parse_from
from cspr_bot.correspondence.message import ParsedMail

SignKind = Literal["auto_reply", "list", "no_answer"]

_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_NEGATIVE = frozenset({"", "no", "none", "false", "0"})
_SUPPRESSED = frozenset({"all", "oof", "autoreply"})
_AUTOMATIC_HEADER = re.compile(
    r"(?:x-)?(?:mail-)?(?:auto[-_]?(?:response|replied|reply|generated|respond(?:er)?)|holidayreply"
    r"|(?:fc-)?machine-?generated)",
    re.IGNORECASE,
)
_LIST_HEADERS = ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List", "X-Mailing-List")
_NO_ANSWER = re.compile(r"(?:no|not|donot|do[-_.]not)[-_.]?reply\b.*|abuse|root|mailer[-_]?daemon|post[-_]?master")
_DAEMON = re.compile(r"mailer[-_]?daemon|post[-_]?master|mail[-_]?delivery.*|microsoftexchange[0-9a-f]*")

# What gateways and senders put before a subject. It is passed over for comparing, and never taken out of what is kept.
_TAG = re.compile(
    r"\s*(?:\[[^\[\]]{1,40}\]|(?:official(?:[- ]sensitive)?|secure|external|encrypt(?:ed)?|egress)\b\s*[:;\-–—]?)",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\s*(?:re|fw|fwd|aw|wg|sv|vs|tr|rv|atb|ymateb)\s*(?:\[[0-9]{1,3}\])?\s*:", re.IGNORECASE)
_AWAY = re.compile(
    r"(?:automatic reply|automated (?:reply|response)|auto[- ]?(?:reply|response|responder)|auto:|vacation reply"
    r"|out of (?:the )?office(?=\s*(?:$|[:(–—-]|auto|reply|response|message|re:|until|from))"
    r"|(?:on annual leave|away from (?:my|the) (?:mail|desk|office))(?=\s*(?:$|[:(–—-]|until|from))"
    r"|(?:ym)?ateb awtomatig|allan o['’]r swyddfa"  # Welsh
    r"|automatische antwort|abwesenheits(?:notiz|meldung)|abwesend"  # German
    r"|réponse automatique|absence du bureau|absent du bureau"  # French
    r"|respuesta automática|fuera de la oficina|resposta automática|ausência do escritório"  # Spanish, Portuguese
    r"|risposta automatica|fuori (?:sede|ufficio)|automatisch antwoord|afwezigheids\w*"  # Italian, Dutch
    r"|odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|răspuns automat"  # Polish, Romanian
    r"|autosvar|automatiskt? svar|automaattinen vastaus)",  # Swedish, Danish, Norwegian, Finnish
    re.IGNORECASE,
)
# A service that asks a stranger to prove that they are one. A person may write such words too: so nobody answers it by
# itself, and a person looks at it.
_CHALLENGE = re.compile(
    r"wait-?listed|pre-?approved sender|(?:sender|address) (?:is )?not pre-?approved|requires? confirmation\. visit"
    r"|\b(?:added? to|on) (?:my|our|his|her|the|the recipient['’]s) (?:\w+ ){0,2}"
    r"(?:guest|allowed|approved|white|safe)[- ]?list"
    r"|(?:confirm|verify|prove) (?:that )?you (?:are (?:a )?(?:human|real)|sent this)",
    re.IGNORECASE,
)
_MOST_CHALLENGE = 4_000
# What an automatic reply says of a person who is not there, and not only that a mail has come.
_ABSENCE = re.compile(
    r"out of (?:the )?office|annual leave|on leave|\baway\b|absen[ct]"
    r"|not (?:be )?(?:in|at) (?:the |my )?(?:office|work|desk)"
    r"|(?:until|back on|return(?:ing)? (?:on|to)) .{0,30}[0-9]|no longer (?:work|employed|with)"
    r"|left the (?:organi[sz]ation|council|trust|force)|allan o['’]r swyddfa|ar wyliau"
    r"|maternity|sick leave|vacation|holiday|abwesen|urlaub|congé"
    r"|vacaciones|ferie|urlop|fuori ufficio|fuera de la oficina|afwezig",
    re.IGNORECASE,
)
_IS_AWAY = re.compile(r"\bis (?:currently )?out of (?:the )?office\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a machine, and what it makes of the mail. "no_answer": a person may have caused it, none reads."""

    kind: SignKind
    reason: str


def signs_of_a_machine(mail: ParsedMail) -> tuple[Sign, ...]:
    """Give every sign, strongest first. `Auto-Submitted: no` is a person's word that it is none."""
    return (*_header_signs(mail), *_list_signs(mail), *_subject_signs(mail), *_sender_signs(mail))


def bare_subject(subject: str, *, keep_answer_marks: bool = False) -> str:
    """Give a subject without tags such as [EXTERNAL] and, unless they are to be kept, without RE: and FW:."""
    text = subject
    while found := _TAG.match(text) or (None if keep_answer_marks else _ANSWER.match(text)):
        text = text[found.end() :]
    return " ".join(text.split())


def is_from_a_daemon(mail: ParsedMail) -> bool:
    """Say whether a mail system itself speaks: its name in `From`, or no return address at all."""
    return (
        bool(_DAEMON.fullmatch(_local_part(mail))) or has_null_return_path(mail) or not mail.first("From").strip(" <>")
    )


def says_somebody_is_away(mail: ParsedMail) -> bool:
    """Say whether an automatic reply tells of an absence; others only confirm that a mail has come."""
    own = mail.text[:_MOST_CHALLENGE].split("\n>", 1)[0]
    return bool(_ABSENCE.search(bare_subject(mail.first("Subject"))) or _ABSENCE.search(own))


def is_challenge(mail: ParsedMail) -> bool:
    """Say whether a service wants the sender to prove something before it passes the mail on."""
    return bool(_CHALLENGE.search(" ".join(mail.text[:_MOST_CHALLENGE].split())))


def has_null_return_path(mail: ParsedMail) -> bool:
    """Say whether nobody is to be told if this mail cannot be delivered."""
    return mail.first("Return-Path").replace(" ", "") == "<>"


def _header_signs(mail: ParsedMail) -> Iterator[Sign]:
    for value in mail.all("Auto-Submitted"):
        if _first_word(value) != "no":
            yield Sign("auto_reply", "Auto-Submitted says so")
    for name, value in mail.headers:
        if _AUTOMATIC_HEADER.fullmatch(name) and _first_word(value) not in _NEGATIVE:
            yield Sign("auto_reply", f"it has the header {name.title()}")
    suppressed = {word.strip().lower() for value in mail.all("X-Auto-Response-Suppress") for word in value.split(",")}
    if suppressed & _SUPPRESSED:
        yield Sign("auto_reply", "X-Auto-Response-Suppress asks for no answer")
    if mail.all("X-MS-Exchange-Inbox-Rules-Loop"):
        # A rule that passes a person's mail on leaves the same mark as one that answers.
        yield Sign("no_answer", "an inbox rule of Exchange sent it")
    if "autoresponder" in mail.first("Delivered-To").lower():
        yield Sign("auto_reply", "an autoresponder delivered it")
    if has_null_return_path(mail):
        yield Sign("auto_reply", "it has no return address")


def _list_signs(mail: ParsedMail) -> Iterator[Sign]:
    precedence = {_first_word(value) for name in ("Precedence", "X-Precedence") for value in mail.all(name)} & _BULK
    if precedence:
        yield Sign("auto_reply" if "auto_reply" in precedence else "list", "its Precedence is that of mass mail")
    for name in _LIST_HEADERS:
        if mail.all(name):
            yield Sign("list", f"it has the header {name}")
    for value in mail.all("X-Loop") + mail.all("X-No-Loop"):
        yield Sign("list" if _first_word(value) in {"yes", "true"} else "no_answer", "it is marked against loops")


def _subject_signs(mail: ParsedMail) -> Iterator[Sign]:
    """Look at the subject as it begins: `RE: Automatic reply` is a person who answers one."""
    subject = bare_subject(mail.first("Subject"), keep_answer_marks=True)
    says_no = any(_first_word(value) == "no" for value in mail.all("Auto-Submitted"))
    if not says_no and (_AWAY.match(subject) or (_IS_AWAY.search(subject) and not _ANSWER.match(subject))):
        yield Sign("auto_reply", "its subject is that of an automatic reply")


def _sender_signs(mail: ParsedMail) -> Iterator[Sign]:
    if _NO_ANSWER.fullmatch(_local_part(mail)):
        yield Sign("no_answer", "it comes from an address that takes no answers")
    if is_challenge(mail):
        yield Sign("no_answer", "it wants the sender to prove something")


def _local_part(mail: ParsedMail) -> str:
    sender = parse_from(mail.first("From"))
    if isinstance(sender, Mailbox):
        return sender.address.partition("@")[0]
    # Old mail systems sign with a bare name: "MAILER-DAEMON (Mail Delivery System)".
    found = re.search(r"([\w.+-]+)@|<([\w.+-]+)>|^\s*([\w.+-]+)", mail.first("From"))
    return next((part.lower() for part in found.groups() if part), "") if found else ""


def _first_word(value: str) -> str:
    return re.split(r"[\s;,(]", value.strip(), maxsplit=1)[0].strip("\"'").lower()
