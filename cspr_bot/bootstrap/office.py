"""The composition root: a home is read, its parts are chosen and joined, and what cannot work is said in one line."""

import fcntl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cspr_bot.bootstrap.clock_guard import ClockGuard
from cspr_bot.bootstrap.databases import database_url, schema_of
from cspr_bot.bootstrap.keys import MASTER_KEY, master_key
from cspr_bot.bootstrap.mailboxes import MAILS_PER_MINUTE, open_mailbox
from cspr_bot.bootstrap.procedure_shelf import ProcedureShelf
from cspr_bot.bootstrap.readiness import BrokenFilesError, KeyProblemError, NotReadyError
from cspr_bot.bootstrap.work import Round, Work
from cspr_bot.bootstrap.world import HomeClock, SystemChance, SystemClock
from cspr_bot.config import Home, Problem, read_home
from cspr_bot.pipeline.ports import (
    Clock,
    HoldsLine,
    Mailbox,
    MailWriter,
    TemporaryFailure,
)
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case

if TYPE_CHECKING:
    from cspr_bot.confinement.reader import ConfinedReader
    from cspr_bot.correspondence.contacts import ContactBook
    from cspr_bot.letters.drafts import LetterDrafter
    from cspr_bot.pipeline.dispatch import Dispatch
    from cspr_bot.pipeline.held_alarm import HeldAlarm
    from cspr_bot.pipeline.intake import Intake
    from cspr_bot.pipeline.introductions import Introductions
    from cspr_bot.pipeline.morning import Morning
    from cspr_bot.pipeline.notice_board import NoticeBoard
    from cspr_bot.pipeline.progression import Progression
    from cspr_bot.pipeline.reconciling import Reconciliation
    from cspr_bot.pipeline.registration import Registry
    from cspr_bot.store import Store

STAYS_OPEN = frozenset({"store", "clock", "mailbox"})
WITHOUT_KEY = "until then only `due` works"


class Office:
    """Everything of one home, joined. Parts are made when they are first asked for, the heavy ones late.

    `turn_to` turns the clock by hand: only on the folder mailbox, never backwards. The home remembers it.
    `stepped` may be set to what is to be called after every step of the work.
    `home` is what was read of the folder's files before, where that was; `machine` is the machine's own clock, which
    the home's follows until somebody turns it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        turn_to: datetime | None = None,
        home: Home | None = None,
        machine: Clock | None = None,
    ) -> None:
        self.folder = folder
        self._system = machine or SystemClock()
        self.stepped: Callable[[], object] = _say_nothing
        self.home = home or self._read_home(turn_to)
        if turn_to is not None:
            self._turn_or_close(turn_to)

    def real_now(self) -> datetime:
        """Give what the machine's clock says, whatever the home's was turned to."""
        return self._system.now()

    def turn(self, to: datetime) -> None:
        """Turn the home's clock by hand: never backwards, and only where no real mail can come or go by it."""
        if self.home.settings.mailbox.transport != "folder":
            raise NotReadyError(("--now: the clock can be turned by hand on the folder mailbox only",))
        moment = to.astimezone(UTC)
        floor = self.store.installation.turned_clock() or self.store.reports.last_activity()
        if floor is not None and moment < floor:
            there = self.local(floor).isoformat()
            raise NotReadyError((f"--now: this home's clock stands at {there}, and never goes backwards",))
        self.store.installation.turn_clock(moment)
        self.clock.turn(moment)

    def follow_real_clock(self) -> None:
        """Let the home follow the machine's clock again."""
        self.store.installation.forget_turned_clock(self._system.now())
        self.clock.turn(None)

    def local(self, moment: datetime) -> datetime:
        """Put a moment into the office's own time, which is what one without an offset means."""
        zone = self.home.settings.office.hours.zone
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)

    def make_copy_ready(self, database: Path) -> None:
        """See that a copy of a database is whole and ours, and let it note what it is, before it is put back."""
        store = self._opened(f"sqlite:///{database}", "")
        try:
            if problems := store.check_integrity():
                raise NotReadyError((f"the database in the copy is damaged: {problems[0]}",))
            store.installation.restored(store.installation.turned_clock() or self._system.now())
        finally:
            store.close()

    def fill_server_from(self, database: Path) -> None:
        """Put the rows of a copy in this home's schema, which must be empty."""
        from cspr_bot.store import fill  # noqa: PLC0415

        settings = self.home.settings
        fill(database_url(settings, self.folder), schema_of(settings), database)

    # -----------------------------------------------------------------------------------------------------------------
    # Parts

    @cached_property
    def store(self) -> "Store":
        """The database, opened with the home's key and known to be this home's."""
        settings = self.home.settings
        return self._opened(database_url(settings, self.folder), schema_of(settings))

    @cached_property
    def clock(self) -> HomeClock:
        """The clock of this home."""
        return HomeClock(self.store.installation.turned_clock(), self._system)

    @cached_property
    def clock_guard(self) -> ClockGuard:
        """What sees that the machine's clock does not go back."""
        from cspr_bot.store.lead import boot_seconds  # noqa: PLC0415

        return ClockGuard(self.store.installation, self._system, boot_seconds)

    @cached_property
    def chance(self) -> SystemChance:
        """What nobody can guess."""
        partnership = self.home.book.partnership
        prefix, domain = partnership.short_name[:2].upper(), partnership.mailbox.rpartition("@")[2]
        return SystemChance(prefix, domain, self.store.installation.chance_secret)

    @cached_property
    def rules(self) -> Rules:
        """What the administrator's files say."""
        home = self.home
        folder = home.settings.mailbox.folder
        by_hand = home.settings.mailbox.transport == "folder" and folder.by_hand
        shelf = ProcedureShelf(home, self._kept_procedure)
        return Rules(home.procedure, home.calendar, self.book, home.form_rules, by_hand=by_hand, shelf=shelf)

    def rules_of(self, case: Case) -> Rules:
        """Give the rules by which a case is shown: its own version of the procedure."""
        return self.rules.showing(case.procedure)

    @cached_property
    def mailbox(self) -> Mailbox:
        """The partnership's mailbox."""
        return open_mailbox(self.folder, self.home.settings.mailbox, self._system.now, self.store.installation)

    @cached_property
    def reader(self) -> "ConfinedReader":
        """The bounded child in which mails are parsed and documents read."""
        return confined_reader(self.home.folder)

    @cached_property
    def writer(self) -> MailWriter:
        """What turns letters into mails."""
        from cspr_bot.mail.templates import TemplateWriter  # noqa: PLC0415 - 50 ms, only for who writes

        settings = self.home.settings
        return TemplateWriter(
            self.home.folder / "mail_templates",
            self.home.book.partnership,
            installation=settings.installation,
            marking=settings.marking.text,
            calendar_zone=settings.office.hours.zone,
        )

    @cached_property
    def drafter(self) -> "LetterDrafter":
        """What prepares the letters that people are to sign and send."""
        from cspr_bot.bootstrap.drafting import letter_drafter  # noqa: PLC0415

        return letter_drafter(self.home, self.home.folder / "mail_templates")

    # -----------------------------------------------------------------------------------------------------------------
    # Stations

    @cached_property
    def intake(self) -> "Intake":
        """The first station."""
        from cspr_bot.pipeline.intake import Intake  # noqa: PLC0415

        return Intake(self.mailbox, self.store.intake, self.clock, self._tell_step, self.home.settings.is_live)

    @cached_property
    def registry(self) -> "Registry":
        """The second station."""
        from cspr_bot.bootstrap.list_by_mail import ListByMail  # noqa: PLC0415
        from cspr_bot.pipeline.judging import Judge  # noqa: PLC0415
        from cspr_bot.pipeline.registration import Registry  # noqa: PLC0415

        lists = ListByMail(self.folder, self.writer, self.chance, self.clock, self.rules)
        judge = Judge(self.store.registration, self.chance, self.rules, lists)
        return Registry(self.store.registration, self.reader, judge, self.clock)

    @cached_property
    def progression(self) -> "Progression":
        """The third station."""
        from cspr_bot.pipeline.progression import Progression  # noqa: PLC0415

        for version in self.home.versions:
            self.store.installation.keep_procedure(version.key, version.text, self.clock.now())
        return Progression(
            self.store.progression, self.writer, self.chance, self.clock, self.rules, drafter=self.drafter
        )

    @cached_property
    def dispatch(self) -> "Dispatch":
        """The fourth station."""
        from cspr_bot.bootstrap.leading import SendsWhileLeading  # noqa: PLC0415
        from cspr_bot.pipeline.dispatch import Dispatch, Limits  # noqa: PLC0415

        limits = self.home.settings.limits
        return Dispatch(
            SendsWhileLeading(self.mailbox, self.store.has_time_to_send),
            self.store.dispatch,
            self.clock,
            self.book,
            self.home.calendar,
            Limits(
                limits.automatic_mails_per_hour,
                limits.acknowledgements_per_sender_per_hour,
                MAILS_PER_MINUTE if self.home.settings.is_live else None,
            ),
        )

    @cached_property
    def morning(self) -> "Morning":
        """What writes the co-ordinator's page."""
        from cspr_bot.letters.pictures import TimelinePainter  # noqa: PLC0415
        from cspr_bot.pipeline.morning import Morning  # noqa: PLC0415

        return Morning(
            self.store.digest,
            self.writer,
            TimelinePainter(self.rules),
            self.chance,
            self.clock,
            self.rules,
            is_wanted=self.home.settings.office.digest,
        )

    @cached_property
    def held_alarm(self) -> "HeldAlarm":
        """What tells again of held mails."""
        from cspr_bot.pipeline.held_alarm import HeldAlarm  # noqa: PLC0415

        return HeldAlarm(self.store.held_alarm, self.writer, self.chance, self.clock, self.rules)

    @cached_property
    def reconciliation(self) -> "Reconciliation":
        """What holds the mailbox against the database, by night."""
        from cspr_bot.pipeline.reconciling import Reconciliation  # noqa: PLC0415

        return Reconciliation(self.mailbox, self.store.reconciliation, self.clock, self.rules)

    @cached_property
    def introductions(self) -> "Introductions":
        """What asks the holders of new addresses."""
        from cspr_bot.pipeline.introductions import Introductions  # noqa: PLC0415

        unconfirmed = self.home.unconfirmed
        return Introductions(self.store.asked_addresses, self.writer, self.chance, self.clock, self.rules, unconfirmed)

    @cached_property
    def book(self) -> "ContactBook":
        """The contact list, with what the holders of addresses have said by mail, which no file of ours can tell."""
        return self.home.book.without_waiting_for(self._confirmed)

    @cached_property
    def _confirmed(self) -> frozenset[str]:
        unconfirmed = self.home.unconfirmed
        return self.store.asked_addresses.confirmed(unconfirmed) if unconfirmed else frozenset()

    @cached_property
    def notice_board(self) -> "NoticeBoard":
        """What tells of the program itself."""
        from cspr_bot.pipeline.notice_board import NoticeBoard  # noqa: PLC0415

        return NoticeBoard(self.store.notices, self.writer, self.chance, self.clock, self.rules)

    def take_up(self, home: Home) -> None:
        """Work by other files from now on: whatever follows from them is made anew, and what is open stays open."""
        if "reader" in self.__dict__:
            self.reader.close()
        for name, part in vars(type(self)).items():
            if isinstance(part, cached_property) and name not in STAYS_OPEN:
                self.__dict__.pop(name, None)
        self.home = home

    # -----------------------------------------------------------------------------------------------------------------
    # Work

    def run_once(self) -> Round:
        """Let every station work until nothing is left to do. What a crash interrupted is settled first.

        Where another leads nothing is done, and `TemporaryFailure` raised.
        Where the mailbox fails, what is kept already goes on all the same, and the failure is raised at the end. So
        is a `PermanentFailure` as long as anything could not be worked on: no round is a good one while a case waits.
        """
        if not self.leads():
            raise TemporaryFailure("another cspr-bot leads this installation, on this host or another")
        self._hear_of_addresses()
        if not self.clock.is_turned:
            self.clock_guard.check()
        found = self._look_again()
        return Work(self, self._tell_step).done().plus(Round(taken=found))

    def _hear_of_addresses(self) -> None:
        """Let the list of this round know whose holders have answered since the last."""
        if self.home.unconfirmed and self.store.asked_addresses.confirmed(self.home.unconfirmed) != self._confirmed:
            self.take_up(self.home)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second daemon of the same home out while this one works; raise `TemporaryFailure` where one is in.

        The commands that only write do not need it: a transaction is enough for them.
        """
        path = self.folder / "var" / "run.lock"
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TemporaryFailure("another cspr-bot is running in this home") from error
            yield

    def leads(self) -> bool:
        """Say whether the work is ours. Of several daemons on one server, on as many hosts, one leads."""
        return self.store.take_lead()

    def close(self) -> None:
        """Let go of the mailbox, of the child and of the database, as far as they were ever needed."""
        mailbox = self.__dict__.get("mailbox")
        if isinstance(mailbox, HoldsLine):
            mailbox.close()
        if "reader" in self.__dict__:
            self.reader.close()
        if "store" in self.__dict__:
            self.store.close()

    def _kept_procedure(self, key: str) -> str | None:
        """Give a version that only the database has; that is opened only where one is asked for."""
        return self.store.installation.procedure_text(key)

    def _opened(self, url: str, schema: str) -> "Store":
        from cspr_bot.store import WrongHomeError, WrongKeyError, WrongSchemaError, open_store  # noqa: PLC0415 - 0.2 s

        try:
            store = open_store(url, self._master_key(), now=self._system.now(), schema=schema)
            store.installation.bind(self.home.settings.installation)
        except WrongKeyError as error:
            line = f"secret {MASTER_KEY}: {error}; put back the one that the database was made with ({WITHOUT_KEY})"
            raise KeyProblemError((line,)) from error
        except WrongHomeError as error:
            line = f"config/bot.toml: installation: {error}; write its name there, or name the right home"
            raise NotReadyError((line,)) from error
        except WrongSchemaError as error:
            raise NotReadyError((f"database: {error}",)) from error
        return store

    def _turn_or_close(self, to: datetime) -> None:
        try:
            self.turn(self.local(to))
        except NotReadyError:
            self.close()
            raise

    def take_all_mail(self) -> None:
        """Note that a person wants everything in the inbox dealt with, however old it is."""
        self.store.intake.take_all_mail(self.clock.now(), 0)

    def put_aside_mail(self, before: datetime) -> int:
        """Put what came before a moment into the folder Earlier, unanswered; give how many mails that were."""
        from cspr_bot.bootstrap.first_look import put_aside  # noqa: PLC0415 - once in the life of a home

        moved = put_aside(self.mailbox, self.store.intake, before, self.clock.now())
        self.store.intake.take_all_mail(self.clock.now(), moved)
        return moved

    def moved_back(self) -> None:
        """Note that a person has put what came since a restored copy back into the inbox, where we cannot list it."""
        if self.store.installation.must_look_again():
            self.store.installation.looked_again(self.clock.now(), 0)

    def _look_again(self) -> int:
        """Where the database is a copy that was put back, live through what it missed before anything is sent."""
        if not self.store.installation.must_look_again():
            return 0
        from cspr_bot.bootstrap.looking_back import look_back  # noqa: PLC0415 - hardly ever needed

        now = self.clock.now()
        try:
            found = look_back(self, now)
        finally:
            self.clock.turn(self.store.installation.turned_clock())
        self.store.installation.looked_again(now, found)
        return found

    def _tell_step(self) -> None:
        self.stepped()

    # -----------------------------------------------------------------------------------------------------------------

    def _read_home(self, turn_to: datetime | None) -> Home:
        today = (turn_to or self._system.now()).date()
        home = read_home(self.folder, today=today)
        if isinstance(home, Home):
            return home
        if not (self.folder / "config").is_dir():
            raise NotReadyError((f"{self.folder}: there is no home here; `cspr-bot init {self.folder}` makes one",))
        raise BrokenFilesError(tuple(str(problem) for problem in home if not problem.is_warning))

    def _master_key(self) -> bytes:
        key = master_key(self.folder)
        if isinstance(key, Problem):
            raise KeyProblemError((f"{key} ({WITHOUT_KEY})",))
        return key


def confined_reader(folder: Path, *, guesses: bool = False, sheets: bool = False) -> "ConfinedReader":
    """Give a bounded child that reads by the form rules of a home; it starts with the first mail.

    `guesses`: it also says what may stand on a scan, to a person who looks at one. `sheets`: it reads spreadsheets
    instead of mails.
    """
    from cspr_bot.confinement.reader import ConfinedReader  # noqa: PLC0415 - only who reads mail needs a child

    options = ("--guesses",) if guesses else ("--sheets",) if sheets else ()
    rules = str(folder / "config" / "form.toml")
    return ConfinedReader((sys.executable, "-m", "cspr_bot.bootstrap.reading", rules, *options))


def _say_nothing() -> None:
    """Nobody wants to hear of each step."""
