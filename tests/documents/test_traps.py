"""Whole Word forms as real mail holds them: each has one thing wrong with it."""

from collections.abc import Callable

import pytest

from cspr_bot.referral.form import ReferralForm

OnlyForm = Callable[[bytes], ReferralForm]
Altered = Callable[..., bytes]


def words(text: str) -> str:
    return f'<w:t xml:space="preserve">{text}</w:t>'


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("9th May 2026", "2026-05-09"),
        ("2026-05-09", "2026-05-09"),
        ("31/02/2026", None),
        ("9 May", None),
        ("2026", None),
    ],
)
def test_a_date_is_read_or_doubted(typed: str, iso: str | None, altered: Altered, only_form: OnlyForm) -> None:
    form = only_form(altered((words("09/05/2026"), words(typed))))
    read = form.child.date_of_death_or_incident
    assert (read.raw, read.iso and read.iso.isoformat()) == (typed, iso)
    assert [doubt.field for doubt in form.doubts] == ([] if iso else ["child.date_of_death_or_incident"])
    assert form.missing == ()


def test_both_boxes_of_a_criterion_are_a_conflict(altered: Altered, only_form: OnlyForm) -> None:
    form = only_form(altered(('<w14:checked w14:val="0"/>', '<w14:checked w14:val="1"/>')))
    criteria = form.criteria
    assert (criteria.deceased, criteria.seriously_harmed) == ("conflict", "conflict")
    assert (criteria.abuse_or_neglect, form.child.child_protection_plan) == ("conflict", "conflict")
    assert form.child.ethnic_origin.code is None
    assert len(form.child.ethnic_origin.codes) == 16
    assert form.missing == ()
    assert len(form.doubts) == 6


def test_boxes_nobody_ticked_are_missing(altered: Altered, only_form: OnlyForm) -> None:
    form = only_form(altered(('<w14:checked w14:val="1"/>', '<w14:checked w14:val="0"/>')))
    assert form.missing == ("criteria.deceased", "criteria.seriously_harmed", "criteria.abuse_or_neglect")
    assert (form.child.ethnic_origin.code, form.child.child_protection_plan, form.doubts) == (None, None, ())


def test_a_group_that_is_typed_is_the_other_one(altered: Altered, only_form: OnlyForm) -> None:
    nobody = ('<w14:checked w14:val="1"/>', '<w14:checked w14:val="0"/>')
    for typed in ("Please specify: Kurdish", "Please specify Kurdish", "Please specify</w:t><w:br/><w:t>Kurdish"):
        origin = only_form(altered(nobody, (words("Please specify"), words(typed)))).child.ethnic_origin
        assert (origin.code, origin.label, origin.specify) == ("E1", "Other", "Kurdish")


def test_a_placeholder_row_left_in_is_no_relative(altered: Altered, only_form: OnlyForm) -> None:
    form = only_form(altered((words("Scott Beamish"), words("Add rows as needed"))))
    assert [row.name for row in form.family] == ["Natalie Fairbourne", ""]


def test_soft_breaks_are_kept(altered: Altered, only_form: OnlyForm) -> None:
    broken = words("22 Sycamore Road") + "<w:br/>" + words("Wexcombe")
    form = only_form(altered((words("22 Sycamore Road, Wexcombe, ZZ99 7CD"), broken)))
    assert form.child.home_address == "22 Sycamore Road\nWexcombe"


def test_a_summary_outside_of_its_box_is_read(altered: Altered, only_form: OnlyForm) -> None:
    last = "meet the criteria for SCR.</w:t></w:r></w:p>"
    typed = f"{last}<w:p><w:r>{words('Typed above the box.')}</w:r></w:p>"
    first, second = (
        "Isaac was admitted with a healing fracture of the skull.",
        "The injury was estimated at seven to ten days old.",
    )
    assert only_form(altered((words(first), words("")), (words(second), words("")))).missing == ("summary",)
    form = only_form(altered((last, typed), (words(first), words("")), (words(second), words(""))))
    assert form.summary == "Typed above the box."
