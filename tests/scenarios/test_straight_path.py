"""One case from the referral to its closing, over a Christmas with two bank holidays and a New Year's Day."""

from datetime import date

from cspr_bot.demonstration.post import WORD, Enclosure
from tests.scenarios.calendars import calendar_of
from tests.scenarios.partnership import Partnership, Sent
from tests.scenarios.people import (
    BLANK_FORM,
    CHAIR,
    COMPLETE,
    COORDINATOR,
    EDUCATION,
    EXECUTIVE,
    HEALTH,
    NURSE,
    POLICE,
    SERVICE_LEADER,
)

# England 2026-27: 25 December (Friday), 28 December (Monday, for Boxing Day) and 1 January (Friday) are bank holidays.


def test_from_a_referral_before_christmas_to_publication(home: Partnership) -> None:
    case = referred(home)
    decided(home, case)
    gathered(home, case)
    recommended(home, case)
    commenced(home, case)
    published(home, case)
    letters_went_as_drafts(home, case)
    nothing_is_left(home, case)


def referred(home: Partnership) -> str:
    # Tuesday 15 December 2026: the referral. The incident was on Saturday the 12th, the form is of Sunday the 13th.
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    assert home.stage(case) == "open"
    assert home.due(case, "triage") == date(2026, 12, 16)
    assert home.due(case, "T2") == date(
        2026, 12, 22
    )  # five working days from our mailbox: the referrer is not the LA's
    assert home.due(case, "T3") == date(2026, 12, 22)
    assert home.due(case, "T6") == date(2026, 12, 18)  # five working days from the incident
    told = {(mail.notice, mail.to) for mail in home.sent(case=case)}
    assert {("N1", NURSE), ("N2", POLICE), ("N2", HEALTH), ("N3", COORDINATOR), ("N4", SERVICE_LEADER)} <= told
    assert ("N8", CHAIR) in told

    # The same day: the co-ordinator has looked at it.
    home.wait_until("2026-12-15 15:30")
    home.answer(COORDINATOR, "N3", "DONE")
    assert home.stage(case) == "subgroup_due"
    return case


def decided(home: Partnership, case: str) -> None:
    # Friday 18 December: the Sub-Group decides.
    home.wait_until("2026-12-18 11:00")
    home.answer(CHAIR, "N8", "RAPID REVIEW: YES police, health, education")
    assert home.stage(case) == "rapid_review_decided"
    assert home.due(case, "T7") == date(2026, 12, 21)
    assert home.due(case, "T9") == date(2026, 12, 29)  # 21, 22, 23, 24, then over Christmas to the 29th
    assert home.due(case, "T11") == home.due(case, "T13") == date(2027, 1, 13)
    for agency in ("police", "health", "education"):
        assert home.due(case, "T18", agency) == date(2026, 12, 21)
    # N9 has gone to all three of the Executive, which is all that T8 asks for.
    assert {mail.to for mail in home.sent(case=case, notice="N9")} == set(EXECUTIVE)
    assert home.task(case, "T8").status == "done"

    # Monday 21 December: the Panel is told, the records are secured, the statutory notification goes.
    home.wait_until("2026-12-21 10:00")
    home.answer(SERVICE_LEADER, "N10", "DONE")
    for address in (POLICE, HEALTH, EDUCATION):
        home.answer(address, "N11", "DONE")
    home.answer(SERVICE_LEADER, "N4", "DONE REF 48213")
    home.answer(SERVICE_LEADER, "N5", "DONE")
    regions = home.case(case).row.stages
    assert regions["notification"] == "sent"
    assert regions["records"] == {"police": "secured", "health": "secured", "education": "secured"}
    assert home.due(case, "T11") == date(2027, 1, 13)  # the decision of the 18th came first


def gathered(home: Partnership, case: str) -> None:
    template = Enclosure("completed template.docx", WORD, BLANK_FORM.read_bytes())

    # Tuesday 22 December: the templates go out.
    home.wait_until("2026-12-22 15:00")
    home.answer(COORDINATOR, "N12-start", "DONE")
    assert home.stage(case) == "rapid_review_gathering"
    for agency in ("police", "health", "education"):
        assert home.due(case, "T10", agency) == date(2027, 1, 6)  # ten working days from the 18th
    assert home.due(case, "T11-meeting") == date(2027, 1, 8)

    # The returns: one before New Year, one after, one agency did not know the child.
    home.wait_until("2026-12-30 14:20")
    home.answer(POLICE, "N12", "DONE", template)
    home.wait_until("2027-01-04 16:10")
    home.answer(HEALTH, "N12", "DONE", template)
    home.wait_until("2027-01-05 12:00")
    home.answer(EDUCATION, "N14", "NOT INVOLVED")
    assert home.stage(case) == "rapid_review_analysis"
    assert {mail.to for mail in home.sent(case=case, notice="N13")} == {POLICE, HEALTH, EDUCATION, COORDINATOR}
    assert [kept.name for kept in home.case(case).attachments].count("completed template.docx") == 2


def recommended(home: Partnership, case: str) -> None:
    # January: recommendation, decision, completion, submission, each before its day.
    home.wait_until("2027-01-07 15:30")
    home.answer(CHAIR, "N15-meeting", "RECOMMENDATION: CSPR")
    assert home.due(case, "T11-executive") == date(2027, 1, 12)
    home.wait_until("2027-01-11 10:00")
    home.answer(EXECUTIVE[0], "N15-executive", "DECISION: CSPR")
    home.answer(CHAIR, "N15", "DONE")
    assert home.due(case, "T12") == date(2027, 1, 12)
    home.wait_until("2027-01-12 11:00")
    home.answer(COORDINATOR, "N16", "DONE REF RR-2027-01")
    assert home.stage(case) == "awaiting_panel"
    assert home.task(case, "T12").status == "done"  # the submission is the copy
    assert home.due(case, "T21") == date(2027, 1, 26)


def commenced(home: Partnership, case: str) -> None:
    # Monday 25 January 2027: the Panel answers.
    home.wait_until("2027-01-25 12:00")
    home.answer(COORDINATOR, "N16-sent", "PANEL: LOCAL")
    assert home.stage(case) == "cspr_commencing"
    assert home.due(case, "T14") == date(2027, 1, 26)
    assert home.due(case, "T22") == date(2027, 2, 1)
    assert home.due(case, "T23") == date(2027, 2, 22)
    assert home.due(case, "T15") == date(2027, 7, 23)  # six months end on Sunday the 25th: the Friday before
    home.wait_until("2027-01-26 09:30")
    home.answer(SERVICE_LEADER, "N18", "DONE")
    assert home.task(case, "T14").status == "done"
    home.wait_until("2027-01-29 16:00")
    home.answer(COORDINATOR, "N19", "DONE")
    for action in range(1, 7):
        home.wait_until(f"2027-02-{action:02} 10:00")
        home.answer(CHAIR, "N20", f"ACTION {action}: DONE")
    assert home.stage(case) == "cspr_in_progress"


def published(home: Partnership, case: str) -> None:
    # July and August: the report, its copy to the Panel, publication.
    home.wait_until("2027-07-09 11:00")
    home.answer(CHAIR, "N21", "DONE")
    assert home.stage(case) == "report_final"
    home.record(case, "action_added", {"action": "1", "agency": "health", "due": "2027-09-30"})
    home.record(case, "publication_date_set", {"date": "2027-08-10"})
    assert home.due(case, "T16") == date(2027, 7, 30)  # seven working days before the 10th
    home.wait_until("2027-07-28 10:00")
    home.answer(COORDINATOR, "N23", "DONE")
    assert home.stage(case) == "pre_publication"
    home.wait_until("2027-08-10 10:00")
    home.record(case, "published")
    assert home.stage(case) == "actions_tracking"
    assert home.due(case, "T17", "health") == date(2027, 9, 30)
    home.wait_until("2027-09-28 10:00")
    home.answer(HEALTH, "N26", "DONE")
    assert home.stage(case) == "closed"


def nothing_is_left(home: Partnership, case: str) -> None:
    # Nothing is left open, nothing waits, nothing went twice, nothing was chased that was done.
    assert home.held() == []
    assert not home.case(case).case.open_tasks
    mails = home.written()
    assert {mail.status for mail in mails} <= {"sent", "cancelled"}
    # Answers are confirmed by number; everything else goes once to each address.
    once = [(mail.notice, mail.task, mail.rung, mail.to) for mail in mails if mail.task]
    assert len(once) == len(set(once))
    assert not [mail for mail in mails if mail.level == "L3"]
    assert home.office.store.installation.verify_audit() is None
    # Whoever opened every calendar file has an empty calendar now.
    sent = home.sent(case=case)
    assert [who for who in {mail.to for mail in sent} if calendar_of(mail for mail in sent if mail.to == who)] == []


def letters_went_as_drafts(home: Partnership, case: str) -> None:
    """With the mail that first asks, to whoever is to send them, and to nobody whom they are for."""
    went = {(mail.notice, mail.to): drafts for mail in home.sent(case=case) if (drafts := drafts_in(mail))}
    assert went == {
        ("N5", SERVICE_LEADER): {"N5-to-partners"},
        ("N10", SERVICE_LEADER): {"N10-to-panel"},
        ("N16", COORDINATOR): {"N16-to-panel"},
        ("N16-copy", COORDINATOR): {"N16-copy-to-panel"},
        ("N18", SERVICE_LEADER): {"N18-to-panel", "N18-to-ofsted", "N18-to-dfe"},
        ("N19", COORDINATOR): {"N19-to-referrer", "N19-to-police", "N19-to-health", "N19-to-education"},
        ("N20", CHAIR): {"N20-to-family"},
        ("N23", COORDINATOR): {"N23-to-panel", "N23-to-ofsted", "N23-to-dfe"},
    }
    (asked,) = home.sent(case=case, notice="N19")
    assert "this program sends no letter" in asked.text
    assert len(asked.raw) < 200_000
    reminded = home.sent(case=case, notice="N16-reminder", to=COORDINATOR)[0]
    assert f"cspr-bot letter {case} N16 -o FOLDER" in reminded.text


def drafts_in(mail: Sent) -> set[str]:
    has_any = b'.docx"' in mail.raw  # to parse every mail takes longer than all else here
    return {name.removesuffix(".docx") for name in mail.attachments if "-to-" in name} if has_any else set()
