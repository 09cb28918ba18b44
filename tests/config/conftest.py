from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cspr_bot.config.contacts_file import Circumstances, ReadContacts, read_contacts
from cspr_bot.config.files import ConfigFile, read_text
from cspr_bot.config.problems import Findings
from cspr_bot.config.procedure_file import read_procedure
from cspr_bot.config.settings import Settings
from cspr_bot.config.settings_file import read_settings
from cspr_bot.procedure.definition import Procedure

TODAY = date(2026, 11, 22)
SHIPPED = Path(__file__).parents[2] / "config"

Said = list[str]
ReadSettings = Callable[[str], tuple[Settings | None, Said]]
ReadContactList = Callable[..., tuple[ReadContacts, Said]]
ReadProcedure = Callable[[str], tuple[Procedure | None, Said]]


def file_of(text: str, name: str) -> ConfigFile:
    return read_text(text, Findings(f"config/{name}.toml"))


def said_by(file: ConfigFile) -> Said:
    return [str(problem) for problem in file.findings.problems]


@pytest.fixture
def settings() -> ReadSettings:
    def read(text: str) -> tuple[Settings | None, Said]:
        file = file_of(text, "bot")
        return read_settings(file), said_by(file)

    return read


@pytest.fixture
def contacts() -> ReadContactList:
    def read(text: str, *, live: bool = False) -> tuple[ReadContacts, Said]:
        file = file_of(text, "contacts")
        return read_contacts(file, Circumstances(TODAY, live)), said_by(file)

    return read


@pytest.fixture
def procedure() -> ReadProcedure:
    def read(text: str) -> tuple[Procedure | None, Said]:
        file = file_of(text, "procedure")
        return read_procedure(file), said_by(file)

    return read


@pytest.fixture
def shipped() -> Callable[[str], str]:
    return lambda name: (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def small_procedure() -> str:
    """Give a procedure that uses every key once, for a test to spoil."""
    return (Path(__file__).parent / "small_procedure.toml").read_text(encoding="utf-8")
