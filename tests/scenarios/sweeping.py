"""Sweeps a home after its story: every mail of ours, the audit log, the commands' output, file names, raw files."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from cspr_bot.bootstrap.office import Office
from cspr_bot.cli import main
from tests.scenarios.people import COMPLETE, FORMS, MAILBOX, another_child
from tests.scenarios.privacy import Finding, Secrets, findings_in_mail, secrets_of

SECRETS = secrets_of((*FORMS, *(another_child(form) for form in FORMS)))
REFERRERS = {form.referrer.email: form.referrer.name for form in FORMS}
COUNTED: Counter[str] = Counter()
_NEEDLES = SECRETS.bytes_to_find()


def swept(office: Office, *, log: str = "", secrets: Secrets = SECRETS) -> list[Finding]:
    """Give everything personal that is readable where it may not be."""
    folder = office.folder
    return [
        *_in_mails(office, secrets),
        *_in_audit_log(office, secrets),
        *_in_file_names(folder, secrets),
        *_in_raw_files(folder),
        *(Finding("log", what) for what in secrets.found_in(log)),
    ]


def in_printed_log(office: Office, secrets: Secrets = SECRETS) -> Iterator[Finding]:
    """Search what `audit show` prints of every case."""
    for case in office.store.reports.case_rows():
        printed = io.StringIO()
        with redirect_stdout(printed):
            assert main(["--home", str(office.folder), "audit", "show", case.reference]) == 0
        COUNTED["audit pages"] += 1
        yield from (Finding("audit show", what) for what in secrets.found_in(printed.getvalue()))


def _in_mails(office: Office, secrets: Secrets) -> Iterator[Finding]:
    """Search what was ever written, and whatever else lies in Sent. A referrer may be greeted by their own name."""
    reports = office.store.reports
    mails = {reports.outgoing(row.id) or b"": f"{row.notice} to {row.role}" for row in reports.outbox_rows()}
    for path in (office.folder / "var/mailbox/.Sent").glob("*/*"):
        COUNTED["files in Sent"] += 1
        mails.setdefault(path.read_bytes(), "Sent")
    for raw, name in mails.items():
        COUNTED["mails"] += 1
        to = next(line for line in raw.decode().splitlines() if line.startswith("To: ")).removeprefix("To: ")
        own = secrets.without(to) if to in REFERRERS else secrets
        if to == MAILBOX and name.endswith(" to referrer"):  # with the test switch on: the referrer's own mail
            to = COMPLETE.referrer.email
        for finding in findings_in_mail(raw, own, greeted=REFERRERS.get(to, "")):
            yield Finding(f"{name}: {finding.where}", finding.what)


def _in_audit_log(office: Office, secrets: Secrets) -> Iterator[Finding]:
    for row in office.store.installation.audit_of():
        COUNTED["audit rows"] += 1
        for what in secrets.found_in(repr((row.entry.actor, row.entry.what, dict(row.entry.details)))):
            yield Finding(f"audit row {row.seq}", what)


def _in_file_names(folder: Path, secrets: Secrets) -> Iterator[Finding]:
    for path in (folder / "var").rglob("*"):
        COUNTED["file names"] += 1
        yield from (Finding(f"file name {path.parent.name}/", what) for what in secrets.found_in(path.name))


def _in_raw_files(folder: Path) -> Iterator[Finding]:
    """Search the bytes of the database and of all that the program keeps, but the mailbox: that is the server's."""
    for path in (folder / "var").rglob("*"):
        if path.is_file() and "mailbox" not in path.parts[len(folder.parts) :]:
            COUNTED["raw bytes"] += path.stat().st_size
            content = path.read_bytes().lower()
            yield from (Finding(path.name, needle.decode()) for needle in _NEEDLES if needle in content)
