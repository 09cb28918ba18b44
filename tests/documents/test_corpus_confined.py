"""The bounded child reads every public document, LibreOffice included: no crash, no limit reached, no false form."""

import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cspr_bot.bootstrap.office import confined_reader
from cspr_bot.bootstrap.reading_room import read_alone
from cspr_bot.confinement.limits import MEMORY_BYTES
from cspr_bot.confinement.reader import ConfinedReader
from cspr_bot.documents.office import WALL_SECONDS, find_office
from cspr_bot.documents.sniff import sniff

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpora" / "docs"
MOST_SECONDS = 2.0
# What is said of a document that broke its reader, or the child.
_BROKEN = re.compile("unusual way|broke the reader|took too long")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora/docs is not here"),
    pytest.mark.skipif(find_office() is None, reason="LibreOffice (soffice) is not installed"),
]


@dataclass(slots=True)
class Tally:
    """What came of all documents."""

    verdicts: Counter[str] = field(default_factory=Counter)
    children: set[int] = field(default_factory=set)
    slowest: float = 0
    slowest_by_office: float = 0
    crashed: list[str] = field(default_factory=list)
    too_slow: list[str] = field(default_factory=list)
    false_forms: list[str] = field(default_factory=list)


def read_all(reader: ConfinedReader) -> Tally:
    tally = Tally()
    for path in sorted(path for path in CORPUS.rglob("*") if path.is_file()):
        content = path.read_bytes()
        by_office = sniff(content) in {"ole", "rtf"}
        started = time.perf_counter()
        reading = read_alone(reader, content)
        seconds = time.perf_counter() - started
        tally.verdicts[reading.verdict] += 1
        tally.children.add(pid_of(reader))
        if by_office:
            tally.slowest_by_office = max(tally.slowest_by_office, seconds)
        else:
            tally.slowest = max(tally.slowest, seconds)
        if seconds > (WALL_SECONDS if by_office else MOST_SECONDS):
            tally.too_slow.append(path.name)
        if _BROKEN.search(reading.reason):
            tally.crashed.append(path.name)
        if reading.verdict in {"ok", "blank_form"}:
            tally.false_forms.append(path.name)
    return tally


def pid_of(reader: ConfinedReader) -> int:
    return reader._child._process.pid if reader._child else 0


def most_megabytes_of(pid: int) -> int:
    found = re.search(r"VmPeak:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found[1]) // 1024 if found else 0


def test_every_public_document_is_survived_in_the_bounded_child(capsys: pytest.CaptureFixture[str]) -> None:
    reader = confined_reader(ROOT)
    try:
        tally = read_all(reader)
        megabytes = most_megabytes_of(pid_of(reader))
    finally:
        reader.close()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{tally.verdicts.total()} documents: {dict(tally.verdicts)}; slowest {tally.slowest:.2f} s,"
            f" by LibreOffice {tally.slowest_by_office:.2f} s; {megabytes} MB; crashed {len(tally.crashed)},"
            f" too slow {len(tally.too_slow)}, false forms {len(tally.false_forms)}\n"
        )
    assert (tally.crashed, tally.too_slow, tally.false_forms) == ([], [], [])
    assert len(tally.children) == 1, "the child was never replaced"
    assert megabytes < MEMORY_BYTES // 1024 // 1024
