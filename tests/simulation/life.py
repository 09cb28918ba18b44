"""One life of one partnership: the production code in a world that a plan decides, checked at every step."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from random import Random
from typing import TYPE_CHECKING

from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config import Home
from cspr_bot.pipeline.ports import OutgoingMail, PermanentFailure, TemporaryFailure
from tests.simulation.checks import Checks, Ledger, promise
from tests.simulation.disk import DISK_FAILS
from tests.simulation.doings import Doings
from tests.simulation.ground import START, Files, Ground
from tests.simulation.mailbox import READING, MailServer, SimulatedMailbox
from tests.simulation.office import Channel, SimulatedOffice, daemon_of
from tests.simulation.people import Post, reactions
from tests.simulation.plan import Plan
from tests.simulation.weather import DiedError, Order, Weather, failed

if TYPE_CHECKING:
    from collections.abc import Callable

A_MINUTE = timedelta(minutes=1)
RUNGS_AFTER = timedelta(hours=8)  # to look at every ladder of every case after each round would be half the work
PATIENCE = (1, 1, 1, 2, 3, 4, 10, 15, 30, 60)  # minutes between rounds that fail; a daemon tries each minute
LAST_HOURS = (1, 1, 3, 10, 15, 31, 61, 61, 121, 60 * 24)  # minutes, once all troubles are over


@dataclass
class World:
    """All that outlives a process: the time, the mail server, what is on its way, and what is known for certain."""

    server: MailServer
    now: datetime = START
    skew: timedelta = timedelta()
    ledger: Ledger = field(default_factory=Ledger)
    on_its_way: list[tuple[datetime, int, Post]] = field(default_factory=list)
    posted: int = 0
    files: Files = field(default_factory=Files)


class Machine:
    """The clock of the machine: it may go wrong."""

    def __init__(self, life: "Life") -> None:
        self._life = life

    def now(self) -> datetime:
        """Give what the machine takes for the present."""
        world = self._life.world
        return (world.now + world.skew).astimezone(UTC).replace(microsecond=0)


class Life:
    """One partnership's world, and the processes in it.

    `office` is the daemon's process, None while it is dead; `desk` is that of the person at the command line, and of a
    second worker.
    """

    def __init__(self, plan: Plan, ground: Ground, world: World, database: bytes) -> None:
        self.plan = plan
        self.began = world.now
        self.is_told_by_mail_alone = any(item.what == "restores" for item in plan.happenings)
        self.ground = ground
        self.world = world
        self.counted: Counter[str] = Counter()
        self.nobody_answers = False
        self.weather = Weather(self._act, lambda: self.world.now)
        self.machine = Machine(self)
        self.channel = Channel()
        self.chance = Random(f"life {plan.seed}")  # noqa: S311 - to be repeated is what is wanted
        self.folder = ground.folder / "life"
        self.office: SimulatedOffice | None = None
        self._desk: SimulatedOffice | None = None
        self._cycle: Callable[[], bool] | None = None
        self._failures = 0
        self.off_until: datetime | None = None
        self._poll_at = world.now
        self._starts = 0
        self._looked_at = world.now
        self.doings = Doings(self)
        (self.folder / "var").mkdir(parents=True, exist_ok=True)
        self.put_database(database)
        self.desk()  # whose keys the checks go by

    # -----------------------------------------------------------------------------------------------------------------
    # Time

    def live(self) -> None:
        """Live the plan, and come to rest."""
        for item in self.plan.happenings:
            self.until(self.began + item.after)
            self.counted[item.what] += 1
            self.doings.do(item)
        self.until(self.began + self.plan.length)
        self._come_to_rest()
        self.counted["troubles"] = self.weather.fired

    def until(self, at: datetime) -> None:
        """Let time pass: mail comes, and the daemon works whenever it would."""
        world = self.world
        while True:
            coming = world.on_its_way[0][0] if world.on_its_way else at + A_MINUTE
            wake = min(coming, max(self._poll_at, self.off_until or self._poll_at))
            if wake > at:
                break
            world.now = max(world.now, wake)
            self._deliver()
            if self._poll_at <= world.now:
                self.work()
        world.now = max(world.now, at)

    def post(self, post: Post, delay: timedelta = timedelta()) -> None:
        """Put a mail on its way to us."""
        self.world.posted += 1
        heapq.heappush(self.world.on_its_way, (self.world.now + delay, self.world.posted, post))

    def soon(self) -> None:
        """Let the daemon look within a minute."""
        self._poll_at = min(self._poll_at, self.world.now + timedelta(seconds=self.chance.randrange(60)))

    def _deliver(self) -> None:
        world = self.world
        while world.on_its_way and world.on_its_way[0][0] <= world.now:
            at, number, post = heapq.heappop(world.on_its_way)
            name = f"mail-{number}"
            world.server.deliver(name, post.raw, at, is_junk=post.is_junk)
            world.ledger.posted[name] = post
            self.counted["mails in"] += 1
            self.soon()

    # -----------------------------------------------------------------------------------------------------------------
    # The daemon

    def work(self) -> None:
        """Let the daemon do a round, if it can, and check what must hold then."""
        if self.off_until is not None and self.off_until > self.world.now:
            return
        is_good, fired = False, self.weather.fired
        self.weather.failed_calls.clear()
        try:
            is_good = self._round()
        except DiedError:
            self.counted["deaths"] += 1
            self.dies()
        except (NotReadyError, TemporaryFailure, PermanentFailure):  # it cannot even start
            self.dies()
        with self.weather.calm():
            self.checks.after_step()
            self._plan_next_round(is_good=is_good)
            if is_good and self.weather.fired == fired and self.weather.is_fair(self.world.now):
                self._check_good_round()
            elif 0 < self.weather.fired - fired == len(self.weather.failed_calls) and self._only_reading_failed():
                self.checks.after_unread_round(self.machine.now())

    def _round(self) -> bool:
        self.counted["rounds"] += 1
        if self._cycle is None:
            self.office = self._new_office()
            self._cycle = daemon_of(self.office, self.machine, self.channel)
        return self._cycle()

    def _plan_next_round(self, *, is_good: bool) -> None:
        now = self.world.now
        self._failures = 0 if is_good else self._failures + 1
        wait = timedelta(minutes=PATIENCE[min(self._failures, len(PATIENCE)) - 1])
        self._poll_at = now + wait
        if is_good and not self.checks.is_sending():
            asked = self.checks.next_wake()
            morning = self._next_morning(now)
            self._poll_at = min(
                morning, max(now + timedelta(seconds=20), asked - self.world.skew) if asked else morning
            )

    def _next_morning(self, now: datetime) -> datetime:
        calendar = self.home.calendar
        day = calendar.day_of(now)
        at = calendar.remind_at(day)
        return at if at > now else calendar.remind_at(day + timedelta(days=1))

    def _only_reading_failed(self) -> bool:
        """Say whether all that went wrong was that mail could not be read: what is due goes out all the same."""
        return self.weather.failed_calls <= READING and self.weather.lasts_nothing(self.world.now)

    def _check_good_round(self) -> None:
        """Check that nothing due waits, and that a second round at the same instant adds nothing."""
        self.checks.after_good_round(self.machine.now())
        if self.office is None:
            return
        if self.world.now >= self._looked_at + RUNGS_AFTER:
            self._looked_at = self.world.now
            self.checks.each_rung_was_sent(self.office.store, self.home, self.machine.now())
        before = (sum(self.world.ledger.effects.values()), self.world.ledger.audited)
        done = self.office.run_once()
        self.checks.after_step()
        after = (sum(self.world.ledger.effects.values()), self.world.ledger.audited)
        promise(done.was_quiet and after == before, "a second round adds something", done)

    def dies(self) -> None:
        """End the daemon's process, whatever it was doing; it is started again within the minute."""
        if self.office is not None:
            self.office.abandon()
        self.office = self._cycle = None
        self._poll_at = self.world.now + timedelta(seconds=30)

    def _new_office(self) -> SimulatedOffice:
        self._starts += 1
        mailbox = SimulatedMailbox(self.world.server, self.weather, self.machine.now, self._departs, self._files)
        seed = f"{self.plan.seed} {self._starts}"
        with self.weather.calm():
            return SimulatedOffice(self.ground, self.world.files, self.machine, mailbox, self.weather, seed=seed)

    def _files(self, server_id: str, folder: str) -> None:
        self.checks.files(server_id, folder)

    def _departs(self, mail: OutgoingMail) -> None:
        self.counted["mails out"] += 1
        world = self.world
        self.checks.departs(mail, self.home, self.machine.now())
        if self.nobody_answers:
            return
        chance = Random(f"{self.plan.seed} {mail.recipient} {len(world.server.departed)}")  # noqa: S311
        for delay, post in reactions(mail, world.now, chance):
            self.post(post, delay)

    # -----------------------------------------------------------------------------------------------------------------
    # The second process

    def desk(self) -> SimulatedOffice:
        """Give the process of the person at the command line; it has the files as they stand."""
        if self._desk is None or self._desk.files != self.world.files:
            if self._desk is not None:
                self._desk.abandon()
            self._desk = self._new_office()
            self.checks = Checks(self.folder / "var" / "cspr-bot.db", self._desk.store, self.world.ledger)
        return self._desk

    def leaves_desk(self) -> None:
        """End the process at the command line, whatever it was doing."""
        if self._desk is not None:
            self._desk.abandon()
        self._desk = None

    def effect_of(self, outbox_id: int) -> str:
        """Give the effect of a mail of ours."""
        raw = self.desk().store.reports.outgoing(outbox_id) or b""
        return str(message_from_bytes(raw)["X-CSPR-Effect"])

    @property
    def home(self) -> Home:
        """The administrator's files as the daemon has read them."""
        return (self.office or self.desk()).home

    # -----------------------------------------------------------------------------------------------------------------
    # The database

    def put_database(self, content: bytes) -> None:
        """Put a database in its place; whoever has the old one open is ended first."""
        for process in (self.office, self._desk):
            if process is not None:
                process.abandon()
        self.office = self._cycle = self._desk = None
        for path in (self.folder / "var").glob("cspr-bot.db*"):
            path.unlink()
        (self.folder / "var" / "cspr-bot.db").write_bytes(content)

    def take_database(self) -> bytes:
        """End every process and give the database as it is."""
        for process in (self.office, self._desk):
            if process is not None:
                process.abandon()
        self.checks.close()
        self.office = self._cycle = self._desk = None
        return (self.folder / "var" / "cspr-bot.db").read_bytes()

    # -----------------------------------------------------------------------------------------------------------------
    # Troubles

    def _act(self, order: Order) -> None:
        match order.act:
            case "dies":
                raise DiedError
            case "disk":
                raise failed(DISK_FAILS[order.salt % len(DISK_FAILS)])
            case "slow":
                self.world.now += timedelta(minutes=order.salt % 40)
            case "second":
                with self.weather.calm():
                    self.doings.second_worker(order.salt)
            case unknown:
                raise AssertionError(unknown)

    def _come_to_rest(self) -> None:
        """Let all troubles be over and nobody write any more; then check that everything is accounted for."""
        world = self.world
        self.weather.clears()
        world.on_its_way.clear()
        world.skew, self.off_until = max(world.skew, timedelta()), None
        world.files = Files(world.files.moved)
        self.dies()
        for minutes in LAST_HOURS:
            world.now += timedelta(minutes=minutes)
            self._poll_at = world.now
            self.work()
            if minutes > 3 and not self.checks.is_busy():
                break
        lying = dict.fromkeys(world.server.inbox, "inbox")
        lying |= {name: place for place, names in world.server.folders.items() for name in names}
        self.checks.at_end(self.desk().store, lying)
