"""One record is one line, whatever a server, a file name or a library put into it."""

import io
import logging
from collections.abc import Iterator

import pytest

from cspr_bot.bootstrap.logs import OneLine, log_to

RECORD = ("cspr_bot.intake", logging.WARNING, "a.py", 1, "it failed: %s")


def written(text: str, *, has_priority: bool = False) -> str:
    name, level, path, line, message = RECORD
    record = logging.LogRecord(name, level, path, line, message, (text,), None)
    return OneLine(has_priority=has_priority).format(record)


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    before, level = list(logger.handlers), logger.level
    yield logger
    logger.handlers[:] = before
    logger.setLevel(level)


@pytest.mark.parametrize(
    "text",
    ["x\nERROR cspr_bot all is lost", "x\r\n", "x\x00\x1b[31m", "x\u2028y\u202ez", "x\x7f\x85", '"quoted" \\n'],
)
def test_no_text_can_feign_another_record_or_steer_a_terminal(text: str) -> None:
    line = written(text)
    assert line.startswith("WARNING cspr_bot.intake it failed: x") or "quoted" in line
    assert len(line.splitlines()) == 1
    assert all(sign.isprintable() and sign.isascii() for sign in line)


def test_plain_words_stay_plain() -> None:
    assert written("the mailbox does not answer") == "WARNING cspr_bot.intake it failed: the mailbox does not answer"


def test_the_journal_is_told_how_grave_it_is() -> None:
    assert written("x", has_priority=True).startswith("<4>WARNING ")


def test_a_traceback_is_one_line_too(root: logging.Logger) -> None:
    stream = io.StringIO()
    log_to(stream)
    try:
        int("first\nsecond")
    except ValueError:
        root.exception("a bug")
    assert stream.getvalue().count("\n") == 1
    assert "ValueError: invalid literal" in stream.getvalue()


def test_what_the_scheduler_says_of_each_tick_is_left_out(root: logging.Logger) -> None:
    stream = io.StringIO()
    log_to(stream)
    logging.getLogger("apscheduler.executors.default").info("Running job")
    root.info("running")
    assert stream.getvalue() == "INFO root running\n"
