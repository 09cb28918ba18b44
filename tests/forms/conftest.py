"""The rules that we ship, and every case with what was read of it."""

import tomllib
from pathlib import Path

import pytest

from cspr_bot.referral.rules import FormRules, form_rules
from tests.forms.cases import Case, cases

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def rules() -> FormRules:
    read = form_rules(tomllib.loads((ROOT / "config" / "form.toml").read_text(encoding="utf-8")))
    assert isinstance(read, FormRules), read
    return read


@pytest.fixture(scope="session")
def all_cases() -> tuple[Case, ...]:
    return tuple(cases())
