"""Hostile files in the bounded child: the right verdict within two seconds and 512 MB, and the next mail is read."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cspr_bot.bootstrap.office import confined_reader
from cspr_bot.bootstrap.reading_room import read_alone
from cspr_bot.confinement.limits import MEMORY_BYTES
from cspr_bot.confinement.reader import ConfinedReader
from tests.confinement.hostile_files import hostile_files

ROOT = Path(__file__).parents[2]
FORM = (ROOT / "tests" / "samples" / "sample-1-word.docx").read_bytes()
WATCHED = "COVERAGE_PROCESS_CONFIG" in os.environ  # `make coverage` follows each line of the child too: some five times
MOST_SECONDS = 10.0 if WATCHED else 2.0  # of processor: a busy machine is not the file's fault


@pytest.fixture(scope="module")
def reader() -> Iterator[ConfinedReader]:
    reader = confined_reader(ROOT)
    yield reader
    reader.close()


def pid_of(reader: ConfinedReader) -> int:
    assert reader._child is not None
    return reader._child._process.pid


def seconds_of(pid: int) -> float:
    """Give how much processor time a process has had."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def megabytes_of(pid: int) -> int:
    """Give how much memory a process has had at most, addresses and all."""
    found = re.search(r"VmPeak:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found[1]) // 1024 if found else 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells what a process has used")
def test_hostile_files_are_refused_in_time_and_the_next_mail_goes_on(reader: ConfinedReader) -> None:
    assert read_alone(reader, FORM).verdict == "ok"
    pid, wrong, slow = pid_of(reader), {}, {}
    for name, content, verdicts in hostile_files():
        before = seconds_of(pid)
        reading = read_alone(reader, content)
        assert pid_of(reader) == pid, f"{name}: it ended the child"
        if (spent := seconds_of(pid) - before) > MOST_SECONDS:
            slow[name] = spent
        if reading.verdict not in verdicts or not reading.reason or reading.forms:
            wrong[name] = (reading.verdict, reading.reason)
        print(f"{name:45}{reading.verdict:12}{spent:6.2f} s{len(content):12}")  # noqa: T201 - shown by `pytest -s`
        assert read_alone(reader, FORM).verdict == "ok", f"the mail after {name}"
    assert (wrong, slow) == ({}, {})
    assert megabytes_of(pid) < MEMORY_BYTES // 1024 // 1024
