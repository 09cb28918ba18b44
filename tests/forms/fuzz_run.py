"""Runs a fuzz target: `python -m tests.forms.fuzz_run NAME COUNT [SEED]`, or, without arguments, all of them.

Each input follows from the target's name, the seed and its number alone, so that a crash is had again by these. It runs
in a child process: what kills the child is a crash too. With atheris installed, `--atheris NAME COUNT` lets that choose
the inputs of a pure target by what they reach.
"""

import importlib
import io
import re
import sys
import time
import traceback
import zipfile
from collections.abc import Callable
from ctypes import c_longlong
from functools import cache
from multiprocessing import get_context
from random import Random

from tests.forms import odd_files
from tests.forms.fuzz_targets import OF_FILES, PURE, Target, mutated, sentence

COUNTS = dict.fromkeys(PURE, 1_000_000) | dict.fromkeys(OF_FILES, 100_000) | {"office": 500}
BYTES = frozenset({"kinds", "zips", "winmails", "packed", "containers", "office"})  # made of bytes, and not of words
MOST_CRASHES = 20
_VALUES = ("", "0", "true", "-1", "9" * 12, "restart", "F0FE", "x")
_CHUNK, _CHUNK_BY_OFFICE = 5_000, 20
_LONGEST_CHUNK = 1_800.0  # seconds, after which the child is taken for hung

Make = Callable[[Random], bytes]


@cache
def seeds(name: str) -> list[bytes]:
    """Give files of our own to begin with."""
    made = importlib.import_module("tests.forms.cases").cases()
    if name in BYTES:
        return odd_files.seeds(name)
    wanted = {"pdf": "pdf", "docx": "word", "odt": "odt", "html": "html", "texts": "text"}.get(name)
    if wanted is None:
        return []
    found = [case.content for case in made if case.kind.startswith(wanted)]
    return found[:: max(1, len(found) // 25)]


def maker(name: str) -> Make:
    """Give what makes the inputs of a target."""
    match name:
        case "docx":
            return lambda chance: _in_zip(chance, seeds(name), "word/document.xml")
        case "odt":
            return lambda chance: _in_zip(chance, seeds(name), "content.xml")
        case "pdf" | "html":
            return lambda chance: mutated(chance, chance.choice(seeds(name)), seeds(name))
        case _ if name in BYTES:
            return lambda chance: mutated(chance, chance.choice(seeds(name)), seeds(name))
        case _:
            return lambda chance: sentence(chance, seeds(name))


def _in_zip(chance: Random, made: list[bytes], part: str) -> bytes:
    """Change the XML inside a document, for few changes of the packed bytes get past the check sum."""
    content = chance.choice(made)
    if chance.random() < 0.1:
        return mutated(chance, content, made)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if part in parts:
        parts[part] = _changed_xml(chance, parts[part])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


def _changed_xml(chance: Random, xml: bytes) -> bytes:
    """Move, repeat and remove whole elements, so that what comes out can still be parsed; rarely, plain bytes."""
    if chance.random() < 0.1:
        return mutated(chance, xml, [xml])
    text = xml.decode()
    for _ in range(chance.choice((1, 2, 5))):
        elements = _elements(chance, text)
        if not elements:
            break
        start, end = chance.choice(elements)
        piece = text[start:end]
        at = chance.choice(elements)[0]
        match chance.randrange(4):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:at] + piece + text[at:]
            case 2:
                text = text[:start] + piece * chance.choice((2, 5)) + text[end:]
            case _:
                piece = re.sub(r'="[^"]*"', f'="{chance.choice(_VALUES)}"', piece, count=2)
                text = text[:start] + piece + text[end:]
    return text.encode()


def _elements(chance: Random, text: str) -> list[tuple[int, int]]:
    """Find some elements, from where they open to where they close."""
    body = max(text.find("<w:body"), text.find("<office:text"), 0)
    found = []
    for _ in range(8):
        start = text.find("<", chance.randrange(body, len(text)))
        match = re.match(r"<([\w:]+)[^<>]*?(/?)>", text[start : start + 2_000]) if start >= 0 else None
        if not match or match[1] in {"w:body", "w:document", "office:text", "office:body"}:
            continue
        end = start + match.end()
        if not match[2]:
            close = f"</{match[1]}>"
            end = text.find(close, end) + len(close)
        if end > start:
            found.append((start, end))
    return found


def target(name: str) -> Target:
    return PURE.get(name) or OF_FILES[name]


def data_of(name: str, seed: int, number: int) -> bytes:
    """Make one input again."""
    return maker(name)(Random(f"{name} {seed} {number}"))  # noqa: S311 - chance that can be had again


def _work(name: str, seed: int, numbers: range, place: "c_longlong", crashes: list[tuple[int, str]]) -> None:
    run = target(name)
    for number in numbers:
        place.value = number
        try:
            run(data_of(name, seed, number))
        except Exception:  # noqa: BLE001 - whatever a reader raises is what is looked for here
            crashes.append((number, traceback.format_exc(limit=-3)))


def run(name: str, count: int, seed: int = 1) -> int:
    """Run a target, print what came of it, and give how many inputs crashed it."""
    context = get_context("fork")
    seeds(name)
    started, done, crashes = time.perf_counter(), 0, 0
    with context.Manager() as manager:
        while done < count and crashes < MOST_CRASHES:
            place, found = context.Value(c_longlong, done), manager.list()
            numbers = range(done, min(done + (_CHUNK_BY_OFFICE if name == "office" else _CHUNK), count))
            child = context.Process(target=_work, args=(name, seed, numbers, place, found))
            child.start()
            child.join(_LONGEST_CHUNK)
            if child.exitcode != 0:
                child.kill()
                found.append((place.value, f"the child ended with {child.exitcode}"))
                done = place.value + 1
            else:
                done = numbers.stop
            for number, why in found:
                crashes += 1
                print(f"CRASH {name} seed {seed} number {number}: {why}", flush=True)  # noqa: T201
    spent = time.perf_counter() - started
    print(f"{name}: {done} inputs in {spent:.0f} s, {crashes} crashes", flush=True)  # noqa: T201
    return crashes


def with_atheris(name: str, count: int) -> None:
    atheris = importlib.import_module("atheris")
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-runs={count}", "-max_len=400", "-verbosity=0"], PURE[name])
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    match arguments:
        case ["--atheris", name, count]:
            with_atheris(name, int(count))
            return 0
        case [name, count]:
            return run(name, int(count)) > 0
        case [name, count, seed]:
            return run(name, int(count), int(seed)) > 0
        case _:
            return max(run(name, count) > 0 for name, count in COUNTS.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
