"""The process is killed while it works, at any moment; the next run ends where one clean run would have ended."""

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from cspr_bot.bootstrap.office import Office
from cspr_bot.confinement.reader import ConfinedReader
from cspr_bot.demonstration.post import new_mail, newsletter
from cspr_bot.pipeline.dispatch import Dispatch
from cspr_bot.pipeline.intake import Intake
from cspr_bot.pipeline.progression import Progression
from cspr_bot.pipeline.registration import Registry
from tests.scenarios.conftest import copied
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import (
    CHAIR,
    COMPLETE,
    COORDINATOR,
    MAILBOX,
    POLICE,
    STRANGER,
    TEACHER,
    WITH_GAPS,
    another_child,
    word_file,
)
from tests.scenarios.sweeping import swept

NOW = "2026-12-18T11:00"  # the day on which the Sub-Group's decision is due, with reminders to be sent as well
SEED = 20261218
AT_A_TIME = 2

Ending = dict[str, Counter[tuple[object, ...]]]


@dataclass(frozen=True)
class Busy:
    """A home before a busy run, what one clean run makes of it, and how many seconds that takes."""

    folder: Path
    ending: Ending
    seconds: float


@pytest.fixture(scope="module")
def busy(made_home: Path, reader: ConfinedReader, tmp_path_factory: pytest.TempPathFactory) -> Busy:
    """A case that runs, eleven mails of all kinds in the mailbox, and reminders that have come due."""
    folder = copied(made_home, tmp_path_factory.mktemp("busy") / "home")
    home = Partnership(folder, reader)
    home.sleep_until("2026-12-15 10:12")
    home.refer(COMPLETE)
    for raw in a_busy_morning(home):
        home.put_in_mailbox(raw)
    home.close()
    clean = copied(folder, folder.with_name("clean"))
    seconds = min(timed(clean), timed(copied(folder, folder.with_name("again"))))
    return Busy(folder, ending_of(clean), seconds)


def a_busy_morning(home: Partnership) -> Iterator[bytes]:
    """Write the mails: answers, referrals, copies of both, noise, a forgery, a question."""

    def mail(at: str, sender: str, form_of: int = -1) -> bytes:
        files = [word_file(form) for form in (WITH_GAPS, COMPLETE, another_child(COMPLETE))[form_of:][:1]]
        return new_mail(sender, MAILBOX, "Referral", LETTER, home.local(at), *(files if form_of >= 0 else ()))

    received = home.an_answer(POLICE, "N2", "RECEIVED")
    decided = home.an_answer(CHAIR, "N8", "RAPID REVIEW: YES police, health")
    yield from (received, decided, home.an_answer(COORDINATOR, "N3", "I shall look at it on Monday."))
    referral = mail("2026-12-16 09:20", WITH_GAPS.referrer.email, 0)
    yield from (referral, referral, mail("2026-12-16 09:40", COMPLETE.referrer.email, 1))
    yield newsletter(MAILBOX, home.local("2026-12-16 10:00"))
    forged = mail("2026-12-16 11:00", COMPLETE.referrer.email, 2).replace(b"dmarc=pass", b"dmarc=fail")
    yield from (forged, mail("2026-12-16 12:00", TEACHER), mail("2026-12-16 13:00", STRANGER, 2), decided)


def run(folder: Path, seconds: float | None = None) -> bool:
    """Run every station of a home; with `seconds`, kill the process then. Say whether it was killed."""
    process = subprocess.Popen(  # noqa: S603 - the command is the program's own
        (sys.executable, "-m", "cspr_bot", "--home", str(folder), "--now", NOW, "run", "--once"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    assert process.returncode == 0, errors.decode()
    return False


def timed(folder: Path) -> float:
    start = time.monotonic()
    run(folder)
    return time.monotonic() - start


def ending_of(folder: Path) -> Ending:
    """Give all that counts in a home: cases and tasks, history, inbox, outbox, and the mails in each folder.

    References, codes and Message-IDs are chance, so cases go by the order in which they were opened.
    """
    office = Office(folder)
    try:
        assert office.store.installation.verify_audit() is None
        reports = office.store.reports
        rows = sorted(reports.case_rows(), key=lambda row: (row.opened_at, row.is_provisional))
        names = {
            row.reference: row.reference if row.is_provisional else f"case {place}" for place, row in enumerate(rows)
        }
        ending: Ending = {
            name: Counter() for name in ("cases", "tasks", "history", "inbox", "outbox", "folders", "sent")
        }
        for row in rows:
            report = reports.case_report(row.reference)
            assert report is not None
            name = names[row.reference]
            ending["cases"][name, repr(row.stages), row.flags, row.next_moment, report.trouble] += 1
            ending["tasks"].update((name, repr(task)) for task in report.case.tasks)
            ending["history"].update((name, repr(replace(event, by=""))) for event in report.events)
            ending["outbox"].update(
                (name, mail.notice, mail.task, mail.role, mail.to, mail.rung, mail.level, mail.status, mail.sent_at)
                for mail in report.mails
            )
        for mail in reports.inbox_rows():
            reasons = tuple(names.get(reason, reason) for reason in mail.reasons)
            ending["inbox"][mail.id, mail.sha256, mail.kind, mail.status, names.get(mail.case or ""), reasons] += 1
        mailbox = folder / "var/mailbox"
        for name in ("", ".Processed", ".Held"):
            ending["folders"][name, sum(1 for _ in (mailbox / name).glob("[nc]*/*"))] += 1
        for file in (mailbox / ".Sent").glob("[nc]*/*"):
            sent = message_from_bytes(file.read_bytes(), policy=policy.default)
            case = names[str(sent["X-CSPR-Case"])]
            subject = str(sent["Subject"]).replace(str(sent["X-CSPR-Case"]), case)
            ending["sent"][case, str(sent["X-CSPR-Notice"]), str(sent["To"]), subject] += 1
        return ending
    finally:
        office.store.close()


def lost_and_doubled(ending: Ending, clean: Ending) -> tuple[int, int]:
    """Count the mails in Sent that one clean run sends and this did not, and those that it sent beyond."""
    return (clean["sent"] - ending["sent"]).total(), (ending["sent"] - clean["sent"]).total()


def differences(ending: Ending, clean: Ending) -> list[object]:
    """List everything in which two endings differ."""
    return [
        (name, *difference)
        for name in clean
        for difference in (
            *(("lacks", *item) for item in clean[name] - ending[name]),
            *(("has", *item) for item in ending[name] - clean[name]),
        )
    ]


def test_a_second_run_after_a_clean_one_changes_nothing(busy: Busy, tmp_path: Path) -> None:
    folder = copied(busy.folder.with_name("clean"), tmp_path / "home")
    run(folder)
    assert differences(ending_of(folder), busy.ending) == []
    office = Office(folder)
    found = swept(office)
    office.store.close()
    assert found == []


def test_the_busy_morning_is_busy(busy: Busy) -> None:
    """What is killed below does a good part of everything that there is to do."""
    assert busy.ending["sent"].total() >= 50
    assert len([case for case, *_ in busy.ending["cases"] if case != "digest"]) == 5
    assert {entry[3] for entry in busy.ending["inbox"]} == {"filed", "held", "ignored"}
    assert busy.ending["folders"]["", 0] == 1


@pytest.mark.parametrize(
    ("kills", "seed"), [(8, SEED), pytest.param(32, SEED + 1, marks=pytest.mark.slow)], ids=["8 kills", "32 kills"]
)
def test_killed_at_any_moment_and_run_again_it_ends_as_one_clean_run(
    busy: Busy, tmp_path: Path, kills: int, seed: int, report: Callable[[str], None]
) -> None:
    """SIGKILL at random moments spread over the run's real duration; every third home is killed once more."""
    chance = random.Random(seed)  # noqa: S311 - a seeded moment is what is wanted
    moments = [
        (busy.seconds * (place + chance.random()) / kills, busy.seconds * chance.random() if place % 3 == 2 else None)
        for place in range(kills)
    ]

    def tried(place: int) -> tuple[int, list[object], tuple[int, int]]:
        first, second = moments[place]
        folder = killed_home(busy.folder, tmp_path / f"home-{place}", first)
        killed = 1 + (second is not None and run(folder, second))
        run(folder)
        ending = ending_of(folder)
        shutil.rmtree(folder)
        return killed, differences(ending, busy.ending), lost_and_doubled(ending, busy.ending)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        results = list(pool.map(tried, range(kills)))
    killed = sum(count for count, _, _ in results)
    lost, doubled = (sum(found[place] for _, _, found in results) for place in (0, 1))
    mails = busy.ending["sent"].total()
    report(f"{killed} kills in {kills} homes of {mails} mails: {lost} lost, {doubled} doubled")
    assert [found for _, found, _ in results if found] == []
    assert killed >= kills


def killed_home(original: Path, folder: Path, seconds: float) -> Path:
    """Give a home whose first run was killed after so many seconds.

    How long a run takes hangs on what else the machine does. One that was done before its moment came shows nothing:
    a fresh home is tried, and killed sooner.
    """
    while not run(copied(original, folder), seconds):
        shutil.rmtree(folder)
        seconds *= 0.8
    return folder


# ---------------------------------------------------------------------------------------------------------------------
# The same within one process, where the moment can be chosen: before or after each call of a port


class CutError(BaseException):
    """The power is gone: nothing may catch this."""


class Cut:
    """Stands in front of the ports and cuts the power at the n-th call, before it or after its effect."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.calls = 0

    def before(self, port: object) -> Any:  # noqa: ANN401 - it stands for whatever is behind it
        """Put a port behind it."""
        return _Port(port, self)

    def passed(self) -> None:
        """Count a moment at which the power may go: two to a call."""
        self.calls += 1
        if self.calls == self.at:
            raise CutError


class _Port:
    def __init__(self, port: object, cut: Cut) -> None:
        self._port = port
        self._cut = cut

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - likewise
        method = getattr(self._port, name)

        def called(*arguments: object, **named: object) -> object:
            self._cut.passed()
            answer = method(*arguments, **named)
            self._cut.passed()
            return answer

        return called


def run_with_cut(folder: Path, reader: ConfinedReader, cut: Cut) -> bool:
    """Run every station until the power goes; say whether it went."""
    office = Office(folder)
    office.reader = reader
    store, mailbox = office.store, cut.before(office.mailbox)
    try:
        office.turn(office.local(Partnership.read_moment(NOW)))
        office.intake = Intake(mailbox, cut.before(store.intake), office.clock)
        known = cut.before(store.registration)
        office.registry = Registry(known, reader, replace(office.registry.judge, known=known), office.clock)
        office.progression = Progression(
            cut.before(store.progression), cut.before(office.writer), office.chance, office.clock, office.rules
        )
        sending = office.dispatch
        office.dispatch = Dispatch(
            mailbox, cut.before(store.dispatch), office.clock, sending.book, sending.calendar, sending.limits
        )
        office.run_once()
    except CutError:
        return True
    finally:
        store.close()
    return False


@pytest.fixture(scope="module")
def calls(busy: Busy, reader: ConfinedReader, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many moments there are in the busy run at which the power can be cut."""
    count = Cut(None)
    run_with_cut(copied(busy.folder, tmp_path_factory.mktemp("counted") / "home"), reader, count)
    return count.calls


@pytest.mark.parametrize("cuts", [8, pytest.param(90, marks=pytest.mark.slow)])
def test_cut_before_or_after_any_call_it_ends_as_one_clean_run(
    busy: Busy, reader: ConfinedReader, tmp_path: Path, cuts: int, calls: int, report: Callable[[str], None]
) -> None:
    places: Sequence[int] = [1 + (place * calls) // cuts for place in range(cuts)]
    lost = doubled = 0
    for at in places:
        folder = copied(busy.folder, tmp_path / f"home-{at}")
        assert run_with_cut(folder, reader, Cut(at))
        assert not run_with_cut(folder, reader, Cut(None))
        ending = ending_of(folder)
        shutil.rmtree(folder)
        assert differences(ending, busy.ending) == [], f"cut at call {at} of {calls}"
        lost, doubled = (a + b for a, b in zip((lost, doubled), lost_and_doubled(ending, busy.ending), strict=True))
    report(f"{cuts} cuts at {calls} moments: {lost} lost, {doubled} doubled")
