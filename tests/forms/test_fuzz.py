"""Every fuzz target on a few of its inputs, always the same ones; `make fuzz` runs them on a million."""

import pytest

from tests.forms.fuzz_inputs import data_of
from tests.forms.fuzz_run import target
from tests.forms.fuzz_targets import OF_FILES, PURE

FEW = {**dict.fromkeys(PURE, 300), **dict.fromkeys(OF_FILES, 25)}


@pytest.mark.parametrize("name", sorted(FEW.keys() - {"office"}))
def test_no_input_breaks_a_reader(name: str) -> None:
    run = target(name)
    for number in range(FEW[name]):
        run(data_of(name, 2, number))
