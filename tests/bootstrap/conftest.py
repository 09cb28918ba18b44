"""What the tests of joined parts share: one bounded child, for to start one takes longer than most of them."""

from collections.abc import Iterator

import pytest

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.office import Office, confined_reader
from cspr_bot.confinement.reader import ConfinedReader


@pytest.fixture(scope="session")
def child() -> Iterator[ConfinedReader]:
    """A bounded child that reads by the form rules that ship."""
    shared = confined_reader(defaults_folder())
    yield shared
    shared.close()


def lend(child: ConfinedReader, office: Office) -> None:
    """Let an office read by a child that is not its own."""
    office.__dict__["reader"] = child


def take_back(office: Office) -> None:
    """Let it close without ending the child."""
    office.__dict__.pop("reader", None)
