"""How the program is, from what it has written down itself: nothing here waits for a server."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cspr_bot import __version__
from cspr_bot.board.values import Finding, HealthPage, Standing, State
from cspr_bot.bootstrap.doctor import examine_machine
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.rounds import LastRounds, last_rounds
from cspr_bot.pipeline.findings import Finding as Examined

ROUNDS = 5  # so many without a good one, and somebody should look
A_ROUND = timedelta(minutes=1)
STATES: dict[str, State] = {"good": "later", "doubtful": "soon", "bad": "late", "noted": "none"}


def health_page(office: Office, *, whole_log: bool) -> HealthPage:
    """Gather the page. With `whole_log` the database and every row of the audit log are read, which takes its time."""
    counts, head = office.store.reports.counts(), office.store.installation.audit_head()
    findings = [
        _round(office, last_rounds(office.folder), office.real_now()),
        *_waiting(dict(counts.outbox), dict(counts.inbox)),
        *map(_finding, examine_machine(office)),
        *_certificate(office),
        *(_whole_log(office) if whole_log else ()),
    ]
    return HealthPage(
        findings=tuple(findings),
        queues=(("mails received", counts.inbox), ("events", counts.events), ("mails of ours", counts.outbox)),
        audit_rows=head.seq,
        audit_head=head.hash.hex(),
        version=__version__,
        installation=office.home.settings.installation,
    )


def _round(office: Office, rounds: LastRounds, now: datetime) -> Finding:
    """Say when the last good round was: the stations all worked, and the mailbox answered."""
    what = "Last good round"
    if rounds.failing_since is not None:
        told = f"failing since {_at(office, rounds.failing_since)}: {rounds.why}"
        return Finding(what, Standing("late", told), "tell the administrator: `cspr-bot doctor` looks into it")
    if rounds.good_at is None:
        return Finding(what, Standing("soon", "none is known on this machine"), "is `cspr-bot run` running?")
    longest = ROUNDS * (timedelta(seconds=office.home.settings.mailbox.poll_seconds) + A_ROUND)
    told = f"{_at(office, rounds.good_at)}, on the {office.home.settings.mailbox.transport} mailbox"
    if now - rounds.good_at > longest:
        return Finding(what, Standing("late", told), "the program is not running, or hangs: tell the administrator")
    return Finding(what, Standing("later", told))


def _waiting(outbox: dict[str, int], inbox: dict[str, int]) -> Iterator[Finding]:
    """Say what waits for a person."""
    held, unknown, failed = inbox.get("held", 0), outbox.get("unknown", 0), outbox.get("failed", 0)
    told = f"{held or 'none'} {'waits' if held < 2 else 'wait'} for a person"
    yield Finding("Held mails", Standing("soon" if held else "later", told))
    told = f"{failed} could not be delivered, {unknown} may have left or not"
    mend = "`cspr-bot outbox` lists them; `outbox retry` or `outbox cancel` decides" if failed or unknown else ""
    yield Finding("Mails of ours", Standing("late" if unknown else "soon" if failed else "later", told), mend)


def _finding(examined: Examined) -> Finding:
    what = examined.what[:1].upper() + examined.what[1:]
    return Finding(what, Standing(STATES[examined.verdict], examined.told), examined.mend)


def _certificate(office: Office) -> Iterator[Finding]:
    """Say how long the certificate for Microsoft 365 is good, where there is one."""
    settings = office.home.settings.mailbox
    if settings.transport != "graph" or settings.graph is None:
        return
    from cspr_bot.bootstrap.graph import certificate_finding  # noqa: PLC0415 - loaded only where it is used

    found = certificate_finding(office.folder, settings.graph, office.real_now())
    if found is not None:
        yield _finding(found)


def _whole_log(office: Office) -> Iterator[Finding]:
    fault = office.store.installation.verify_audit()
    told = "every row follows from the one before it" if fault is None else f"row {fault.seq}: {fault.why}"
    yield Finding("Audit log", Standing("later" if fault is None else "late", told))
    damage = office.store.check_integrity()
    yield Finding("Database", Standing("late", damage[0]) if damage else Standing("later", "it is whole"))


def _at(office: Office, moment: datetime) -> str:
    local = office.local(moment)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"
