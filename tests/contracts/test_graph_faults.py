"""Every way in which Microsoft Graph fails: nothing is lost, nothing goes twice, and what nobody can know is told."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cspr_bot.mail.graph import PAGE, GraphMailbox
from cspr_bot.store.tables import outbox
from tests.contracts.fault_rows import (
    BUSY,
    CUT,
    DAYS,
    FORGOTTEN,
    FULL,
    GONE,
    HANDS,
    LOGIN,
    NONE,
    REFUSED,
    ROWS,
    THROTTLED,
    TWICE,
    UNANSWERED,
    UNTRUSTED,
    rows_of,
)
from tests.contracts.fault_runs import HEADING, SETTLED, HandsIn, Run, Tally
from tests.contracts.transports import GraphWorld, World
from tests.fakes.store import NOW
from tests.graph_simulator.faults import Fault, Kind, Operation, by_chance, ordered
from tests.graph_simulator.server import MOST_CALLS_AT_ONCE, GraphSimulator, simulated
from tests.pipeline.world import TurnedClock
from tests.servers.authority import make_authority
from tests.transports.graph import MAILBOX, access_to

OPERATIONS: tuple[Operation, ...] = (
    "list", "folders", "folder", "value", "get", "move", "make_folder", "find", "create", "patch", "send",
)  # fmt: skip
KINDS: tuple[Kind, ...] = ("drop_before", "drop_after", "status", "status_after", "truncate", "page")


@dataclass(frozen=True)
class Case:
    """What fails, and how many of the three mails may end unknown or failed for it."""

    faults: tuple[Fault, ...] = ()
    unknown: int = 0
    failed: int = 0
    before: Callable[[GraphSimulator], None] | None = None
    answers_within: float = 5
    vanished: int = 0
    kept: int = 3
    renewed: int = 0
    minutes: int = 1
    mails: int = 3
    hand: Callable[[World], None] | None = None
    distrusts: bool = False
    away_for: timedelta = timedelta()


def answered(status: int, code: str, operation: Operation, times: int = 1, **headers: str) -> Fault:
    """Answer a request with a refusal, and do nothing of what was asked."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault("status", operation, times=times, status=status, code=code, headers=named)


def busy(retry_after: str | None, operation: Operation, times: int = 1, status: int = 429) -> Case:
    headers = {} if retry_after is None else {"Retry_After": retry_after}
    return Case((answered(status, "ApplicationThrottled", operation, times, **headers),))


def set_up(**values: object) -> Callable[[GraphSimulator], None]:
    def change(simulator: GraphSimulator) -> None:
        for name, value in values.items():
            setattr(simulator.exchange, name, value)

    return change


def refusing(times: int, error: str, number: str) -> Callable[[GraphSimulator], None]:
    def change(simulator: GraphSimulator) -> None:
        simulator.sign_in.refusals = [(error, f"{number}: no. Trace ID: 0")] * times

    return change


CASES: dict[str, Case] = {
    "429, Retry-After 120": busy("120", "list"),
    "429, Retry-After a date": busy("Mon, 23 Nov 2026 09:02:00 GMT", "list"),
    "429, Retry-After a date long past": busy("Mon, 23 Nov 2020 09:02:00 GMT", "list"),
    "429 without Retry-After": busy(None, "list"),
    "429, Retry-After 0": busy("0", "list"),
    "429, Retry-After 1000000000": busy("1000000000", "list"),
    "429, Retry-After nonsense": busy("soon", "list"),
    "429 while it sends": busy("120", "send", 2),
    "503, 50 times, and then it works": busy("1", "find", 50, status=503),
    "502, 50 times while it sends": Case((answered(502, "BadGateway", "send", 50),)),
    "504 for a while": Case((answered(504, "GatewayTimeout", "list", 5),)),
    "500 after a mail has left": Case((Fault("status_after", "send", status=500),)),
    "429 after a mail has left": Case((Fault("status_after", "send", status=429),)),
    "no answer after a mail has left": Case((Fault("hang_after", "send"),), answers_within=0.4),
    "line cut after a mail has left": Case((Fault("drop_after", "send"),)),
    "line cut before a mail has left": Case((Fault("drop_before", "send"),)),
    "a proxy's page where a mail is sent": Case((Fault("page", "send"),)),
    "it has left, and Sent keeps nothing": Case((Fault("drop_after", "send"),), 1, before=set_up(keeps_sent=False)),
    "it looks like a draft for a while": Case((Fault("drop_after", "send"),), before=set_up(shows_sent_after=3)),
    "the server gives its own Message-ID": Case(
        (Fault("drop_after", "send"), Fault("drop_after", "create")), before=set_up(gives_own_message_ids=True)
    ),
    "line cut after a draft was made": Case((Fault("drop_after", "create"),)),
    "line cut before a draft was marked": Case((Fault("drop_before", "patch"),)),
    "a draft is asked for again and again": Case((Fault("drop_after", "create", times=4),)),
    "recipient refused": Case((answered(400, "ErrorInvalidRecipients", "send"),), failed=1),
    "mailbox full while it sends": Case((answered(403, "ErrorQuotaExceeded", "create", 6),)),
    "mailbox full when it is sent": Case((answered(507, "", "send", 6),)),
    "permission to send taken away": Case((answered(403, "ErrorAccessDenied", "send", 6),)),
    "permission to read taken away": Case((answered(403, "ErrorAccessDenied", "list", 6),)),
    "mailbox not there for a while": Case((answered(404, "ErrorInvalidUser", "list", 6),)),
    "token worth nothing in the middle": Case((Fault("revoke", at=6), Fault("revoke", at=9))),
    "token refused: invalid_grant": Case(before=refusing(5, "invalid_grant", "AADSTS50173")),
    "token refused: secret expired": Case(before=refusing(5, "invalid_client", "AADSTS7000222")),
    "line cut at the sign-in": Case((Fault("drop_before", "token", times=4),)),
    "a proxy's page at the sign-in": Case((Fault("page", "token", times=2),)),
    "mail cut short": Case((Fault("truncate", "value", times=2),)),
    "line cut while a mail comes": Case((Fault("drop_before", "value", times=2),)),
    "a proxy's page instead of a mail": Case((Fault("page", "value", times=2),)),
    "a proxy's page instead of the list": Case((Fault("page", "list", times=2),)),
    "the list is cut short": Case((Fault("truncate", "list", times=2),)),
    "everything listed twice": Case((Fault("twice", "list", times=3),)),
    "an empty page in the list": Case((Fault("empty_page", "list"),)),
    "line cut after a move": Case((Fault("drop_after", "move", times=2),)),
    "line cut before a move": Case((Fault("drop_before", "move", times=2),)),
    "folder cannot be made": Case((answered(503, "ServiceUnavailable", "make_folder", 2),)),
    "folder made, and the line cut": Case((Fault("drop_after", "make_folder"),)),
    "mail cut short five times and more": Case((Fault("truncate", "value", times=18),)),
    "a person deletes all": Case(hand=lambda world: world.remove_all(), vanished=3, kept=0),
    "a person drags all aside": Case(hand=lambda world: world.drag_all(within_inbox=False)),
    "a person drags all into a folder of the inbox": Case(hand=lambda world: world.drag_all(within_inbox=True)),
    "410 in a folder of many mails": Case(
        (answered(410, "SyncStateNotFound", "delta", 3),), mails=PAGE + 10, minutes=5
    ),
    "three days away": Case(away_for=timedelta(days=3), minutes=60, renewed=3),
    "its certificate is another's": Case(distrusts=True),
    **{
        f"{kind.replace('_', ' ')} at {operation.replace('_', ' ')}": Case((Fault(kind, operation, status=500),))
        for kind in KINDS
        for operation in OPERATIONS
    },
}
_THROTTLED = [name for name in CASES if name.startswith("429, ") or name == "429 without Retry-After"]
ROW_OF = rows_of(
    {
        THROTTLED: [*_THROTTLED, "429 while it sends"],
        BUSY: ["503, 50 times, and then it works", "502, 50 times while it sends", "504 for a while"],
        UNANSWERED: [
            "500 after a mail has left",
            "429 after a mail has left",
            "no answer after a mail has left",
            "line cut after a mail has left",
            "line cut before a mail has left",
            "it has left, and Sent keeps nothing",
            "it looks like a draft for a while",
            "the server gives its own Message-ID",
            "line cut after a draft was made",
            "line cut before a draft was marked",
            "a draft is asked for again and again",
        ],
        CUT: [
            "mail cut short",
            "mail cut short five times and more",
            "line cut while a mail comes",
            "the list is cut short",
        ],
        LOGIN: [
            "token worth nothing in the middle",
            "token refused: invalid_grant",
            "token refused: secret expired",
            "line cut at the sign-in",
        ],
        TWICE: ["everything listed twice", "an empty page in the list"],
        HANDS: [name for name in CASES if name.startswith("a person ")],
        GONE: [
            "permission to send taken away",
            "permission to read taken away",
            "mailbox not there for a while",
            "folder cannot be made",
            "folder made, and the line cut",
        ],
        FORGOTTEN: ["410 in a folder of many mails"],
        FULL: ["mailbox full while it sends", "mailbox full when it is sent"],
        REFUSED: ["recipient refused"],
        DAYS: ["three days away"],
        UNTRUSTED: [
            "its certificate is another's",
            "a proxy's page where a mail is sent",
            "a proxy's page at the sign-in",
            "a proxy's page instead of a mail",
            "a proxy's page instead of the list",
        ],
    },
    CASES,
)
QUICK = {
    "a person deletes all",
    "its certificate is another's",
    "429, Retry-After 120",
    "429 while it sends",
    "500 after a mail has left",
    "line cut after a mail has left",
    "it has left, and Sent keeps nothing",
    "line cut before a draft was marked",
    "recipient refused",
    "permission to send taken away",
    "token worth nothing in the middle",
    "token refused: invalid_grant",
    "mail cut short",
    "everything listed twice",
    "an empty page in the list",
    "line cut after a move",
}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_fault_model_is_tried(row: str) -> None:
    assert row in ROW_OF.values() or ("graph", row) in NONE


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES]
)
def test_after_every_fault_nothing_is_lost_and_nothing_doubled(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    case, clock = CASES[name], Following()
    with simulated(tmp_path, MAILBOX, clock.now) as simulator:
        mailbox = GraphMailbox(access_to(simulator, answers_within=case.answers_within), clock.now)
        world = GraphWorld(simulator.exchange)
        run = Run(tmp_path, mailbox, world, case.mails, min(case.kept, case.mails))
        clock.follows = run.clock
        back_at = NOW + case.away_for
        planned = ordered(*case.faults)
        simulator.plan = lambda *call: Fault("drop_before") if run.clock.now() < back_at else planned(*call)
        if case.before:
            case.before(simulator)
        if case.hand is not None:
            run.open(HandsIn(mailbox, partial(case.hand, world)))
        if case.distrusts:
            stranger = make_authority(tmp_path).ca_file
            run.open(GraphMailbox(replace(access_to(simulator), ca_file=str(stranger)), clock.now))
            run.rounds(3)
            run.open(mailbox)
        tally = run.until_settled(case.minutes)
        run.close()
    record_property("fault", ("graph", HEADING, name, tally.row, ROW_OF[name], tally.counts))
    assert (tally.lost, tally.doubled, tally.left_in_inbox) == (0, 0, 0), tally
    assert (tally.unknown, tally.failed, tally.vanished) == (case.unknown, case.failed, case.vanished), tally
    assert (tally.sent, tally.renewed) == (case.mails - case.unknown - case.failed - case.renewed, case.renewed)
    assert tally.told == case.unknown + case.failed
    assert simulator.watch.too_early == 0
    assert (
        simulator.watch.most_at_once <= MOST_CALLS_AT_ONCE
    )  # we ask one thing at a time; one that hangs may be served still
    assert simulator.watch.without_prefer == 0
    assert simulator.watch.unknown == []
    assert [fault for fault in case.faults if fault not in simulator.watch.struck] == []  # each has happened


class LongRun(Run):
    """A run of many mails: what is settled is not counted anew each round."""

    def until_settled(self, minutes: int = 1) -> Tally:
        while self.world.lying_in("inbox") or self._unsettled():
            self._round()
            self.clock.pass_by(minutes=minutes)
            assert self.clock.at - NOW < timedelta(days=1), "it never ends"
        return self.tally()

    def _unsettled(self) -> int:
        counted = select(func.count()).select_from(outbox).where(outbox.c.status.not_in(SETTLED))
        with self.store.engine.connect() as connection:
            return int(connection.execute(counted).scalar_one())


class Following:
    """A clock that follows another, as soon as there is one."""

    def __init__(self) -> None:
        self.follows = TurnedClock(NOW)

    def now(self) -> datetime:
        return self.follows.now()


@pytest.mark.parametrize(
    ("mails", "seed", "share"), [(40, 7, 0.05), pytest.param(10_000, 11, 0.005, marks=pytest.mark.slow)]
)
def test_through_faults_by_chance_every_mail_is_kept_once_and_every_effect_leaves_once(
    mails: int, seed: int, share: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Following()
    with simulated(tmp_path, MAILBOX, clock.now) as simulator:
        run = LongRun(tmp_path, GraphMailbox(access_to(simulator), clock.now), GraphWorld(simulator.exchange), mails)
        clock.follows = run.clock
        simulator.plan = by_chance(seed, share)
        tally = run.until_settled()
        run.close()
    watch = simulator.watch
    with capsys.disabled():
        told = f"seed {seed}, {watch.total} requests, {watch.most_at_once} at once, {watch.too_early} too early"
        sys.stdout.write(f"\n  graph by chance: {told}\n  {HEADING}\n  {tally.row}\n")
    assert (tally.lost, tally.doubled, tally.left_in_inbox, tally.kept_twice) == (0, 0, 0, 0)
    assert (tally.kept, tally.sent, tally.failed, tally.unknown) == (mails, mails, 0, 0)
    assert watch.too_early == 0
    assert watch.most_at_once <= MOST_CALLS_AT_ONCE
