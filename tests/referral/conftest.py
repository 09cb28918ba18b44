"""Readers of pages, with the rules that we ship."""

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cspr_bot.referral.form import Reading, ReferralForm
from cspr_bot.referral.pages import Block, Page, Table
from cspr_bot.referral.reading import read_page
from cspr_bot.referral.rules import FormRules, form_rules
from tests.referral.filled import Filled, table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def filled() -> Filled:
    return Filled()


@pytest.fixture(scope="session")
def rules() -> FormRules:
    read = form_rules(tomllib.loads((ROOT / "config" / "form.toml").read_text(encoding="utf-8")))
    assert isinstance(read, FormRules), read
    return read


@pytest.fixture(scope="session")
def read(rules: FormRules) -> Callable[[Filled | Sequence[Block]], Reading]:
    """Read a page."""

    def reader(blocks: Filled | Sequence[Block]) -> Reading:
        return read_page(Page(blocks.blocks if isinstance(blocks, Filled) else tuple(blocks)), rules)

    return reader


@pytest.fixture(scope="session")
def form_of(read: Callable[[Filled | Sequence[Block]], Reading]) -> Callable[[Filled | Sequence[Block]], ReferralForm]:
    """Read the one form that is on a page."""

    def reader(blocks: Filled | Sequence[Block]) -> ReferralForm:
        reading = read(blocks)
        assert (reading.verdict, len(reading.forms)) == ("ok", 1), reading.reason
        return reading.forms[0]

    return reader


@pytest.fixture(scope="session")
def rows() -> Callable[..., Table]:
    """Make a table of rows of texts."""
    return table
