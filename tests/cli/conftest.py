"""Homes to type commands in, and a way to type them: in this process, with what was printed."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.taking_over import open_by_hand
from cspr_bot.cli import main
from tests.cli.commands import FORM, START, Said, Type


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has been made and opened once, its clock at the start, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "home"
    make_home(folder)
    office = Office(folder)
    office.turn(office.local(datetime.fromisoformat(START)))
    office.close()
    return folder


@pytest.fixture
def home(made_home: Path, tmp_path: Path) -> Path:
    """A home of this test's own."""
    return shutil.copytree(made_home, tmp_path / "home")


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """Type a command line."""

    def run(*words: object) -> Said:
        try:
            status = main([str(word) for word in words])
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return run


@pytest.fixture
def at_home(type_: Type, home: Path) -> Type:
    """Type a command line in this test's home."""

    def run(*words: object) -> Said:
        return type_("--home", home, *words)

    return run


@pytest.fixture(scope="session")
def made_case(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home in which a case was opened by hand from a complete form, and its reference; to be copied."""
    folder = shutil.copytree(made_home, tmp_path_factory.mktemp("case") / "home")
    office = Office(folder)
    (reference,) = open_by_hand(office, FORM.read_bytes(), office.clock.now(), "A. Clerk", is_quiet=False).references
    while office.progression.step():
        pass
    office.close()
    return folder, reference


@pytest.fixture
def case(home: Path, made_case: tuple[Path, str]) -> str:
    """The reference of a case that was opened in this test's home."""
    folder, reference = made_case
    shutil.copytree(folder / "var", home / "var", dirs_exist_ok=True)
    return reference
