"""A case as an evidence pack: one folder with the chronology, every mail to the byte, the files, and the audit log."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256

from cspr_bot.bootstrap.kept_versions import version_told
from cspr_bot.bootstrap.office import Office
from cspr_bot.letters.chronology import Chronology, chronology_file
from cspr_bot.pipeline.letters import agency_name, role_titles
from cspr_bot.pipeline.subjects import notice_titles
from cspr_bot.pipeline.tracking import standing, tracked
from cspr_bot.procedure.case import Task
from cspr_bot.procedure.definition import Procedure
from cspr_bot.procedure.recommendations import Recommendation
from cspr_bot.store import CaseReport

BY = {"registration": "the program", "clock": "the program", "cspr-bot": "the program"}
SOURCES = {"mail": "by mail", "cli": "by command", "board": "on the board", "clock": ""}
README = """The case {reference}, as the program keeps it, written at {at}.

chronology.docx   every event, deadline and mail, and who did what
received/         the mails that came, byte for byte as the server gave them
sent/             the mails that the program wrote, byte for byte as they left
files/            what came with mails and is kept with the case
case.json         the case for programs, as `show --json` prints it
audit.json        the case's rows of the audit log, each with its link in the chain
manifest.sha256   the checksum of every file: `sha256sum -c manifest.sha256` proves that none was changed

{insecure}

This folder holds personal data.
"""


def pack_of(office: Office, report: CaseReport, told: Mapping[str, object]) -> Iterator[tuple[str, bytes]]:
    """Give each file of the pack, its name first. No name holds anything of a person; `told` is the case as JSON."""
    digests = []
    for name, content in _files(office, report, told):
        digests.append(f"{sha256(content).hexdigest()}  {name}\n")
        yield name, content
    yield "manifest.sha256", "".join(digests).encode()


def _files(office: Office, report: CaseReport, told: Mapping[str, object]) -> Iterator[tuple[str, bytes]]:
    reference, reports = report.row.reference, office.store.reports
    at = _moment(office, office.clock.now())
    yield "README.txt", README.format(reference=reference, at=at, insecure=_insecure(office)).encode()
    yield "chronology.docx", chronology_file(_chronology(office, report, at))
    for row in reversed(reports.received_on(reference)):
        raw = reports.original(row.id)
        if raw is not None:
            yield f"received/{row.received_at:%Y-%m-%d}-mail-{row.id}.eml", raw
    for mail in report.mails:
        content = reports.outgoing(mail.id)
        if content is not None:
            day = f"{mail.sent_at:%Y-%m-%d}" if mail.sent_at else mail.status
            yield f"sent/{day}-mail-{mail.id}-{mail.notice}.eml", content
    for kept in report.attachments:
        content = reports.attachment(kept.id)
        if content is not None:
            yield f"files/file-{kept.id}-of-mail-{kept.inbox_id}{_ending(kept.name)}", content
    yield "case.json", _json(told)
    rows = office.store.installation.audit_of(reference)
    yield (
        "audit.json",
        _json(
            [
                {
                    "row": row.seq,
                    "at": row.entry.at.isoformat(),
                    "actor": row.entry.actor,
                    "what": row.entry.what,
                    "details": dict(row.entry.details),
                    "hash": row.hash.hex(),
                }
                for row in rows
            ]
        ),
    )


def _insecure(office: Office) -> str:
    """Name whoever may be written to outside the secure domains, and why, as the contact list says it now."""
    told = [
        f"  {contact.role} ({contact.agency or 'our own'}): {' '.join(contact.allow_insecure.split())}"
        for contact in office.home.book.contacts
        if contact.allow_insecure.strip()
    ]
    head = "Contacts who may have an address outside the secure domains, and why:"
    return "\n".join((head, *told)) if told else "No contact has an address outside the secure domains."


def _chronology(office: Office, report: CaseReport, at: str) -> Chronology:
    home, row, procedure = office.home, report.row, office.rules_of(report.case).procedure
    titles = notice_titles(procedure)
    facts = [
        ("Reference", row.reference),
        ("Opened", _moment(office, row.opened_at)),
        *((region.replace("_", " "), _stage(stage)) for region, stage in row.stages.items()),
        ("To look at", ", ".join(flag.replace("_", " ") for flag in row.flags) or "nothing"),
    ]
    return Chronology(
        reference=row.reference,
        partnership=home.book.partnership.name,
        marking=home.settings.marking.text,
        procedure=f"{procedure.title}, {version_told(office, report.case)}",
        written_at=at,
        facts=facts,
        events=tuple(_events(office, report)),
        recommendations=tuple(_recommendations(office, report)),
        deadlines=tuple(
            _deadline(office, task, procedure) for task in sorted(report.case.tasks, key=lambda task: task.due_at)
        ),
        mails=tuple(
            (
                _moment(office, mail.sent_at),
                titles.get(mail.notice, mail.notice),
                mail.to,
                mail.level or "",
                f"{mail.status}{', came back' if mail.bounced else ''}",
            )
            for mail in report.mails
        ),
        received=tuple(
            (
                _moment(office, mail.received_at),
                f"{mail.id} ({(mail.kind or '').replace('_', ' ')})",
                mail.sender or "not proven",
                "; ".join((mail.status, *mail.reasons)),
            )
            for mail in reversed(office.store.reports.received_on(row.reference))
        ),
    )


def _events(office: Office, report: CaseReport) -> Iterator[tuple[str, str, str, str]]:
    rules = office.rules_of(report.case).procedure.events
    for event in report.events:
        if event.name == "time_reached":
            continue
        title = rules[event.name].title if event.name in rules else event.name.replace("_", " ")
        who = " ".join(filter(None, (BY.get(event.by, event.by), SOURCES.get(event.source, ""))))
        when = _moment(office, event.at)
        if event.known_at.replace(second=0) != event.at.replace(second=0):
            when = f"{when} (recorded {_moment(office, event.known_at)})"
        details = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in event.fields.items() if value)
        yield when, f"{title}{' (taken back later)' if event.is_withdrawn else ''}", who, details


def _deadline(office: Office, task: Task, procedure: Procedure) -> tuple[str, str, str, str, str]:
    timer = procedure.timers.get(task.timer)
    whose = agency_name(task.agency, office.home.book, office.clock.now(), office.rules) if task.agency else ""
    ended = _moment(office, task.closed_at)
    match task.status:
        case "done":
            is_late = task.closed_at is not None and task.closed_at > task.due_at
            how = f"done {ended}{', LATE' if is_late else ', in time'}"
        case "cancelled":
            how = f"cancelled {ended}"
        case _:
            how = "open, LATE" if task.is_overdue else "open"
    title = f"{timer.title if timer else task.timer} {task.key}".strip()
    owners = ", ".join(role_titles(task.roles, office.rules))
    law = " (in law)" if timer and timer.statutory else ""
    return title, whose or owners, _moment(office, task.due_at), how, f"{timer.cite if timer else ''}{law}"


def what_is_asked(item: Recommendation, report: CaseReport) -> str:
    """Give what a recommendation says, as it was written down with it."""
    added = next((event for event in report.events if event.id == item.added_by), None)
    return added.fields.get("note", "") if added else ""


def _recommendations(office: Office, report: CaseReport) -> Iterator[tuple[str, str, str, str, str]]:
    rules, now = office.rules_of(report.case), office.clock.now()
    for item in tracked(report.case, rules, now):
        whose = agency_name(item.agency, office.home.book, now, rules)
        what = ": ".join(filter(None, (item.key, what_is_asked(item, report))))
        yield what, whose, f"{item.due_on:%a %d %b %Y}", item.rag.upper(), standing(item)


def _stage(stage: str | Mapping[str, str]) -> str:
    if isinstance(stage, str):
        return stage.replace("_", " ")
    return ", ".join(f"{agency}: {name.replace('_', ' ')}" for agency, name in stage.items()) or "-"


def _moment(office: Office, at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(office.home.settings.office.hours.zone):%a %d %b %Y %H:%M}"


def _ending(name: str) -> str:
    """Give the ending of a file's name, where it is a plain one: the rest of the name may be a child's."""
    _, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and ending.isascii() and ending.isalnum() and len(ending) <= 5 else ""


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
