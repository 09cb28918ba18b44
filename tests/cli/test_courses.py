"""Every event of the interfaces can be recorded with its fields, in a course that leads to where it is allowed."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.taking_over import open_by_hand
from cspr_bot.cli.recording import NEVER_BY_HAND
from cspr_bot.pipeline.kept import NewEvent
from cspr_bot.procedure.case import Decision
from tests.cli.commands import FORM

# The one course that goes through every stage of a local review, and beside each event the stage it leads to.
MAIN_COURSE = (
    ("triage_confirmed", "subgroup_due"),
    ("receipt_confirmed role=director", "subgroup_due"),
    ("partners_informed", "subgroup_due"),
    ("date_corrected field=aware_on value=2026-12-14", "subgroup_due"),
    ("date_corrected field=la_aware_on value=2026-12-14", "subgroup_due"),
    ("date_corrected field=incident_on value=2026-12-11", "subgroup_due"),
    ("disagreement_raised", "disputed"),
    ("disagreement_decided refer=yes", "open"),
    ("information_supplied", "open"),
    ("information_waived", "open"),
    ("areas_known answer=several", "open"),
    ("pointer_released", "open"),
    ("other_areas_informed", "open"),
    ("sin_not_required reason=unclear", "open"),
    ("sin_sent reference=48213", "open"),
    ("sin_withdrawn reason=error", "open"),
    ("looked_after_known answer=yes", "open"),
    ("looked_after_notified reference=7", "open"),
    ("custody_known answer=no", "open"),
    ("detained_known answer=yes", "open"),
    ("convened on=2026-12-17", "open"),
    ("subgroup_decided rapid_review=yes agencies=police,health", "rapid_review_decided"),
    ("executive_informed", "rapid_review_decided"),
    ("panel_informed", "rapid_review_decided"),
    ("records_secured agency=police", "rapid_review_decided"),
    ("agency_added agency=education", "rapid_review_decided"),
    ("rapid_review_started", "rapid_review_gathering"),
    ("deadline_extended timer=T10 to=2027-01-20 reason=illness agency=education", "rapid_review_gathering"),
    ("paused timer=T10 agency=health reason=strike", "rapid_review_gathering"),
    ("resumed timer=T10 agency=health reason=over", "rapid_review_gathering"),
    ("return_received agency=police", "rapid_review_gathering"),
    ("return_received agency=health", "rapid_review_gathering"),
    ("return_nil agency=education", "rapid_review_analysis"),
    ("recommendation_made outcome=cspr", "recommended"),
    ("executive_decided outcome=cspr", "executive_decision"),
    ("rapid_review_completed", "executive_decision"),
    ("rapid_review_copy_sent", "executive_decision"),
    ("panel_submission_sent reference=P1", "awaiting_panel"),
    ("panel_decided outcome=local", "cspr_commencing"),
    ("local_review_notified to=panel", "cspr_commencing"),
    ("local_review_notified to=ofsted", "cspr_commencing"),
    ("local_review_notified to=dfe", "cspr_commencing"),
    ("learning_shared", "cspr_commencing"),
    ("commencement_letters_sent", "cspr_commencing"),
    ("outcome_letters_sent", "cspr_commencing"),
    ("family_informed on=2026-12-15", "cspr_commencing"),
    *((f"commencement_action_done action={number}", None) for number in range(1, 6)),
    ("commencement_action_done action=6", "cspr_in_progress"),
    ("progress_reported", "cspr_in_progress"),
    ("new_information reason=letter", "awaiting_panel"),
    ("panel_decided outcome=information_requested", "awaiting_panel"),
    ("panel_decided outcome=local", None),
)

TRIED_ELSEWHERE = {
    "report_accepted",
    "action_added",
    "action_updated",
    "action_closed",
    "publication_date_set",
    "publication_held",
    "publication_resumed",
    "copy_sent_to_panel",
    "published",
    "improvements_published",
    "note_added",
    "closed",
    "reopened",
    "transferred",
    "merged",
    "alternative_review_completed",
    "alternative_review_planned",
    "gate_overridden",
    "panel_replied",
    "rapid_review_approved",
    "report_checked",
    "subgroup_overruled",
    "national_learning_received",
    "away_until",
    "rapid_review_drafted",
    "procedure_changed",
}


@pytest.fixture
def office(home: Path) -> Iterator[Office]:
    """The same home without a command line: the configuration is read once for a whole course."""
    opened = Office(home)
    yield opened
    opened.close()


def drive(office: Office, course: Iterable[tuple[str, str | None]], reason: str = "") -> str:
    """Put events before the rules, one after another, as `record` does; give the stage that they lead to."""
    (reference,) = open_by_hand(office, FORM.read_bytes(), office.clock.now(), "A. Clerk", is_quiet=False).references
    while office.progression.step():
        pass
    stage = ""
    for words, expected in course:
        name, *pairs = words.split()
        fields = dict(pair.split("=", 1) for pair in pairs)
        takes_reason = any(field.name == "reason" for field in office.home.procedure.events[name].fields)
        fields |= {"reason": reason} if reason and takes_reason else {}
        outcome = office.progression.record(NewEvent(reference, name, office.clock.now(), "cli", "A. Clerk", fields))
        assert isinstance(outcome, Decision), (words, outcome)
        stage = outcome.case.stages["main"]
        assert expected in {None, stage}, words
    return stage


def test_a_case_can_be_driven_through_its_course_event_by_event(office: Office) -> None:
    drive(office, MAIN_COURSE)


def test_a_review_can_be_driven_from_report_to_publication_and_its_actions(office: Office) -> None:
    course = (
        "subgroup_decided rapid_review=yes agencies=police",
        "rapid_review_started",
        "return_nil agency=police",
        "recommendation_made outcome=cspr",
        "executive_decided outcome=cspr",
        "panel_submission_sent",
        "panel_decided outcome=local",
        "commencement_letters_sent",
        *(f"commencement_action_done action={number}" for number in range(1, 7)),
        "report_accepted",
        "report_checked item=family",
        "action_added action=1 agency=health due=2027-09-30",
        "action_updated action=1",
        "publication_date_set date=2027-03-10",
        "publication_held",
        "publication_resumed",
        "copy_sent_to_panel",
        "published",
        "action_closed action=1",
        "note_added note=telephoned",
        "closed",
        "reopened",
    )
    drive(office, ((words, None) for words in course), reason="as the Sub-Group asked")


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        (("transferred",), "transferred"),
        (("merged into=NS-7F3K-2Q",), "merged"),
        (("disagreement_raised", "disagreement_decided refer=no reason=criteria"), "not_referred"),
        (("subgroup_decided rapid_review=no reason=criteria",), "no_rapid_review"),
        (
            ("subgroup_decided rapid_review=no reason=criteria", "executive_decided outcome=alternative"),
            "alternative_review",
        ),
        (
            (
                "subgroup_decided rapid_review=no reason=criteria",
                "executive_decided outcome=alternative",
                "alternative_review_planned kind=local due=2027-03-31",
                "alternative_review_completed",
            ),
            None,
        ),
        (
            (
                "subgroup_decided rapid_review=yes agencies=police",
                "rapid_review_started",
                "recommendation_made outcome=national",
                "executive_decided outcome=national",
                "panel_submission_sent",
                "panel_decided outcome=national",
                "national_learning_received",
            ),
            None,
        ),
        (
            (
                "subgroup_decided rapid_review=yes agencies=police",
                "rapid_review_started",
                "return_nil agency=police",
                "rapid_review_drafted",
                "recommendation_made outcome=cspr",
                "executive_decided outcome=cspr",
                "panel_submission_sent",
                "panel_decided outcome=local",
                "commencement_letters_sent",
                *(f"commencement_action_done action={number}" for number in range(1, 7)),
                "report_accepted",
                "copy_sent_to_panel",
                "publication_date_set date=2027-03-10",
                "improvements_published",
            ),
            None,
        ),
        (("away_until role=director until=2026-12-24",), "open"),
        (
            (
                "subgroup_decided rapid_review=no reason=criteria",
                "subgroup_overruled rapid_review=yes agencies=police",
                "rapid_review_approved",
                "rapid_review_started",
                "recommendation_made outcome=cspr",
                "executive_decided outcome=cspr",
                "panel_submission_sent",
                "gate_overridden",
                "panel_replied outcome=local",
            ),
            "cspr_commencing",
        ),
    ],
)
def test_the_side_exits_can_be_recorded(office: Office, words: tuple[str, ...], stage: str | None) -> None:
    reached = drive(office, ((step, None) for step in words), reason="as decided")
    assert stage in {None, reached}


def test_every_event_that_a_person_may_record_is_recorded_here_once(office: Office) -> None:
    tried = {words.split()[0] for words, _ in MAIN_COURSE} | TRIED_ELSEWHERE
    assert set(office.home.procedure.events) - tried - NEVER_BY_HAND == {"referral_received"}
