"""A case as an evidence pack: one folder with the chronology, every mail to the byte, the files, and the audit log."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256

from cspr_bot.bootstrap.chronicle import chronology_of, moment
from cspr_bot.bootstrap.office import Office
from cspr_bot.letters.chronology import chronology_file
from cspr_bot.store import CaseReport

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
    at = moment(office, office.clock.now())
    kept_as = {
        kept.id: f"files/file-{kept.id}-of-mail-{kept.inbox_id}{_ending(kept.name)}" for kept in report.attachments
    }
    yield "README.txt", README.format(reference=reference, at=at, insecure=_insecure(office)).encode()
    yield "chronology.docx", chronology_file(chronology_of(office, report, at, kept_as))
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
            yield kept_as[kept.id], content
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


def _ending(name: str) -> str:
    """Give the ending of a file's name, where it is a plain one: the rest of the name may be a child's."""
    _, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and ending.isascii() and ending.isalnum() and len(ending) <= 5 else ""


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
