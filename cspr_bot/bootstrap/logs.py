"""The daemon's log: one line a record, whatever is in it, for people and for the machine's journal."""

import json
import logging
import os
import sys
from typing import TextIO

_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class OneLine(logging.Formatter):
    """Writes `LEVEL name message`, the message and a traceback escaped as in JSON: no text can feign another record.

    With `has_priority` each begins as sd-daemon(3) says, so that the journal knows errors from news.
    """

    def __init__(self, *, has_priority: bool) -> None:
        super().__init__("%(message)s")
        self._has_priority = has_priority

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        said = json.dumps(super().format(record))[1:-1].replace("\x7f", "\\u007f")
        line = f"{record.levelname} {record.name} {said}"
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{line}" if self._has_priority else line


def log_to(stream: TextIO) -> None:
    """Let everything from INFO upwards be written to a stream, and the scheduler tell of failures only."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine(has_priority=stream is sys.stderr and "JOURNAL_STREAM" in os.environ))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every tick
