"""The work itself: the daemon, or one run by hand."""

import logging
import sys
from argparse import Namespace
from contextlib import ExitStack

from cspr_bot.bootstrap.kept_versions import notes_on_versions
from cspr_bot.bootstrap.keys import is_kept_elsewhere
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import BrokenFilesError, NotReadyError
from cspr_bot.bootstrap.reloading import tell_of_broken_files
from cspr_bot.bootstrap.rounds import note_round
from cspr_bot.bootstrap.world import SystemClock
from cspr_bot.cli.failures import UsageError
from cspr_bot.cli.output import office_of, print_json
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure

STILL_WORKS = "until this is mended only `check`, `contacts export`, `contacts import` and `due` work"
log = logging.getLogger("cspr_bot")


def run(options: Namespace) -> int:
    """Run every station: once until nothing is left to do, or as a daemon until stopped."""
    if options.now is not None and not options.once:
        raise UsageError("run --now needs --once: a clock that was turned by hand stands still")
    try:
        office = office_of(options)
    except BrokenFilesError as broken:
        if not options.once:
            tell_of_broken_files(options.home, SystemClock().now())
        raise BrokenFilesError((*broken.problems, STILL_WORKS)) from broken
    _refuse_to_run_behind(office, is_turned=options.now is not None)
    _refuse_what_is_damaged(office)
    for note in notes_on_versions(office):
        print(note, file=sys.stderr)
    if is_kept_elsewhere():
        office.store.installation.remember_key_elsewhere()
    has_decided = options.take_all or options.take_since is not None
    if has_decided:
        _decide_on_old_mail(office, options)
    with ExitStack() as stack:
        try:
            stack.enter_context(office.alone())
        except TemporaryFailure:
            if not has_decided:
                raise
            print("The bot that is running goes on with it.", file=sys.stderr if options.json else sys.stdout)
            return 0
        if options.moved_back:
            office.moved_back()
        if options.clock_is_right:
            office.clock_guard.confirm()
        return _once(office, options) if options.once else _daemon(office)


def _refuse_what_is_damaged(office: Office) -> None:
    """Refuse to work on a database that is not whole: what is written into one makes it worse."""
    try:
        damage = office.store.check_integrity()
    except PermanentFailure as failure:  # so damaged that it cannot even be examined
        damage = (str(failure),)
    if damage:
        first = damage[0].splitlines()[-1]  # SQLite tells of a page in many lines
        raise NotReadyError((f"the database is damaged: {first}; put back the last good `backup` by `restore`",))


def _decide_on_old_mail(office: Office, options: Namespace) -> None:
    """Do what a person says of the mail that was there before us. A daemon that runs already need not be stopped."""
    if not office.home.settings.is_live:
        raise UsageError("--take-all and --take-since are for a mailbox on a server: in a folder nothing has to wait")
    if options.take_all:
        office.take_all_mail()
        said = "every mail in the inbox is taken from now on, however old it is"
    else:
        since = office.local(options.take_since)
        moved = office.put_aside_mail(since)
        said = f"mail from before {since:%d %B %Y %H:%M} lies in the folder Earlier now ({moved}); all other is taken"
    print(f"{said}.", file=sys.stderr if options.json else sys.stdout)


def _once(office: Office, options: Namespace) -> int:
    try:
        done = office.run_once()
    except (TemporaryFailure, PermanentFailure) as failure:
        note_round(office.folder, office.real_now(), str(failure))
        raise
    note_round(office.folder, office.real_now())
    if options.json:
        print_json(done)
    else:
        print(
            f"{done.taken} mails taken in, {done.registered} registered, {done.advanced} steps of cases, "
            f"{done.sent} mails sent or put off."
        )
    return 0


def _daemon(office: Office) -> int:
    from cspr_bot.bootstrap.cycle import DaemonCycle  # noqa: PLC0415
    from cspr_bot.bootstrap.logs import log_to  # noqa: PLC0415
    from cspr_bot.bootstrap.monitoring import start_monitor  # noqa: PLC0415
    from cspr_bot.daemon import SignOfLife, run_until_stopped  # noqa: PLC0415

    log_to(sys.stderr)
    log.info("running: home of %s", office.home.settings.installation)
    office.stepped = SignOfLife()  # so that a long round is not taken for a dead one
    clock = SystemClock()
    cycle = DaemonCycle(office, clock)
    start_monitor(office, cycle.pulse, clock)
    run_until_stopped(cycle, office.home.settings.mailbox.poll_seconds)
    return 0


def _refuse_to_run_behind(office: Office, *, is_turned: bool) -> None:
    """Refuse to run by a clock that the home was turned ahead of; else let the home follow it again."""
    turned = office.store.installation.turned_clock()
    if turned is None or is_turned:
        return
    if turned > office.real_now():
        there = office.local(turned).isoformat()
        raise NotReadyError((f"this home's clock stands at {there}, which is still to come: run with --now {there}",))
    office.follow_real_clock()
