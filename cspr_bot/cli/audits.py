"""The audit log: whether it is whole, and what it says of a case."""

import re
from argparse import Namespace

from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.cli.output import details, in_words, office_of, print_json, print_table, told
from cspr_bot.store import AuditHead


def verify(options: Namespace) -> int:
    """Check the whole chain; exit 1 and name the first bad row where it is broken."""
    witness = _witness(options.witness)
    office = office_of(options)
    fault = office.store.installation.verify_audit(witness)
    head = office.store.installation.audit_head()
    if options.json:
        print_json({"whole": fault is None, "fault": fault, "rows": head.seq, "head": head})
        return 0 if fault is None else 1
    if fault is not None:
        raise SaidNoError(f"audit log: row {fault.seq}: {fault.why}")
    print(f"The audit log is whole: {head.seq} rows.")
    if witness is not None:
        print(f"It holds what the witness saw: row {witness.seq} is the one that was told of.")
    return 0


def _witness(told: str | None) -> AuditHead | None:
    """Read an end of the log as the second channel tells it each night."""
    if told is None:
        return None
    row, _, digest = told.strip().partition(":")
    if not (row.isascii() and row.isdecimal() and re.fullmatch(r"[0-9a-f]{64}", digest)):
        raise UsageError("audit verify: --witness is the number of a row, a colon and 64 hexadecimal digits")
    return AuditHead(int(row), bytes.fromhex(digest))


def show(options: Namespace) -> int:
    """Print the audit log of one case."""
    office = office_of(options)
    rows = office.store.installation.audit_of(options.reference)
    if not rows:
        raise SaidNoError(f"{options.reference}: the audit log knows no such case; `cases --all` lists them")
    if options.json:
        print_json(rows)
        return 0
    zone = office.home.settings.office.hours.zone
    print_table(
        f"Audit log of {options.reference}",
        ("row", "when", "who", "what", "details"),
        (
            (
                row.seq,
                told(row.entry.at, zone),
                row.entry.actor,
                in_words(row.entry.what),
                details(row.entry.details),
            )
            for row in rows
        ),
        empty="Nothing.",
        folds=("what", "details"),
        spares=("row",),
    )
    return 0
