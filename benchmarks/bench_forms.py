"""How long a Word form takes to read, beside the least that any program needs and beside python-docx.

`limit` is what nobody who reads the file can leave out: inflate its main part, parse it, walk all cells to their
text. All three run in one process, in turns, and the medians of their ratios are given.
"""

import gc
import io
import statistics
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

from docx import Document
from lxml import etree

from cspr_bot.documents.reading import read_document
from cspr_bot.referral.rules import FormRules, form_rules

ROOT = Path(__file__).parents[1]
SAMPLES = ("sample-1-word.docx", "sample-2-word-controls.docx")
ROUNDS, RUNS = 15, 10
MOST_OF_LIMIT, LEAST_OF_LIBRARY = 2.0, 12.0
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def limit(content: bytes) -> list[str]:
    """Inflate, parse, and walk all cells to text: no form is read here."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    return [
        "\n".join("".join(text.text or "" for text in paragraph.iter(f"{_W}t")) for paragraph in cell.iter(f"{_W}p"))
        for cell in root.iter(f"{_W}tc")
    ]


def library(content: bytes) -> list[str]:
    """Open with python-docx, and ask for every cell."""
    document = Document(io.BytesIO(content))
    return [cell.text for table in document.tables for row in table.rows for cell in row.cells]


def once(work: Callable[[bytes], object], content: bytes) -> float:
    """Give the milliseconds of one run, the mean of several."""
    started = time.perf_counter()
    for _ in range(RUNS):
        work(content)
    return (time.perf_counter() - started) / RUNS * 1000


def measure(content: bytes, rules: FormRules) -> tuple[float, float, float, float, float]:
    """Give the medians of limit, ours, library, ours/limit and library/ours."""
    works: tuple[Callable[[bytes], object], ...] = (limit, lambda one: read_document(one, rules), library)
    for work in works:
        once(work, content)
    rows = [tuple(once(work, content) for work in works) for _ in range(ROUNDS)]
    bare, ours, theirs = (statistics.median(row[place] for row in rows) for place in range(3))
    ratios = statistics.median(row[1] / row[0] for row in rows), statistics.median(row[2] / row[1] for row in rows)
    return bare, ours, theirs, *ratios


def main() -> None:
    """Print a small table."""
    rules = form_rules(tomllib.loads((ROOT / "config" / "form.toml").read_text(encoding="utf-8")))
    if not isinstance(rules, FormRules):
        raise SystemExit("\n".join(rules))
    gc.disable()
    print(f"{'file':30}{'limit ms':>10}{'ours ms':>10}{'python-docx':>12}{'ours/limit':>12}{'library/ours':>14}")
    for name in SAMPLES:
        content = (ROOT / "tests" / "samples" / name).read_bytes()
        bare, ours, theirs, over, under = measure(content, rules)
        print(f"{name:30}{bare:10.2f}{ours:10.2f}{theirs:12.2f}{over:12.2f}{under:14.2f}")
    print(f"goals: ours/limit at most {MOST_OF_LIMIT:g}, library/ours at least {LEAST_OF_LIBRARY:g}")


if __name__ == "__main__":
    main()
