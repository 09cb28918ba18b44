"""Whatever a mail does to the process that reads it, the next mail is read."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cspr_bot.confinement.frames import MOST_REQUEST_BYTES
from cspr_bot.confinement.reader import ConfinedReader
from cspr_bot.pipeline.ports import TemporaryFailure

CHILD = Path(__file__).with_name("misbehaving_child.py")
HOUSE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def house_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HOUSE))


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(CHILD), *arguments]


@pytest.fixture
def reader() -> Iterator[ConfinedReader]:
    reader = ConfinedReader(command(), wall_seconds=30)  # what loops is stopped by its processor time, long before
    yield reader
    reader.close()


def text_of(reader: ConfinedReader, raw: bytes) -> str:
    read = reader.read(raw)
    assert read.mail.is_readable, read.mail.problems
    return read.mail.text


def test_mails_are_read_by_one_child_that_lives_on(reader: ConfinedReader) -> None:
    assert text_of(reader, b"hello") == "5"
    assert text_of(reader, b"pid") == text_of(reader, b"pid")


def test_an_empty_and_a_large_mail_pass_whole(reader: ConfinedReader) -> None:
    assert text_of(reader, b"") == "0"
    assert text_of(reader, b"x" * 30_000_000) == "30000000"
    assert len(text_of(reader, b"grow")) == 5_000_000


@pytest.mark.parametrize("deed", ["segfault", "loop", "memory", "raise", "exit", "garbage", "huge", "half"])
def test_a_mail_that_breaks_the_reader_is_unreadable_and_harms_no_other(reader: ConfinedReader, deed: str) -> None:
    broken = reader.read(f"{deed} X\r\nSubject: x\r\n".encode()).mail
    assert not broken.is_readable
    assert broken.problems == ("reading it broke the reader",)
    assert text_of(reader, b"hello") == "5"


def test_a_mail_that_breaks_a_used_child_and_a_fresh_one_is_unreadable(reader: ConfinedReader) -> None:
    assert text_of(reader, b"hello") == "5"
    assert reader.read(b"raise").mail.problems == ("reading it broke the reader",)
    assert text_of(reader, b"hello") == "5"


def test_a_mail_that_hangs_is_given_up_in_time() -> None:
    reader = ConfinedReader(command(), wall_seconds=0.5)
    hung = reader.read(b"From: jane@council.example\r\n\r\nhang").mail
    assert hung.is_readable
    hung = reader.read(b"hang").mail
    assert (hung.is_readable, hung.problems) == (False, ("reading it took too long",))
    assert text_of(reader, b"hello") == "5"
    reader.close()


def test_of_an_unreadable_mail_the_headers_are_still_known(reader: ConfinedReader) -> None:
    mail = reader.read(b"exit x: y\r\n").mail
    assert mail.headers == ()
    mail = reader.read(b"raise : \r\nSubject: late\r\n\r\n").mail
    assert mail.first("Subject") == "late"


def test_what_a_library_prints_is_no_answer(reader: ConfinedReader) -> None:
    assert text_of(reader, b"print") == "5"


def test_an_answer_given_too_early_is_never_taken_for_the_next_mail(reader: ConfinedReader) -> None:
    assert text_of(reader, b"chatter") == "said too early"
    for _ in range(3):
        assert text_of(reader, b"hello") == "5"


def test_a_child_that_was_killed_between_two_mails_costs_no_mail(reader: ConfinedReader) -> None:
    for signal_number in (9, 15, 11):
        os.kill(int(text_of(reader, b"pid")), signal_number)
        assert text_of(reader, b"hello") == "5"


def test_a_child_that_grows_old_is_replaced_in_silence() -> None:
    reader = ConfinedReader(command("short-lived"))
    pids = [text_of(reader, b"pid") for _ in range(10)]
    assert len(set(pids)) == 3
    reader.close()


def test_the_child_has_no_network_where_the_kernel_allows_it(reader: ConfinedReader) -> None:
    assert reader.is_offline is None
    reached = text_of(reader, b"network")
    assert reached == "no network" or reader.is_offline is False


def test_a_mail_that_is_far_too_large_never_reaches_the_child() -> None:
    reader = ConfinedReader(["/nonexistent"])
    assert reader.read(b"\n" * (MOST_REQUEST_BYTES + 1)).mail.problems == ("the mail is too large to be read",)


@pytest.mark.parametrize("bad", [["/nonexistent"], command("refuse"), command("babble"), command("strange")])
def test_a_reader_that_cannot_start_is_not_the_fault_of_the_mail(bad: list[str]) -> None:
    with pytest.raises(TemporaryFailure):
        ConfinedReader(bad).read(b"hello")


def test_a_reader_that_starts_too_slowly_is_not_the_fault_of_the_mail() -> None:
    with pytest.raises(TemporaryFailure):
        ConfinedReader(["cat"], start_seconds=0.2).read(b"hello")


def test_closing_ends_the_child_and_may_be_done_at_any_time(reader: ConfinedReader) -> None:
    reader.close()
    pid = int(text_of(reader, b"pid"))
    reader.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert text_of(reader, b"hello") == "5"


def test_closing_ends_a_child_that_does_not_listen() -> None:
    deaf = [
        sys.executable,
        "-c",
        "import os, signal; os.write(1, b'\\0\\0\\0\\x15a reader with network'); signal.pause()",
    ]
    reader = ConfinedReader(deaf, wall_seconds=0.2)
    reader._running_child()
    reader.close()
    assert reader.is_offline is None


def test_a_child_that_stops_its_ears_is_broken() -> None:
    greeting = "os.write(1, b'\\0\\0\\0\\x15a reader with network')"
    deaf = [sys.executable, "-c", f"import os, signal; os.close(0); {greeting}; signal.pause()"]
    reader = ConfinedReader(deaf)
    assert reader.read(b"hello").mail.problems == ("reading it broke the reader",)
    reader.close()


def test_a_stricter_bound_of_whoever_started_us_stays() -> None:
    reader = ConfinedReader(["sh", "-c", f"ulimit -t 3; exec {sys.executable} {CHILD}"])
    assert text_of(reader, b"hello") == "5"
    reader.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([b"hello", b"exit", b"garbage", b"raise", b"chatter", b"pid"]), max_size=4))
def test_no_order_of_good_and_bad_mails_confuses_the_answers(reader: ConfinedReader, mails: list[bytes]) -> None:
    for raw in mails:
        read = reader.read(raw).mail
        assert read.is_readable or raw not in {b"hello", b"pid"}
        assert raw != b"hello" or read.text == "5"


def test_what_a_child_wrote_is_gone_with_it(reader: ConfinedReader) -> None:
    assert text_of(reader, b"hello") == "5"
    assert reader._child is not None
    room = Path(reader._child._room)
    (room / "half-written").touch()
    reader.read(b"exit")
    assert not room.exists()
