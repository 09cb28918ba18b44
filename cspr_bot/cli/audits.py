"""The audit log: whether it is whole, and what it says of a case."""

from argparse import Namespace

from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import details, in_words, office_of, print_json, print_table, told


def verify(options: Namespace) -> int:
    """Check the whole chain; exit 1 and name the first bad row where it is broken."""
    office = office_of(options)
    fault = office.store.installation.verify_audit()
    head = office.store.installation.audit_head()
    if options.json:
        print_json({"whole": fault is None, "fault": fault, "rows": head.seq, "head": head})
        return 0 if fault is None else 1
    if fault is not None:
        raise SaidNoError(f"audit log: row {fault.seq}: {fault.why}")
    print(f"The audit log is whole: {head.seq} rows.")
    return 0


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
