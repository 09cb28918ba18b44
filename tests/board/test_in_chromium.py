"""The board in a real browser: a co-ordinator's day, and every page for who does not see, point or sit at a desk."""

from pathlib import Path

from playwright.sync_api import expect

from cspr_bot.bootstrap.board.contacts import PATTERN
from cspr_bot.bootstrap.board.desk import OfficeDesk
from cspr_bot.bootstrap.board.door import make_link
from tests.board.chromium import DESK, ENLARGED, TELEPHONE, Screen, browser, served

LAID_OUT_ANEW = {"case", "held-mail", "contacts"}  # on a telephone
REASON = "I rang the school: it is their referral"
MISTAKE = "coordinator@nsscp.exmaple@"
NEW_NAME = "The partnership's co-ordinator"


def opened(desk: OfficeDesk, address: str) -> str:
    """Give a link as the command prints it."""
    return f"{address}/sign-in?code={make_link(desk.office(), 'Alex Clerk')}"


def test_a_day_of_the_coordinator(desk: OfficeDesk, board_home: Path, reference: str, held: int) -> None:
    with browser() as chromium, served(desk) as address:
        screen, link = Screen(chromium.new_page(), address), opened(desk, address)
        screen.resize(DESK)
        comes_in(screen, link)
        follows_a_case(screen, reference)
        releases_a_held_mail(screen, held)
        changes_a_contact(screen)
        goes_and_stays_out(screen, link)
        assert [url for url in screen.asked if not url.startswith(f"{address}/")] == []
        refused = "Failed to load resource: the server responded with a status of"
        assert [text for text in screen.complaints if refused not in text] == []
    [proposal] = (board_home / "var").glob(PATTERN)
    assert NEW_NAME in proposal.read_text(encoding="utf-8-sig")
    report = desk.office().store.reports.case_report(f"held:{held}")
    assert report is not None
    assert REASON in {value for event in report.events for value in event.fields.values()}


def comes_in(screen: Screen, link: str) -> None:
    screen.page.goto(link)
    screen.keep("sign-in")
    screen.page.get_by_role("button", name="Sign in").click()
    expect(screen.heading()).to_have_text("Cases by their next deadline")
    screen.keep("cases")


def follows_a_case(screen: Screen, reference: str) -> None:
    page = screen.page
    page.get_by_role("link", name=reference).click()
    expect(page.get_by_role("heading", name="Deadlines")).to_be_visible()
    assert page.evaluate("document.querySelector('.timeline img').naturalWidth") > 0
    page.get_by_role("link", name="Read the referral").click()
    expect(page.get_by_role("heading", name="The child")).to_be_visible()


def releases_a_held_mail(screen: Screen, held: int) -> None:
    page = screen.page
    page.get_by_role("link", name="Held").click()
    page.get_by_role("link", name=f"Mail {held}").click()
    page.get_by_label("A referral").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Write why")
    screen.keep("held-mail-mending")
    page.get_by_label("Why").fill(REASON)
    page.get_by_role("button", name="Go on").click()
    expect(screen.heading()).to_contain_text("as a referral?")
    screen.keep("held-mail-confirm")
    page.get_by_role("button", name="Release as a referral").click()
    expect(page.get_by_role("status")).to_contain_text(f"Mail {held} was released as a referral")
    page.get_by_role("link", name="Cases", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(2)


def changes_a_contact(screen: Screen) -> None:
    """Make a mistake first, and mend it."""
    page = screen.page
    page.get_by_role("link", name="Contacts").click()
    page.get_by_role("link", name="Change").first.click()
    email = page.get_by_label("E-mail")
    before = email.input_value()
    email.fill(MISTAKE)
    page.get_by_role("button", name="Check the change").click()
    expect(page.get_by_role("alert").first).to_contain_text("This needs mending first")
    expect(email).to_have_value(MISTAKE)
    screen.keep("contact-mending")
    email.fill(before)
    page.get_by_label("Name", exact=True).fill(NEW_NAME)
    page.get_by_role("button", name="Check the change").click()
    expect(screen.heading()).to_have_text("Save this change?")
    screen.keep("contact-confirm")
    page.get_by_role("button", name="Save as a proposal").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("A proposal waits")
    screen.keep("contacts-proposal")


def goes_and_stays_out(screen: Screen, used: str) -> None:
    page = screen.page
    page.get_by_role("button", name="Sign out").click()
    expect(screen.heading()).to_have_text("You are signed out")
    page.go_back()
    expect(screen.heading()).to_have_text("Sign in to the case board")  # the browser has kept nothing
    page.goto(used)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This link does not work")


def test_every_page_is_for_everybody(desk: OfficeDesk, reference: str, held: int) -> None:
    paths = {
        "cases": "/",
        "closed": "/closed",
        "case": f"/cases/{reference}",
        "referral": f"/cases/{reference}/referral",
        "held": "/held",
        "held-mail": f"/held/{held}",
        "due": "/due",
        "contacts": "/contacts",
        "contact": "/contacts/1",
        "health": "/health",
        "missing": "/nowhere",
    }
    with browser() as chromium, served(desk) as address:
        screen = Screen(chromium.new_page(), address)
        page = screen.page
        screen.resize(DESK)
        page.goto(opened(desk, address))
        assert screen.shut_out() == []
        page.get_by_role("button", name="Sign in").click()
        for name, path in paths.items():
            page.goto(f"{address}{path}")
            assert screen.shut_out() == [], name
            for kind, size in (("enlarged", ENLARGED), ("telephone", TELEPHONE)):
                screen.resize(size)
                assert not screen.is_too_wide(), (name, kind)
            if name in LAID_OUT_ANEW:
                screen.keep(f"{name}-telephone")
                assert screen.shut_out() == [], (name, "telephone")
            screen.resize(DESK)
            screen.keep(name)

        page.goto(f"{address}/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the main part")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        screen.keep("keyboard")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        seen = []
        for _ in range(3):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.textContent.trim()"))
            shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert shown == "solid"
        assert reference in seen
        page.emulate_media(forced_colors="active")
        screen.keep("forced-colours")
