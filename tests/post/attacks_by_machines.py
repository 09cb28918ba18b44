"""Machines that answer with the very word that would count, and machines that carry a form."""

import re
from collections.abc import Iterator

from cspr_bot.demonstration.post import Enclosure
from tests.post.attack import Attack, Post, with_from, with_headers, with_subject
from tests.scenarios.people import MAILBOX, NURSE, SERVICE_LEADER

AUTOMATIC_HEADERS = (
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated (failure)",
    "Auto-Submitted: auto-notified; owner-email=x@evil.example",
    "Precedence: bulk",
    "Precedence: list",
    "Precedence: junk",
    "Precedence: auto_reply",
    "X-Precedence: bulk",
    "X-Loop: yes",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: DR, OOF, AutoReply",
    "X-Autoreply: yes",
    "X-Autorespond: vacation",
    "X-Autoresponder: on",
    "X-FC-MachineGenerated: true",
    "X-MachineGenerated: 1",
    "X-Mail-Autoreply: yes",
    "Delivered-To: autoresponder",
    "Return-Path: <>",
    "List-Id: <all.nhs.example>",
    "List-Unsubscribe: <mailto:off@evil.example>",
    "Mailing-List: contact x@evil.example",
)
AWAY_SUBJECTS = (
    "Automatic reply: NSSCP",
    "Out of Office: NSSCP",
    "Out of the office until Monday",
    "Auto: NSSCP",
    "Ateb awtomatig: NSSCP",
    "Allan o'r swyddfa",
    "Automatische Antwort: NSSCP",
    "Abwesenheitsnotiz: NSSCP",
    "Réponse automatique : NSSCP",
    "Respuesta automática: NSSCP",
    "Risposta automatica: NSSCP",
    "Automatisch antwoord: NSSCP",
    "Odpowiedź automatyczna: NSSCP",
    "[EXTERNAL] Automatic reply: NSSCP",
    "OFFICIAL-SENSITIVE: Automatic reply: NSSCP",
)


def machines(post: Post) -> Iterator[Attack]:
    """Give machines that answer our question, its code quoted, with the very word that would count."""
    line = "machine mail"
    answer = post.answer("DONE")
    for header in AUTOMATIC_HEADERS:
        yield Attack(line, header, with_headers(answer, header), "quiet")
    for subject in AWAY_SUBJECTS:
        yield Attack(line, subject, with_subject(subject, answer), "quiet")
    for sender in (
        "MAILER-DAEMON@council.example",
        "postmaster@council.example",
        "noreply@council.example",
        "do-not-reply@council.example",
    ):
        yield Attack(line, f"from {sender}", with_from(answer, sender), "quiet")
    own = with_from(with_headers(answer, "X-CSPR-Bot: nsscp-live"), MAILBOX)
    yield Attack(line, "our own, come back", own, "quiet")
    yield Attack(line, "our own question, come back", post.question, "quiet")
    yield Attack(line, "our own address, forged", with_from(answer, MAILBOX), "quiet")
    for kind in ("disposition-notification", "delivery-status"):
        head = f'multipart/report; report-type={kind}; boundary="=_r"'
        raw = re.sub(
            rb"Content-Type: .*", f"Content-Type: {head}".encode(), post.letter(SERVICE_LEADER, "Read: x", "x"), count=1
        )
        raw = (
            raw.partition(b"\r\n\r\n")[0]
            + (
                f"\r\n\r\n--=_r\r\n\r\nDONE\r\n{post.code}\r\n--=_r\r\nContent-Type: message/{kind}\r\n\r\n"
                f"Final-Recipient: rfc822; {SERVICE_LEADER}\r\nAction: relayed\r\nStatus: 2.0.0\r\n"
                "Disposition: manual-action/MDN-sent-manually; displayed\r\n--=_r--\r\n"
            ).encode()
        )
        yield Attack(line, f"a report: {kind}", raw, "quiet")
    invitation = Enclosure("", ("text", "calendar"), b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n")
    raw = post.letter(SERVICE_LEADER, "Accepted: meeting", f"DONE\n{post.code}", invitation)
    yield Attack(
        line,
        "a calendar's answer",
        re.sub(rb'; filename=""', b"", raw).replace(b"Content-Disposition: attachment\r\n", b""),
        "quiet",
    )
    recall = with_subject("Recall: NSSCP", answer)
    yield Attack(
        line,
        "a recall",
        recall.replace(b"\r\n\r\nDONE", b"\r\n\r\nThe sender would like to recall the message, 'x'."),
        "held",
    )
    challenge = "Your message has been waitlisted. Please add yourself to my Guest List.\n"
    yield Attack(line, "a challenge", post.letter(NURSE, "Re: yours", challenge), "held")


def machines_with_forms(post: Post) -> Iterator[Attack]:
    for header in AUTOMATIC_HEADERS:
        yield Attack("automatic mail that carries a form", header, with_headers(post.form, header), "form")
    for subject in AWAY_SUBJECTS[:6]:
        raw = with_subject(subject, post.form)
        yield Attack("automatic mail that carries a form", subject, raw, "form")
    for sender in ("noreply@nhs.example", "postmaster@nhs.example"):
        yield Attack("automatic mail that carries a form", sender, with_from(post.form, sender), "form")
    own = with_from(with_headers(post.form, "X-CSPR-Bot: nsscp-live"), MAILBOX)
    yield Attack("automatic mail that carries a form", "our own mark and address", own, "form")
