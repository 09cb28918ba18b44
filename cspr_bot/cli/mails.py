"""Looking at mail, in and out, and deciding where the program must not."""

from argparse import Namespace

from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.releasing import release_held
from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.cli.files import write_new
from cspr_bot.cli.notices import subjects_of
from cspr_bot.cli.output import check_case, office_of, plain, print_json, print_table, told
from cspr_bot.pipeline.filing import PersonsWord
from cspr_bot.store import InboxRow

KINDS = {"auto_reply": "automatic reply", "bounce": "not delivered", "own": "our own, come back"}
STATUSES = {"new": "not yet looked at", "held": "waits for a person"}


def inbox(options: Namespace) -> int:
    """List every mail received, newest first, and what became of it."""
    office = office_of(options)
    rows = office.store.reports.inbox_rows(held_only=options.held)
    if options.json:
        print_json([_inbox_json(row) for row in rows])
        return 0
    zone = office.home.settings.office.hours.zone
    print_table(
        "Held mails" if options.held else "Inbox",
        ("id", "received", "from", "what it is", "status", "case", "why"),
        (
            (
                row.id,
                told(row.received_at, zone),
                row.sender,
                KINDS.get(row.kind or "", row.kind),
                STATUSES.get(row.status, row.status),
                row.case,
                "; ".join(row.reasons),
            )
            for row in rows
        ),
        empty="Nothing is held." if options.held else "No mail has come.",
        folds=("from", "why"),
        spares=("from",),
    )
    return 0


def export(options: Namespace) -> int:
    """Write the original bytes of a mail to a file that is not there yet."""
    office = office_of(options)
    raw = office.store.reports.original(options.id)
    if raw is None:
        raise SaidNoError(f"mail {options.id}: there is no such mail; `inbox` lists them")
    # The log first: bytes that left without a trace would be worse than a trace of bytes that did not leave.
    office.store.installation.note(office.clock.now(), "person", "mail_exported", inbox=options.id)
    write_new(options.file, raw)
    if options.json:
        print_json({"id": options.id, "file": str(options.file), "bytes": len(raw)})
        return 0
    print(f"Mail {options.id}: {len(raw)} bytes written to {options.file}.")
    return 0


def release(options: Namespace) -> int:
    """Decide on a held mail: it is a referral, a reply, or nothing."""
    if options.choice == "reply" and not options.case:
        raise UsageError("release --as reply needs --case REF")
    if options.choice != "reply" and options.case:
        raise UsageError(f"release --as {options.choice} takes no --case")
    office = office_of(options)
    if options.case:
        check_case(office, options.case)
    word = PersonsWord(options.by, reason=options.reason or "")
    references = release_held(office, options.id, options.choice, word, case=options.case)
    if references is None:
        raise SaidNoError(f"mail {options.id} is not held; `inbox --held` lists those that are")
    if options.json:
        first = references[0] if references else None
        print_json({"id": options.id, "as": options.choice, "case": first, "cases": references})
        return 0
    cases = f", {'cases' if references[1:] else 'case'} {', '.join(references)}" if references else ""
    print(f"Mail {options.id}: released as {options.choice}{cases}.")
    return 0


def outbox(options: Namespace) -> int:
    """List every mail written: waiting, sent, failed."""
    office = office_of(options)
    rows = office.store.reports.outbox_rows()
    if options.json:
        print_json(rows)
        return 0
    zone, subjects = office.home.settings.office.hours.zone, subjects_of(office.home)
    print_table(
        "Outbox",
        ("id", "case", "mail", "about", "to", "status", "when", "why"),
        (
            (
                row.id,
                row.case,
                row.notice,
                subjects.get(row.notice, ""),
                row.to,
                f"{row.status}{' (testing)' if row.testing else ''}",
                told(row.sent_at or row.not_before, zone),
                row.reason,
            )
            for row in rows
        ),
        empty="No mail was written.",
        folds=("about", "to", "why"),
        spares=("mail", "why"),
    )
    return 0


def retry(options: Namespace) -> int:
    """Send a mail again that failed, or of which nobody can tell whether it left."""
    office = office_of(options)
    _check_mail(office, options.id)
    if not office.store.dispatch.retry(options.id, office.clock.now()):
        raise SaidNoError(f"mail {options.id}: only one that waits, failed or may not have left can be sent again")
    return _told(options, "waiting", "it goes out when `run` next works.")


def cancel(options: Namespace) -> int:
    """Never send a mail."""
    office = office_of(options)
    _check_mail(office, options.id)
    if not office.store.dispatch.cancel(options.id, office.clock.now()):
        raise SaidNoError(f"mail {options.id}: it has left, or was cancelled before")
    return _told(options, "cancelled", "it will not be sent.")


def _check_mail(office: Office, outbox_id: int) -> None:
    if office.store.reports.outgoing(outbox_id) is None:
        raise SaidNoError(f"mail {outbox_id}: there is no such mail; `outbox` lists them")


def _told(options: Namespace, status: str, said: str) -> int:
    if options.json:
        print_json({"id": options.id, "status": status})
    else:
        print(f"Mail {options.id}: {said}")
    return 0


def _inbox_json(row: InboxRow) -> dict[str, object]:
    values = plain(row)
    assert isinstance(values, dict)  # noqa: S101 - a dataclass becomes a mapping
    return values
