"""A second partnership with other deadlines, agencies and names runs from its own folder, with no line of code changed.

Its files are in tests/partnerships/moorland, written after the practice of other partnerships.
"""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cspr_bot.bootstrap.making import make_home
from cspr_bot.config.files import read_file
from cspr_bot.confinement.reader import ConfinedReader
from cspr_bot.demonstration.post import new_mail
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import COMPLETE, NURSE, word_file
from tests.scenarios.sweeping import swept

MOORLAND = Path(__file__).parents[1] / "partnerships" / "moorland"
ROOT = Path(__file__).parents[2]
MAILBOX = "partnership@moorland-scp.example"
MANAGER = "coordinator@moorland-scp.example"
CHAIR = "subgroup.chair@moorland-scp.example"
HEAD = "service.leader@moorland.example"
PROBATION = "protection@probation.example"
DUTY_TEAM = "duty.team@moorland.example"


@pytest.fixture
def moorland(tmp_path: Path, reader: ConfinedReader, caplog: pytest.LogCaptureFixture) -> Iterator[Partnership]:
    folder = tmp_path / "moorland"
    shutil.copytree(MOORLAND, folder)
    make_home(folder)  # what the partnership has not written itself: holidays, the form, the other mails
    home = Partnership(folder, reader)
    home.sleep_until("2026-12-15 09:00")
    yield home
    found = list(swept(home.office, log=caplog.text))
    home.close()
    assert found == []


def referred(home: Partnership, sender: str) -> str:
    row = home.receive(new_mail(sender, MAILBOX, "Referral", LETTER, home.now, word_file(COMPLETE)))
    assert row.case is not None, row.reasons
    return row.case


def test_a_rapid_review_by_other_deadlines_agencies_and_names(moorland: Partnership) -> None:
    home = moorland
    # Tuesday 15 December 2026: the referral.
    home.wait_until("2026-12-15 10:12")
    case = referred(home, f"Verity Lockhart <{NURSE}>")
    assert home.due(case, "T2") == date(2026, 12, 22)
    (asked,) = home.sent(case=case, to=CHAIR, notice="N8")
    assert "MSCP" in asked.subject
    assert "the chair of the Practice Development Group" in asked.text
    assert "16:30" in asked.text

    # Wednesday: the notification goes, and its copy is wanted on the same day.
    home.wait_until("2026-12-16 11:00")
    home.answer(HEAD, "N4", "DONE REF 48213")
    assert home.due(case, "sin-copy") == date(2026, 12, 16)
    home.answer(HEAD, "N4-copy", "DONE")
    assert home.task(case, "sin-copy").status == "done"

    # Friday: the decision. The fifteen days count from the notification.
    home.wait_until("2026-12-18 11:00")
    home.answer(CHAIR, "N8", "RAPID REVIEW: YES police, icb, council, probation")
    assert home.stage(case) == "rapid_review_decided"
    assert home.due(case, "T11") == home.due(case, "T13") == date(2027, 1, 11)
    home.answer(MANAGER, "N12-start", "DONE")
    assert home.due(case, "T10", "probation") == date(2026, 12, 30)  # eight days, not ten
    assert home.due(case, "progress-meeting") == date(2026, 12, 23)
    assert home.due(case, "T11-meeting") == date(2027, 1, 4)

    # The agencies answer by their own keys; a nil return counts as one.
    home.answer(PROBATION, "N12", "NOT INVOLVED")
    assert home.task(case, "T10", "probation").status == "done"

    # Wednesday 30 December: nobody else has returned anything, and the people of this partnership hear of it.
    home.wait_until("2026-12-30 12:00")
    late = {mail.to for mail in home.sent(case=case, since="2026-12-30 08:30") if mail.timer == "T10"}
    assert {CHAIR, MANAGER} <= late
    assert all(mail.at.endswith("08:30") for mail in home.sent(case=case, since="2026-12-30 08:00") if mail.rung)


def test_whoever_refers_from_its_own_council_is_of_the_local_authority(moorland: Partnership) -> None:
    # The form was written on Sunday 13 December: an authority referrer's awareness starts the authority's clock.
    moorland.wait_until("2026-12-15 10:12")
    case = referred(moorland, f"Duty team <{DUTY_TEAM}>")
    assert moorland.due(case, "T2") == date(2026, 12, 18)


def test_the_file_of_the_second_partnership_knows_everything_that_the_shipped_one_does() -> None:
    own, shipped = (read_file(folder / "config" / "procedure.toml", "procedure.toml") for folder in (MOORLAND, ROOT))
    for table in ("region", "event", "timer", "ladder", "moment", "answer"):
        assert set(shipped.table[table]) <= set(own.table[table]), table  # type: ignore[call-overload]
