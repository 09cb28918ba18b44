"""The desk over a real home: what each page shows, what the audit log keeps of it, and that lists name nobody."""

from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.board.application import VIEWS, Board
from cspr_bot.board.guard import LOOPBACK_NAMES
from cspr_bot.board.sessions import Sessions
from cspr_bot.board.sign_in import OneTimeLink
from cspr_bot.board.values import Decision, Refused, Released
from cspr_bot.bootstrap.board.desk import OfficeDesk
from cspr_bot.bootstrap.board.door import OfficeDoor, make_link, mark_of, new_token
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.rounds import FILE, note_round
from cspr_bot.bootstrap.world import SystemClock
from tests.board.browser import Browser
from tests.board.conftest import RENDERER, enter
from tests.cli.test_mails import STRANGER
from tests.fakes.desk import ALEX

# Of sample-1-word.docx: the child, the family, the home, the referrer. They may stand on the page of the referral only.
LISTS = [path for path, method, _ in VIEWS if method == "GET" and "{" not in path]


@pytest.fixture
def alex(desk: OfficeDesk) -> Browser:
    """Somebody who came in by a link that was made for them."""
    door = OfficeDoor(desk)
    board = Board(desk, door, OneTimeLink(door), Sessions(new_token), SystemClock(), RENDERER)
    browser = Browser(board.application(LOOPBACK_NAMES))
    assert enter(browser, make_link(desk.office(), "Alex Clerk")).status == 303
    browser.get("/")
    return browser


def secrets_of(desk: OfficeDesk, reference: str) -> set[str]:
    """Every text on the form of a case that is more than a word of the procedure."""
    page = desk.form(reference, ALEX)
    assert page is not None
    texts = {value for part in page.parts for _, value in part.rows}
    return {text for text in texts if len(text) > 6 and text not in {"Social Worker", "suspected", "not known"}}


def test_no_list_and_no_picture_holds_anything_of_the_form(desk: OfficeDesk, alex: Browser, reference: str) -> None:
    secrets = secrets_of(desk, reference)
    assert len(secrets) > 10
    pages = [*LISTS, f"/cases/{reference}/timeline.svg", f"/cases/{reference}/timeline-narrow.svg"]
    for path in pages:
        reply = alex.get(path)
        assert reply.status == 200, path
        assert [secret for secret in secrets if secret in reply.text] == [], path
        assert STRANGER not in reply.text
    shown = alex.get(f"/cases/{reference}/referral").words
    assert all(" ".join(secret.split()) in shown for secret in secrets)


def test_a_case_is_followed_from_the_list_to_its_referral(alex: Browser, reference: str) -> None:
    words = alex.get("/").words
    assert reference in words
    assert "1 mail is held for you" in words
    page = alex.get(f"/cases/{reference}").words
    for told in (
        "stage Open",
        "Notify the National Panel",
        "working days left",
        "A referral was received",
        "in law",
    ):
        assert told in page, told
    assert "The child" in alex.get(f"/cases/{reference}/referral").words


def test_every_view_of_personal_data_is_in_the_audit_log_without_any(
    desk: OfficeDesk, alex: Browser, reference: str, held: int
) -> None:
    before = len(desk.office().store.installation.audit_of())
    for path in (*LISTS, f"/cases/{reference}", f"/cases/{reference}/referral", f"/held/{held}", "/cases/NS-0000-00"):
        alex.get(path)
    office = desk.office()
    rows = office.store.installation.audit_of()[before:]
    mark = mark_of(office, "Alex Clerk")
    assert [(row.entry.what, row.entry.reference) for row in rows] == [
        ("case_viewed", reference),
        ("referral_viewed", reference),
        ("mail_viewed", f"held:{held}"),
    ]
    assert {row.entry.actor for row in rows} == {"board"}
    assert [dict(row.entry.details) for row in rows] == [{"who": mark}] * 3
    assert all("Alex" not in repr(row) for row in office.store.installation.audit_of())
    assert office.store.installation.verify_audit() is None


def test_a_person_has_one_mark_and_another_home_another(desk: OfficeDesk) -> None:
    office = desk.office()
    assert mark_of(office, "Alex Clerk") == mark_of(office, "Alex Clerk") != mark_of(office, "Blake Clerk")
    assert "Alex" not in mark_of(office, "Alex Clerk")


def test_a_held_mail_is_read_and_released_as_the_command_does_it(desk: OfficeDesk, alex: Browser, held: int) -> None:
    page = alex.get(f"/held/{held}").words
    for told in (
        STRANGER,
        "not proven" if "not proven" in page else "proven",
        "a referral form",
        "Please see the form.",
    ):
        assert told in page, told
    fields = {"choice": "referral", "reason": "I rang them, it is theirs"}
    assert alex.send(f"/held/{held}/confirm", fields).status == 200
    done = alex.follow(alex.send(f"/held/{held}/release", fields))
    assert f"Mail {held} was released as a referral" in done.words
    office = desk.office()
    assert office.store.reports.inbox_rows(held_only=True) == ()
    report = office.store.reports.case_report(f"held:{held}")
    assert report is not None
    (event,) = [event for event in report.events if event.name == "mail_released"]
    assert (event.by, event.source) == ("Alex Clerk", "board")
    assert {**event.fields, "cases": ""} == {"as": "referral", "reason": "I rang them, it is theirs", "cases": ""}
    assert len(desk.cases(closed=False)) == 2
    assert alex.send(f"/held/{held}/release", fields).status == 409  # the same form, sent once more


def test_a_reply_goes_to_a_case_that_is_there_only(desk: OfficeDesk, reference: str, held: int) -> None:
    for wrong in ("NS-0000-00", f"held:{held}", "digest", "", "x" * 5000, "\x00"):
        assert isinstance(desk.check(Decision(held, "reply", "so", wrong)), Refused)
    assert desk.check(Decision(held, "reply", "so", reference)) is None
    assert desk.release(Decision(held, "reply", "so", reference), ALEX) == Released((reference,))
    assert isinstance(desk.release(Decision(held, "ignore", "so"), ALEX), Refused)
    assert isinstance(desk.release(Decision(999, "ignore", "so"), ALEX), Refused)


def test_neither_a_held_mail_nor_the_digests_have_the_page_of_a_case(desk: OfficeDesk, held: int) -> None:
    for name in (f"held:{held}", "digest", "\ud800", "x" * 3000):
        assert desk.case(name, ALEX) is None
        assert desk.form(name, ALEX) is None
        assert desk.timeline(name, 600) is None


def test_what_is_due_says_what_comes_next(desk: OfficeDesk, reference: str, held: int) -> None:
    lines = desk.due().lines
    assert {line.case for line in lines} == {reference, f"held:{held}"}
    assert [line.due_at for line in lines] == sorted(line.due_at for line in lines)
    assert any(line.next_at and line.next_level for line in lines)


def test_a_file_of_the_home_that_is_mended_counts_at_once_and_one_that_is_broken_does_not(
    desk: OfficeDesk, board_home: Path
) -> None:
    path = board_home / "config" / "contacts.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('short_name = "NSSCP"', 'short_name = "Changed"'), encoding="utf-8")
    assert desk.frame().short_name == "Changed"
    path.write_text("not [ toml", encoding="utf-8")
    frame = desk.frame()
    assert frame.short_name == "Changed"
    assert "are no good (config/contacts.toml" in frame.notices[0]
    path.unlink()
    assert desk.frame().notices
    path.write_text(text, encoding="utf-8")
    assert (desk.frame().short_name, desk.frame().notices) == ("NSSCP", ())


def test_the_clock_that_another_process_turns_is_the_boards_too(desk: OfficeDesk, board_home: Path) -> None:
    other = Office(board_home)
    later = other.clock.now() + timedelta(days=30)
    other.turn(later)
    other.close()
    assert desk.frame().now == later
    assert desk.cases(closed=False)[0].standing.state == "late"


def test_a_closed_case_leaves_the_list_and_an_erased_one_says_so(
    desk: OfficeDesk, alex: Browser, reference: str
) -> None:
    office = desk.office()
    office.store.installation.erase_case(reference, office.clock.now(), by=("A", "B"))
    assert alex.get("/").status == 200
    reply = alex.get(f"/cases/{reference}")
    assert reply.status == 409
    assert "was erased" in reply.words


def test_health_tells_of_the_last_round_the_queues_and_the_log(desk: OfficeDesk, board_home: Path) -> None:
    def last_round() -> tuple[str, str]:
        found = desk.health(whole_log=False).findings[0]
        return found.standing.state, found.standing.said

    now = desk.office().real_now()
    assert last_round()[0] == "soon"
    note_round(board_home, now)
    assert last_round()[0] == "later"
    note_round(board_home, now - timedelta(hours=1))
    assert last_round()[0] == "late"
    note_round(board_home, now, "the mailbox does not answer")
    note_round(board_home, now + timedelta(minutes=5), "the mailbox does not answer")
    state, said = last_round()
    assert (state, said.count("the mailbox does not answer")) == ("late", 1)
    assert f"{desk.office().local(now):%H:%M}" in said  # since when, and not when it was tried last
    (board_home / "var" / FILE).write_text('{"good_at": "x"', encoding="utf-8")
    assert last_round()[0] == "soon"
    whole = {finding.what: finding.standing.state for finding in desk.health(whole_log=True).findings}
    assert whole["Audit log"] == whole["Database"] == "later"


def test_links_are_good_once_for_ten_minutes_and_lie_nowhere_in_the_clear(desk: OfficeDesk, board_home: Path) -> None:
    office = desk.office()
    code = make_link(office, "Alex Clerk")
    assert len(code) >= 43  # 256 bits
    kept = b"".join(path.read_bytes() for path in (board_home / "var").glob("cspr-bot.db*"))
    assert code.encode() not in kept
    assert b"Alex Clerk" not in kept
    later = office.real_now() + timedelta(minutes=10)
    assert office.store.sign_ins.take(code, later) is None
    assert office.store.sign_ins.take(code, office.real_now()) is None  # who came too late has used it up
    again = make_link(office, "Blake Clerk")
    assert office.store.sign_ins.take(again, office.real_now()) == "Blake Clerk"
    for wrong in (again, "", "x", "\ud800", "x" * 100_000):
        assert office.store.sign_ins.take(wrong, office.real_now()) is None
