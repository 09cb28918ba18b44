"""The daemon as systemd sees it: a real process, told to stop by a signal, and heard on a socket of our own."""

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.daemon import run_until_stopped, tell_service_manager

PATIENCE = 30  # seconds, on a machine that is busy with other tests
SAMPLE = Path(__file__).parent / "samples" / "sample-1-word.docx"
SENDER = "rowan.ashdown@council.example"


class ServiceManager:
    """Hears what a service says of itself, as systemd does."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(PATIENCE)
        self.path = path

    def hear(self) -> str:
        """Give the next thing it says."""
        return self._socket.recv(1000).decode()

    def hear_until(self, wanted: str) -> list[str]:
        """Give everything it says up to what is wanted."""
        heard = [self.hear()]
        while heard[-1] != wanted:
            heard.append(self.hear())
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ServiceManager]:
    made = ServiceManager(tmp_path / "notify")
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    make_home(folder)
    bot = folder / "config" / "bot.toml"
    bot.write_text(bot.read_text(encoding="utf-8").replace("poll_seconds = 60", "poll_seconds = 1"), encoding="utf-8")
    return folder


@contextmanager
def running(home: Path, manager: ServiceManager) -> Iterator[subprocess.Popen[bytes]]:
    """Run the daemon; whatever happens, it is gone afterwards."""
    environment = {**os.environ, "NOTIFY_SOCKET": str(manager.path)}
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "cspr_bot", "--home", str(home), "run"],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        bufsize=0,  # nothing may lie in a buffer of ours while the selector waits for more
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stopped(process: subprocess.Popen[bytes]) -> str:
    """Stop it as systemd does, and give what it wrote to its log."""
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE)
    return str(log, "utf-8")


def line_with(process: subprocess.Popen[bytes], words: str) -> str:
    """Wait for a line of the log."""
    assert process.stderr is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stderr, selectors.EVENT_READ)
        while selector.select(PATIENCE):
            line = str(process.stderr.readline(), "utf-8")
            if words in line or not line:
                return line
    return ""


def deliver(home: Path) -> None:
    from email import policy  # noqa: PLC0415
    from email.message import EmailMessage  # noqa: PLC0415

    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = SENDER, "partnership@nsscp.example", "A referral"
    mail.set_content("Please see the form.")
    mail.add_attachment(SAMPLE.read_bytes(), maintype="application", subtype="octet-stream", filename=SAMPLE.name)
    for part in ("tmp", "cur", "new"):
        (home / "var" / "mailbox" / part).mkdir(parents=True, exist_ok=True)
    (home / "var" / "mailbox" / "new" / "1.mail").write_bytes(mail.as_bytes())


def test_it_takes_a_mail_in_says_how_it_is_and_stops_when_it_is_told_to(home: Path, manager: ServiceManager) -> None:
    with running(home, manager) as process:
        assert manager.hear() == "READY=1"
        manager.hear_until("WATCHDOG=1")
        deliver(home)
        line = line_with(process, "taken=1")
        assert "registered=1" in line
        log = line + stopped(process)
        assert manager.hear_until("STOPPING=1")[-1] == "STOPPING=1"
    assert process.returncode == 0
    assert "stopping: SIGTERM" in log
    assert not any(word in log for word in (SENDER, "rowan", "Fairbourne", "A referral"))
    assert list((home / "var" / "mailbox" / ".Sent").glob("*/*"))


def test_a_second_one_in_the_same_home_is_told_to_come_later(home: Path, manager: ServiceManager) -> None:
    with running(home, manager) as process:
        manager.hear_until("WATCHDOG=1")
        second = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "cspr_bot", "--home", str(home), "run"],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        stopped(process)
    assert (second.returncode, second.stderr) == (75, "another cspr-bot is running in this home\n")
    assert process.returncode == 0


def test_a_round_that_fails_is_logged_and_tried_again(home: Path, manager: ServiceManager) -> None:
    mailbox = home / "var" / "mailbox"
    with running(home, manager) as process:
        manager.hear_until("WATCHDOG=1")
        mailbox.rename(home / "var" / "gone")
        mailbox.touch()
        assert "this round failed, the next will try again" in line_with(process, "this round failed")
        mailbox.unlink()
        (home / "var" / "gone").rename(mailbox)
        manager.hear_until("WATCHDOG=1")
        deliver(home)
        assert "taken=1" in line_with(process, "taken=1")
        stopped(process)
    assert process.returncode == 0


# ---------------------------------------------------------------------------------------------------------------------
# The loop by itself


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Put the signals of the test's own process back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, what in kept.items():
        signal.signal(number, what)


def in_turn(*rounds: Callable[[], bool]) -> Callable[[], bool]:
    waiting = iter(rounds)

    def take() -> bool:
        return next(waiting)()

    return take


def stop() -> bool:
    """Ask for the end from within a round; its own word may come before STOPPING or after."""
    os.kill(os.getpid(), signal.SIGTERM)
    return False


@pytest.mark.usefixtures("own_signals")
def test_a_round_that_ends_is_a_sign_of_life_a_good_one_or_not(
    manager: ServiceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else systemd would start it anew every ten minutes for as long as a mailbox is away."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    run_until_stopped(in_turn(lambda: False, lambda: True, stop), 1)
    heard = manager.hear_until("STOPPING=1")
    assert heard[:3] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]


@pytest.mark.usefixtures("own_signals")
def test_within_a_long_round_each_step_is_a_sign_of_life(home: Path) -> None:
    office, heard = Office(home), []
    office.stepped = lambda: heard.append(1)
    deliver(home)
    done = office.run_once()
    office.close()
    assert len(heard) == done.taken + done.registered + done.advanced + done.sent + done.moved


@pytest.mark.usefixtures("own_signals")
def test_a_bug_ends_it_so_that_it_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    def broken() -> bool:
        raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug"):
        run_until_stopped(in_turn(broken), 1)


def test_where_nobody_listens_it_works_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    tell_service_manager("READY=1")
    assert "the service manager does not listen" in caplog.text
    monkeypatch.setenv("NOTIFY_SOCKET", "@nobody-in-the-abstract")
    tell_service_manager("READY=1")
