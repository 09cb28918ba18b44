"""A home that is killed at a chosen point of its work, in a process of its own, and run again.

The process is a fork of this one, so that nothing has to be loaded anew, and what ends it is SIGKILL: no `finally`
runs, no transaction is rolled back by us, no file is closed.
"""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, event

from cspr_bot.bootstrap.office import Office
from cspr_bot.config import Home
from cspr_bot.demonstration.post import answer, new_mail, newsletter
from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from tests.crash.databases import Databases
from tests.scenarios.people import MAILBOX, POLICE
from tests.simulation.ground import Files, Ground, PlainPainter, file_of, form_of
from tests.simulation.office import DOORS, SECRET, InProcess

BEFORE, NOW = datetime(2026, 12, 15, 10, 12, tzinfo=UTC), datetime(2026, 12, 15, 12, tzinfo=UTC)
LATER = (0, 1, 2, 10, 20, 60)  # minutes after which it is run again, until nothing waits
Cut = Callable[[], object]
Ending = Mapping[str, Counter[tuple[object, ...]]]


def kill() -> None:
    """End this process as the power does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Clock:
    """Stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class Point:
    """The n-th time that a call begins or ends, or a statement or a commit is about to be given to the database.

    `name` is that of the call, or stands in the statement; without one every call counts. `then` is what happens.
    """

    when: str
    name: str = ""
    number: int = 1
    then: Cut = kill
    seen: int = 0

    def passes(self, when: str, name: str) -> None:
        """Let a moment pass."""
        is_meant = when == self.when or (self.when == "any" and when in {"before", "after"})
        if is_meant and self.name in name:
            self.seen += 1
            if self.seen == self.number:
                self.then()


class Doorway:
    """A port behind a point. `is_ours`: it is no door to the world, and a process may die there but nothing fail."""

    def __init__(self, port: object, point: Point, *, is_ours: bool = False) -> None:
        self._port = port
        self._point = Point("never") if is_ours and point.then is not kill else point

    def __getattr__(self, name: str) -> object:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        point = self._point

        def called(*arguments: object, **named: object) -> object:
            point.passes("before", name)
            given = found(*arguments, **named)
            point.passes("after", name)
            return given

        return called


class Unreadable(FolderMailbox):
    """A mailbox of which Drafts and Sent cannot be read: nobody can tell what has left."""

    def trace(self, mail: object, draft: object) -> Any:  # noqa: ANN401, ARG002
        return "cannot_tell"

    def prepare(self, mail: Any) -> Any:  # noqa: ANN401
        return replace(super().prepare(mail), is_sent=False)


class Bench:
    """Homes with a busy morning before them: a case that runs; an answer, a referral and a circular in the inbox."""

    def __init__(self, folder: Path, ground: Ground, databases: Databases, name: str) -> None:
        self.name = name
        self._folder = folder
        self._ground = ground
        self._databases = databases
        self._count = 0
        self.mailbox: type[FolderMailbox] = FolderMailbox
        self._prepare()
        self.clean = self.ending(self.run_again(self.new_home()))

    # -----------------------------------------------------------------------------------------------------------------

    def new_home(self) -> Path:
        """Give a home as it is before that morning's work."""
        self._count += 1
        folder = self._folder / f"home-{self._count}"
        shutil.copytree(self._folder / "prepared", folder)
        self._databases.copy(folder)
        return folder

    def killed_at(self, point: Point, work: Callable[[Office], object] | None = None) -> Path | None:
        """Give a home that was killed at a point of its work; None where its work never came to that point."""
        folder = self.new_home()
        child = os.fork()
        if child == 0:
            with_status = 1
            try:
                self._work(folder, NOW, point, work)
                with_status = 0
            finally:
                os._exit(with_status)
        return folder if was_killed(child) else None

    def failed_at(self, point: Point) -> Path | None:
        """Give a home one of whose calls failed; None where its work never came to that point."""
        folder = self.new_home()
        with suppress(TemporaryFailure, PermanentFailure):
            self._work(folder, NOW, point, None)
        return folder if point.seen >= point.number else None

    def count_moments(self, then: Cut) -> int:
        """Say how many moments there are at which a call can be cut off so."""
        point = Point("any", number=1 << 30, then=then)
        self._work(self.new_home(), NOW, point, None)
        return point.seen

    def run_again(self, folder: Path) -> Path:
        """Run a home until nothing waits; once more after that changes nothing, as the ending shows."""
        for minutes in LATER:
            self._databases.let_lease_end(folder)
            try:
                self._work(folder, NOW + timedelta(minutes=minutes), Point("never"), None)
            except TemporaryFailure:
                continue
            if not self._waits(folder):
                break
        return folder

    def ending(self, folder: Path) -> Ending:
        """Give all that counts in a home, but the moments at which it happened."""
        office = self.office(folder, NOW, Point("never"))
        try:
            assert office.store.installation.verify_audit() is None
            assert office.store.check_integrity() == ()
            return _ending(office, folder)
        finally:
            office.store.close()

    def office(self, folder: Path, at: datetime, point: Point) -> Office:
        """Open a home, every port behind a point."""
        home = self._home(folder)
        office = Office(folder, home=home, machine=Clock(at))
        _watch(office, point)
        doors: dict[str, Any] = {name: Doorway(getattr(office.store, name), point) for name in DOORS}
        office.store = replace(office.store, **doors)
        mailbox = self.mailbox(folder / "var" / "mailbox", lambda: at)
        office.mailbox = cast("Any", Doorway(mailbox, point))
        office.reader = cast("Any", Doorway(InProcess(self._ground, home.form_rules), point, is_ours=True))
        office.writer = cast("Any", Doorway(self._ground.writer(Files()), point, is_ours=True))
        office.chance = replace(office.chance, secret=SECRET)
        office.morning = replace(office.morning, painter=PlainPainter())
        return office

    # -----------------------------------------------------------------------------------------------------------------

    def _home(self, folder: Path) -> Home:
        home = self._ground.home(Files())
        database = replace(home.settings.database, **self._databases.settings(folder))
        return replace(home, settings=replace(home.settings, database=database))

    def _work(self, folder: Path, at: datetime, point: Point, work: Callable[[Office], object] | None) -> None:
        office = self.office(folder, at, point)
        try:
            (work or Office.run_once)(office)
        finally:
            office.store.engine.dispose()

    def _waits(self, folder: Path) -> bool:
        office = self.office(folder, NOW, Point("never"))
        try:
            return any(row.status in {"waiting", "sending"} for row in office.store.reports.outbox_rows())
        finally:
            office.store.engine.dispose()

    def _prepare(self) -> None:
        folder = self._folder / "prepared"
        (folder / "var").mkdir(parents=True)
        (folder / "var" / "master-key").write_text("00" * 32, encoding="ascii")
        (folder / "var" / "master-key").chmod(0o600)
        self._databases.make(folder)
        mailbox = FolderMailbox(folder / "var" / "mailbox", lambda: BEFORE)
        mailbox.deliver(_referral(0, BEFORE))
        self._work(folder, BEFORE, Point("never"), None)
        office = self.office(folder, BEFORE, Point("never"))
        asked = next(row for row in office.store.reports.outbox_rows() if (row.to, row.notice) == (POLICE, "N2"))
        ours = office.store.reports.outgoing(asked.id) or b""
        office.store.close()
        mailbox = FolderMailbox(folder / "var" / "mailbox", lambda: NOW)
        for raw in (answer(ours, POLICE, "RECEIVED", NOW), _referral(1, NOW), newsletter(MAILBOX, NOW)):
            mailbox.deliver(raw)
        self._databases.keep(folder)


def was_killed(child: int) -> bool:
    """Wait for a process; say whether it was killed, and did not come to its end."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed before it was killed"
    return os.WIFSIGNALED(status)


def failing() -> None:
    """Fail as the world does."""
    raise TemporaryFailure("a fault that was ordered")


def lost_and_doubled(ending: Ending, clean: Ending) -> tuple[int, int]:
    """Count what one clean run has and this has not, and what this has beyond."""
    lost = sum((clean[name] - ending[name]).total() for name in clean)
    return lost, sum((ending[name] - clean[name]).total() for name in clean)


def _watch(office: Office, point: Point) -> None:
    def statement(*given: object) -> None:
        point.passes("statement", str(given[2]))

    def commit(_connection: Connection) -> None:
        point.passes("commit", "")

    event.listen(office.store.engine, "before_cursor_execute", statement)
    event.listen(office.store.engine, "commit", commit)


def _referral(number: int, at: datetime) -> bytes:
    sender = form_of(number).referrer.email
    return new_mail(f"A Colleague <{sender}>", MAILBOX, "Referral", "Please see the form.\n", at, file_of(number))


def _ending(office: Office, folder: Path) -> Ending:
    reports = office.store.reports
    found: dict[str, Counter[tuple[object, ...]]] = {name: Counter() for name in ("cases", "inbox", "outbox", "sent")}
    for row in reports.case_rows():
        report = reports.case_report(row.reference)
        if report is not None:
            tasks = tuple((task.id, task.status, task.due_on, task.rung) for task in report.case.tasks)
            history = tuple((item.name, item.at) for item in report.case.history if item.name != "partners_informed")
            found["cases"][row.reference, repr(row.stages), row.flags, report.trouble, tasks, history] += 1
    for mail in reports.inbox_rows():
        found["inbox"][mail.sha256, mail.kind, mail.status, mail.case, mail.reasons] += 1
    for letter in reports.outbox_rows():
        found["outbox"][letter.case, letter.notice, letter.to, letter.status] += 1
    for name in (".Sent", ".Held", ".Processed", ""):
        for path in (folder / "var" / "mailbox" / name).glob("[nc]*/*"):
            found["sent"][name, path.name.partition(":")[0]] += 1
    return found
