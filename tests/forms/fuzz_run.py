"""Runs fuzz targets, and keeps count: `python -m tests.forms.fuzz_run`, or with the names of some targets behind it.

It may be stopped at any time and goes on where it was, by the ledger that it keeps; the targets take turns, so that
each has had its share whenever that is. `--table` prints what was counted, `--again NAME SEED NUMBER` runs one input.
A crash is told with these three, by which it is had again. The inputs run in a child process, a few thousand to one
child: what kills the child is a crash too. With atheris installed, `--atheris NAME COUNT` lets that choose the inputs
of a pure target by what they reach.
"""

import hashlib
import importlib
import json
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import c_longlong
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.forms.fuzz_inputs import data_of, maker
from tests.forms.fuzz_targets import OF_FILES, PURE, ROOT, SLOWEST, Target

COUNTS = dict.fromkeys(PURE, 1_000_000) | dict.fromkeys(OF_FILES, 100_000) | {"office": 500}
SEED = 11
LEDGER = ROOT / ".fuzz" / "counts.jsonl"
MOST_CRASHES = 20
_CHUNK = {"office": 20, "pdf": 1_000}
_LONGEST_CHUNK = 1_800.0  # seconds, after which the child is taken for hung
_READERS = ("documents", "referral")
_SLOW = "too slow"


class TooSlowError(AssertionError):
    """A reader took longer than any file may."""


def target(name: str) -> Target:
    return PURE.get(name) or OF_FILES[name]


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise where what is inside takes longer than this, of the processor's time: a busy machine is nobody's fault."""

    def stop(_signal: int, _frame: object) -> None:
        raise TooSlowError(f"more than {seconds:g} seconds")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def try_one(name: str, seed: int, number: int) -> str:
    """Run one input, and give what went wrong: "" where nothing did."""
    data = data_of(name, seed, number)
    try:
        with bounded(SLOWEST):
            target(name)(data)
    except TooSlowError as error:
        return f"{_SLOW}: {error}"
    except Exception:  # noqa: BLE001 - whatever a reader raises is what is looked for here
        return traceback.format_exc(limit=-3)
    return ""


def code_now() -> str:
    """Give the mark of the readers as they are: what was counted with other code is told apart."""
    folder = ROOT / "cspr_bot"
    files = sorted(path for room in _READERS for path in (folder / room).glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:12]


def run(names: Sequence[str], ledger: Path = LEDGER, counts: Mapping[str, int] = COUNTS) -> int:
    """Run targets in turns until each has its count, and give how many inputs failed."""
    done = {name: _done(ledger, name) for name in names}
    failed: Counter[str] = Counter()
    while waiting := [name for name in names if done[name] < counts[name] and failed[name] < MOST_CRASHES]:
        for name in waiting:
            numbers = range(done[name], min(done[name] + _CHUNK.get(name, 5_000), counts[name]))
            done[name], found = _counted(name, numbers, ledger)
            failed[name] += found
    return failed.total()


def _counted(name: str, numbers: range, ledger: Path) -> tuple[int, int]:
    """Run some inputs, note it, and give where to go on and how many failed."""
    started, code = time.perf_counter(), code_now()
    reached, found = _run_chunk(name, numbers)
    for number, why in found:
        print(f"FAILED {name} {SEED} {number}: {why}", flush=True)  # noqa: T201
    slow = sum(why.startswith(_SLOW) for _, why in found)
    row = {
        "name": name, "seed": SEED, "start": numbers.start, "stop": reached, "crashed": len(found) - slow,
        "slow": slow, "seconds": round(time.perf_counter() - started, 1), "code": code,
    }  # fmt: skip
    ledger.parent.mkdir(exist_ok=True)
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    return reached, len(found)


def _run_chunk(name: str, numbers: range) -> tuple[int, list[tuple[int, str]]]:
    """Run some inputs in a child, and give where to go on, and what failed."""
    context = get_context("fork")
    maker(name)(Random(0))  # noqa: S311 - what every child needs is made once, before there are any
    with context.Manager() as manager:
        place, found = context.Value(c_longlong, numbers.start), manager.list()
        child = context.Process(target=_work, args=(name, numbers, place, found))
        child.start()
        child.join(_LONGEST_CHUNK)
        failures = list(found)
        if child.exitcode != 0:
            child.kill()
            return place.value + 1, [*failures, (place.value, f"the child ended with {child.exitcode}")]
        return numbers.stop, failures


def _work(name: str, numbers: range, place: "c_longlong", failures: list[tuple[int, str]]) -> None:
    for number in numbers:
        place.value = number
        if why := try_one(name, SEED, number):
            failures.append((number, why))


def _rows(ledger: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()] if ledger.exists() else []


def _done(ledger: Path, name: str) -> int:
    """Give how many inputs of a target were run, by whatever code."""
    return max(
        (int(str(row["stop"])) for row in _rows(ledger) if row["name"] == name and row["seed"] == SEED), default=0
    )


def table(ledger: Path = LEDGER) -> str:
    """Give what was counted: in all, and with the readers as they are now."""
    totals: dict[str, Counter[str]] = {name: Counter() for name in COUNTS}
    code = code_now()
    for row in _rows(ledger):
        one = totals[str(row["name"])]
        inputs = int(str(row["stop"])) - int(str(row["start"]))
        one.update(inputs=inputs, now=inputs if row["code"] == code else 0)
        one.update({key: int(str(row[key])) for key in ("crashed", "slow")})
        one["seconds"] += round(float(str(row["seconds"])))
    lines = [f"{'target':12}{'wanted':>10}{'inputs':>10}{'this code':>11}{'crashed':>9}{'too slow':>10}{'seconds':>9}"]
    for name, one in totals.items():
        lines.append(
            f"{name:12}{COUNTS[name]:>10,}{one['inputs']:>10,}{one['now']:>11,}"
            f"{one['crashed']:>9}{one['slow']:>10}{one['seconds']:>9,}"
        )
    return "\n".join(lines)


def with_atheris(name: str, runs: int) -> None:
    atheris = importlib.import_module("atheris")
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-runs={runs}", "-max_len=400", "-verbosity=0"], PURE[name])
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    match arguments:
        case ["--table"]:
            print(table())  # noqa: T201
            return 0
        case ["--again", name, seed, number]:
            why = try_one(name, int(seed), int(number))
            print(why or "nothing went wrong")  # noqa: T201
            return bool(why)
        case ["--atheris", name, runs]:
            with_atheris(name, int(runs))
            return 0
        case names:
            failed = run(names or list(COUNTS))
            print(table())  # noqa: T201
            return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
