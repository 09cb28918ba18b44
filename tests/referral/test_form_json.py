"""The JSON that other programs rely on."""

from datetime import date

from cspr_bot.referral.form import Child, Doubt, EthnicOrigin, FormDate, Reading, ReferralForm
from cspr_bot.referral.form_json import as_json, reading_as_json


def test_every_key_is_there_even_where_nothing_was_written() -> None:
    written = as_json(ReferralForm())
    assert list(written) == [
        "referrer", "child", "family", "criteria", "summary", "other_agencies", "other_processes", "missing", "doubts",
    ]  # fmt: skip
    assert written["referrer"] == {
        "name": "", "email": "", "role": "", "tel": "", "agency": "", "date_submitted": {"raw": "", "iso": None},
    }  # fmt: skip
    assert written["criteria"] == {
        "deceased": None, "seriously_harmed": None, "abuse_or_neglect": None, "agency_working_concern": None,
    }  # fmt: skip


def test_a_time_and_several_codes_stand_there_only_where_they_are_given() -> None:
    child = Child(
        dob=FormDate("11/05/2026 15:10", date(2026, 5, 11), "15:10"),
        ethnic_origin=EthnicOrigin(None, ("A1", "B1")),
    )
    written = as_json(ReferralForm(child=child, missing=("summary",), doubts=(Doubt("child.dob", "why", "raw"),)))
    assert isinstance(written["child"], dict)
    assert written["child"]["dob"] == {"raw": "11/05/2026 15:10", "iso": "2026-05-11", "time": "15:10"}
    assert written["child"]["ethnic_origin"] == {"code": None, "codes": ["A1", "B1"], "label": "", "specify": ""}
    assert written["missing"] == ["summary"]
    assert written["doubts"] == [{"field": "child.dob", "why": "why", "raw": "raw"}]


def test_a_file_that_was_not_read_is_a_row_too() -> None:
    row = reading_as_json("x.docx", Reading("encrypted", "locked"))
    assert row == {"file": "x.docx", "verdict": "encrypted", "reason": "locked", "forms": []}
