"""Held mails as the board shows them: the list without a person in it, and one mail as a person needs it to decide."""

from datetime import datetime

from cspr_bot.board.values import HeldFile, HeldLine, HeldPage
from cspr_bot.bootstrap.board.standing import NOTHING_DUE, first_due, standing_of
from cspr_bot.bootstrap.office import Office
from cspr_bot.pipeline.ports import BODY, ReadFile
from cspr_bot.procedure.case import Case
from cspr_bot.store import InboxRow

KINDS = {
    "referral": "with a form",
    "enquiry": "without a form",
    "auto_reply": "automatic reply",
    "own": "our own, come back",
}
VERDICTS = {
    "ok": "a referral form",
    "blank_form": "the referral form, blank",
    "not_a_form": "no referral form",
    "encrypted": "encrypted: only its sender can open it",
    "unreadable": "it cannot be read",
    "too_large": "too large to be read",
    "hostile": "made to do harm: do not open it",
    "needs_ocr": "a scan or a picture: look at it yourself",
}


def held_lines(office: Office, now: datetime) -> tuple[HeldLine, ...]:
    """List what is held, those with a clock first."""
    cases = _cases_of(office, now)
    rows = office.store.reports.inbox_rows(held_only=True)
    lines = (_line(office, row, cases.get(f"held:{row.id}"), now) for row in rows)
    return tuple(sorted(lines, key=lambda line: (line.release_by is None, line.release_by or now.date(), line.id)))


def held_page(office: Office, mail_id: int, now: datetime) -> HeldPage | None:
    """Read a held mail, in the bounded child as always; None where it is not held."""
    row = next((row for row in office.store.reports.inbox_rows(held_only=True) if row.id == mail_id), None)
    kept = office.store.registration.kept_mail(mail_id) if row else None
    if row is None or kept is None:
        return None
    mail = office.registry.judge.look_at(kept, office.reader.read(kept.raw))
    parsed, files = mail.read.mail, mail.read.files
    return HeldPage(
        line=_line(office, row, _cases_of(office, now).get(f"held:{mail_id}"), now),
        sender=", ".join(parsed.all("From")),
        is_proven=mail.sender.is_authenticated,
        proof=mail.sender.why,
        subject=parsed.first("Subject"),
        text=parsed.text,
        files=tuple(
            HeldFile(
                item.name,
                item.media_type,
                _size(len(item.content)),
                _verdict(files[place] if place < len(files) else None),
            )
            for place, item in enumerate(parsed.attachments)
        ),
        forms=len(mail.forms),
        problems=parsed.problems,
    )


def _line(office: Office, row: InboxRow, case: Case | None, now: datetime) -> HeldLine:
    first = first_due(case) if case else None
    return HeldLine(
        id=row.id,
        received_at=office.local(row.received_at),
        kind=KINDS.get(row.kind or "", (row.kind or "not yet read").replace("_", " ")),
        reasons=row.reasons,
        standing=standing_of(first, case, office.rules, now) if first and case else NOTHING_DUE,
        release_by=first.due_on if first else None,
    )


def _cases_of(office: Office, now: datetime) -> dict[str, Case]:
    """Give the provisional cases, whose clocks run while their mails are held."""
    final = office.rules.procedure.regions["main"].final
    return {case.reference: case for case in office.store.digest.day_book(now, now, final).cases if case.provisional}


def _verdict(file: ReadFile | None) -> str:
    if file is None or file.name == BODY:
        return "not looked into"
    told = VERDICTS[file.reading.verdict]
    return f"{told} ({file.reading.reason})" if file.reading.reason else told


def _size(number: int) -> str:
    return (
        f"{number} bytes"
        if number < 1024
        else f"{number / 1024:.0f} KB"
        if number < 1 << 20
        else f"{number / (1 << 20):.1f} MB"
    )
