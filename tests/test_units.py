"""The units as systemd itself judges them: how much of the machine a daemon that was taken over could reach."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[1] / "systemd").glob("*.service"))
WORST = 20  # of 100, which is 2.0 on the scale that systemd prints


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_exposes_no_more_than_it_must(unit: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    judged = subprocess.run(  # noqa: S603
        [program, "security", "--offline=yes", f"--threshold={WORST}", str(unit)],
        capture_output=True,
        check=False,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout[-400:] + judged.stderr


def test_there_are_units_to_judge() -> None:
    assert len(UNITS) >= 2
