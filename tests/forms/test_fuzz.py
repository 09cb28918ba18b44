"""Every fuzz target on a few of its inputs, always the same ones; `make fuzz` runs them on a million."""

import json
from itertools import count
from pathlib import Path

import pytest

from tests.forms.fuzz_inputs import data_of
from tests.forms.fuzz_run import TooSlowError, bounded, run, table, target
from tests.forms.fuzz_targets import OF_FILES, PURE

FEW = {**dict.fromkeys(PURE, 300), **dict.fromkeys(OF_FILES, 25)}


@pytest.mark.parametrize("name", sorted(FEW.keys() - {"office"}))
def test_no_input_breaks_a_reader(name: str) -> None:
    run = target(name)
    for number in range(FEW[name]):
        run(data_of(name, 2, number))


def test_the_fuzzing_goes_on_where_it_was_and_keeps_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = tmp_path / "counts.jsonl"
    assert run(["kinds"], ledger, {"kinds": 30}) == 0
    assert run(["kinds"], ledger, {"kinds": 50}) == 0
    rows = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    assert [(row["start"], row["stop"], row["crashed"], row["slow"]) for row in rows] == [(0, 30, 0, 0), (30, 50, 0, 0)]
    (line,) = [line for line in table(ledger).splitlines() if line.startswith("kinds ")]
    assert line.split()[1:6] == ["1,000,000", "50", "50", "0", "0"]
    assert capsys.readouterr().out == ""


def test_an_input_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(TooSlowError), bounded(0.05):
        sum(1 for _ in count())
