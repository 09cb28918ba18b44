"""How long a Word form takes to read, beside the least that any program needs and beside python-docx.

`limit` is what nobody who reads the file with lxml can leave out: inflate its main part, parse it, walk all cells to
their text. `library` is what a person writes with python-docx to have the values by their labels; it sees no tick box
and no content control, and how many of the form's answers it finds is counted. Each form is read in three packages:
as our generator saves it; among as much other XML as the median of 118 public Word files has (57 KB), all of which
python-docx parses and we leave alone; and in python-docx's own default package (900 KB).

All run in one process, in turns, by the processor's clock; a figure is the least of seven medians of twelve runs, so
that a busy machine does not count. `docs/decisions/0003-libraries.md` says what became of the two goals.
"""

import gc
import io
import json
import statistics
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import docx
from docx import Document
from lxml import etree

from cspr_bot.documents.reading import read_document
from cspr_bot.referral.form_json import reading_as_json
from cspr_bot.referral.rules import FormRules, form_rules

if TYPE_CHECKING:
    from docx.table import Table

ROOT = Path(__file__).parents[1]
SAMPLES = ("sample-1-word", "sample-2-word-controls")
MEDIANS, RUNS = 7, 12
MOST_OF_LIMIT, LEAST_OF_LIBRARY = 2.0, 12.0
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN = "word/document.xml"
_USUAL_BYTES = 57_000

Work = Callable[[bytes], object]


def limit(content: bytes) -> list[str]:
    """Inflate, parse, and walk all cells to text: no form is read here."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = etree.fromstring(archive.read(_MAIN))
    return [
        "\n".join("".join(text.text or "" for text in paragraph.iter(f"{_W}t")) for paragraph in cell.iter(f"{_W}p"))
        for cell in root.iter(f"{_W}tc")
    ]


def library(content: bytes) -> dict[str, str]:
    """Open with python-docx, and give label → value for every pair of cells, in tables within tables too."""
    document = Document(io.BytesIO(content))
    found = {"": "\n".join(paragraph.text for paragraph in document.paragraphs)}
    for table in document.tables:
        found |= _values(table)
    return found


def _values(table: "Table") -> dict[str, str]:
    found: dict[str, str] = {}
    for row in table.rows:
        cells = row.cells
        for label, value in pairwise([cell.text.strip() for cell in cells] + [""]):
            found.setdefault(label, value)
        for cell in cells:
            for inner in cell.tables:
                found |= _values(inner)
    return found


def in_package(main: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Put the main part of a form among other parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, _MAIN: main}.items():
            archive.writestr(name, part)
    return target.getvalue()


def packages(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a form in three packages."""
    yield "as generated", content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        own = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(Path(docx.__file__).parent / "templates" / "default.docx") as archive:
        default = {name: archive.read(name) for name in archive.namelist()}
    yield "usual package", in_package(own[_MAIN], _usual(default))
    yield "python-docx's", in_package(own[_MAIN], default)


def _usual(default: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Cut the default package down to the usual size: its long lists of styles are not usual."""
    styles = etree.fromstring(default["word/styles.xml"])
    kept = {name: part for name, part in default.items() if name != "word/stylesWithEffects.xml"}
    # Cut in the order of size: the tables' styles are what makes it long.
    for style in sorted(styles.findall(f"{_W}style"), key=lambda one: -len(etree.tostring(one))):
        kept["word/styles.xml"] = etree.tostring(styles, xml_declaration=True, encoding="UTF-8", standalone=True)
        if sum(len(part) for name, part in kept.items() if name.endswith((".xml", ".rels"))) <= _USUAL_BYTES:
            break
        styles.remove(style)
    types = kept["[Content_Types].xml"]
    relations = kept["word/_rels/document.xml.rels"]
    kept["[Content_Types].xml"] = _without(types, b"/word/stylesWithEffects.xml")
    kept["word/_rels/document.xml.rels"] = _without(relations, b"stylesWithEffects.xml")
    return kept


def _without(xml: bytes, target: bytes) -> bytes:
    root = etree.fromstring(xml)
    for child in list(root):
        if target in etree.tostring(child):
            root.remove(child)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def measure(content: bytes, works: tuple[Work, ...]) -> list[float]:
    """Give the milliseconds of each work. Each begins a round as often: who comes next finds the caches warm."""
    places = range(len(works))
    medians: list[list[float]] = [[] for _ in places]
    for _ in range(MEDIANS):
        runs: list[list[float]] = [[] for _ in places]
        for number in range(RUNS):
            for step in places:
                place = (number + step) % len(works)
                runs[place].append(_once(works[place], content))
        for place in places:
            medians[place].append(statistics.median(runs[place]))
    return [min(of_work) for of_work in medians]


def _once(work: Work, content: bytes) -> float:
    started = time.process_time()
    work(content)
    return (time.process_time() - started) * 1000


def texts_of(answers: object) -> Iterator[str]:
    """Give the typed words among the answers of a form: ticks, days and codes are left out."""
    match answers:
        case {"raw": str(text)}:
            yield text
        case dict():
            for name, inner in answers.items():
                if name not in {"ethnic_origin", "child_protection_plan", "criteria", "missing", "doubts"}:
                    yield from texts_of(inner)
        case list():
            for inner in answers:
                yield from texts_of(inner)
        case str(text) if text:
            yield text


def found_in(values: object, answers: object) -> str:
    """Say how many of the typed answers stand in what was read."""
    said = " ".join(json.dumps(values, ensure_ascii=False).replace("\\n", " ").split())
    wanted = [text for text in texts_of(answers) if text]
    return f"{sum(' '.join(text.split()) in said for text in wanted)}/{len(wanted)}"


def main() -> None:
    """Print a small table."""
    rules = form_rules(tomllib.loads((ROOT / "config" / "form.toml").read_text(encoding="utf-8")))
    if not isinstance(rules, FormRules):
        raise SystemExit("\n".join(rules))
    works: tuple[Work, ...] = (limit, lambda one: read_document(one, rules), library)
    gc.disable()
    heads = ("limit ms", "ours ms", "library ms", "ours/limit", "library/ours", "library/limit")
    print(
        f"{'form':24}{'package':15}" + "".join(f"{head:>14}" for head in heads) + f"{'found: ours':>14}{'library':>9}"
    )
    for name in SAMPLES:
        answers = json.loads((ROOT / "tests" / "samples" / f"{name}.json").read_text(encoding="utf-8"))["forms"]
        for package, content in packages((ROOT / "tests" / "samples" / f"{name}.docx").read_bytes()):
            bare, ours, theirs = measure(content, works)
            figures = (bare, ours, theirs, ours / bare, theirs / ours, theirs / bare)
            counts = (reading_as_json("", read_document(content, rules))["forms"], library(content))
            shown = "".join(f"{figure:14.2f}" for figure in figures)
            print(f"{name:24}{package:15}{shown}{found_in(counts[0], answers):>14}{found_in(counts[1], answers):>9}")
    print(f"goals: ours/limit at most {MOST_OF_LIMIT:g}, library/ours at least {LEAST_OF_LIBRARY:g}")
    print(
        "Where library/limit is below 12, the second goal asks for less time than inflating, parsing and walking take."
    )


if __name__ == "__main__":
    main()
