"""Opening a case by hand: a scan, a sealed mail, a telephone call, or a case that runs already."""

from argparse import Namespace

from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.taking_over import Opened, open_by_hand
from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.cli.files import read_file
from cspr_bot.cli.output import office_of, print_json


def open_case(options: Namespace) -> int:
    """Open a case; its clocks count from when it was first received."""
    if options.mail is not None and options.received_at:
        raise UsageError("open --mail takes no --received-at: the case counts from the receipt of the mail")
    if options.mail is not None and options.quiet and not options.file:
        raise UsageError("open --mail takes no --quiet: a mail that has just come runs nowhere yet")
    office = office_of(options)
    references, unread = _open(office, options)
    if options.json:
        print_json({"reference": references[0], "references": references, **({"unread": unread} if unread else {})})
        return 0
    for reference in references:
        if options.quiet:
            print(f"{reference}: taken over. Record what has happened with `record --at`; nothing past is sent.")
        else:
            print(f"{reference}: opened. Mails go out when `run` next works.")
    if unread:
        print(unread)
    return 0


def _open(office: Office, options: Namespace) -> Opened:
    now = office.clock.now()
    received_at = office.local(options.received_at) if options.received_at else now
    if received_at > now:
        raise SaidNoError("--received-at: a case cannot have been received later than now")
    content = read_file(options.file) if options.file else None
    if options.mail is None:
        opened = open_by_hand(office, content, received_at, options.by, is_quiet=options.quiet)
    else:
        opened = _open_from_mail(office, content, options)
    while office.progression.step():
        pass
    return opened


def _open_from_mail(office: Office, content: bytes | None, options: Namespace) -> Opened:
    """Open a case from a held mail, or from a file that came in one and was unsealed by hand; its receipt counts."""
    held = next((row for row in office.store.reports.inbox_rows(held_only=True) if row.id == options.mail), None)
    if held is None:
        raise SaidNoError(f"mail {options.mail} is not held; `inbox --held` lists those that are")
    if content is None:
        return Opened(office.registry.release(held.id, "referral", options.by) or ())
    opened = open_by_hand(office, content, held.received_at, options.by, is_quiet=options.quiet, from_mail=held.id)
    office.registry.release(held.id, "reply", options.by, case=opened.references[0])
    return opened
