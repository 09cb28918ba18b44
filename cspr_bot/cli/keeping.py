"""What is done with the whole of what is kept: another key, a case erased, a copy made and put back."""

from argparse import Namespace

from cspr_bot.bootstrap.copies import back_up, restore
from cspr_bot.bootstrap.rotation import NEXT_KEY, rotate
from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.cli.output import check_case, office_of, print_json


def rotate_keys(options: Namespace) -> int:
    """Change the master key while the daemon runs; asked again after a crash it goes on where it was."""
    state = rotate(office_of(options))
    if options.json:
        print_json({"state": state})
        return 0
    if state == "done":
        print("The master key was changed: the old one opens nothing that was written to this database.")
        print("Put a copy of var/master-key in your safe. Older backups still open with the old key only.")
        return 0
    print(f"Both keys open the database now; the next one is in var/{NEXT_KEY}. To finish:")
    print("  1. put it where the key is kept (on every machine of this installation), for instance with")
    print(f"     systemd-creds encrypt --name=master-key var/{NEXT_KEY} /etc/credstore.encrypted/master-key")
    print("  2. restart the service, and type `cspr-bot keys rotate` again, with the new key in place")
    return 0


def erase(options: Namespace) -> int:
    """Erase a case by destroying its key: two people say so, and it is said what remains, and where."""
    if len({who.casefold() for who in options.by}) < 2:
        raise UsageError("erase needs two different names: --by WHO --by WHO")
    if len(options.by) > 2:
        raise UsageError("erase takes two names, no more: --by WHO --by WHO")
    office = office_of(options)
    check_case(office, options.reference)
    row = next(row for row in office.store.reports.case_rows() if row.reference == options.reference)
    if row.stages and str(row.stages["main"]) not in office.home.procedure.regions["main"].final:
        raise SaidNoError(f"{options.reference}: the case is open, and its deadlines run; record `closed` first")
    received = len(office.store.reports.received_on(options.reference))
    now = office.clock.now()
    sent = sum(row.case == options.reference and row.status == "sent" for row in office.store.reports.outbox_rows())
    if not office.store.installation.erase_case(options.reference, now, by=(options.by[0], options.by[1])):
        raise SaidNoError(f"{options.reference}: it was erased before")
    if options.json:
        remains = {"received_mails_in_mailbox": received, "sent_mails_in_mailbox": sent, "backups_before": now}
        print_json({"erased": options.reference, "remains": remains})
        return 0
    print(
        f"{options.reference} is erased: its key is destroyed, and what was sealed with it can never be read again.\n"
    )
    print("What remains, and is yours to remove:")
    print(f"  in the mailbox: the {received} mails received and {sent} sent on this case (search it for the reference,")
    print("    in the folders of the inbox and in Sent), and whatever their recipients keep")
    print(f"  in every backup made before {office.local(now):%d %B %Y %H:%M}: destroy them, or let them run out")
    print("What remains on purpose, and says nothing of a person: the reference, its dates, and the audit log.")
    return 0


def back_up_home(options: Namespace) -> int:
    """Write a copy of the home into one file, while it works. The key is not in it."""
    office = office_of(options)
    back_up(office, options.file)
    size = options.file.stat().st_size
    if options.json:
        print_json({"file": str(options.file), "bytes": size})
        return 0
    print(f"{options.file}: a copy of this home, {size / 1_000_000:.1f} MB.")
    print("The key is not in it. Without var/master-key nobody can read it: keep that elsewhere, and keep it.")
    return 0


def restore_home(options: Namespace) -> int:
    """Put a copy back into an empty home. The next `run` takes in what came since, and sends nothing a second time."""
    done = restore(options.home, options.file)
    if options.json:
        print_json(done)
        return 0
    print(f"{options.home}: put back as it was on {done.made_at:%d %B %Y at %H:%M} (UTC).")
    for name in done.kept:
        print(f"  kept: {name} was here and differs from the copy's; look which is right")
    print("When `run` next works it takes in every mail that came since, from the mailbox's own folders, and looks in")
    print("Sent before it sends. Only what was said by command or on the board since then must be said again.")
    return 0
