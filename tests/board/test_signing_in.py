"""Who gets in, how long they stay, and what happens to those who do not: every address of the board is asked."""

from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from cspr_bot.board.application import COOKIE, LARGEST_FORM, VIEWS
from cspr_bot.board.guard import HEADERS
from cspr_bot.board.sessions import CLOSED_FOR, IDLE, LONGEST, MOST_SESSIONS, MOST_WRONG, Session, Sessions
from tests.board.browser import Browser
from tests.board.conftest import World, enter
from tests.fakes.desk import ALEX, NOW

OPEN_ADDRESSES = {"/sign-in", "/sign-in/finish"}
ADDRESSES = [(method, path.format(reference="NS-7F3K-2Q", mail="3", number="3")) for path, method, _ in VIEWS]


def routes(world: World) -> dict[str, set[str]]:
    pages = world.application.pages
    assert isinstance(pages, Starlette)
    return {route.path: set(route.methods or ()) for route in pages.routes if isinstance(route, Route)}


def untouched(world: World) -> bool:
    desk = world.desk
    return [desk.seen, desk.released, desk.proposed, desk.withdrawn] == [[], [], [], []]


def test_every_address_there_is_stands_in_the_table_or_is_a_door(world: World) -> None:
    assert set(routes(world)) - {path for path, _, _ in VIEWS} == {*OPEN_ADDRESSES, "/sign-out"}
    assert all(
        "POST" not in methods or path in OPEN_ADDRESSES or methods == {"POST"}
        for path, methods in routes(world).items()
    )


@pytest.mark.parametrize(("method", "path"), [*ADDRESSES, ("POST", "/sign-out")])
def test_nobody_sees_or_does_anything_without_a_session(world: World, method: str, path: str) -> None:
    browser = world.browser()
    for cookie in ("", "token-1", "x" * 5000, "token-1; token-2"):
        browser.cookies = {COOKIE: cookie} if cookie else {}
        reply = browser.get(path) if method == "GET" else browser.send(path, {"choice": "ignore", "reason": "x"})
        assert reply.status == 401
        assert "NS-7F3K-2Q" not in reply.text
    assert untouched(world)


@pytest.mark.parametrize("path", [path for method, path in ADDRESSES if method == "POST"] + ["/sign-out"])
def test_a_form_without_its_sessions_own_token_does_nothing(world: World, path: str) -> None:
    alex, blake = world.signed_in(), world.signed_in("again")
    alex.get("/")
    blake.get("/")
    for token in ("", "x", blake.csrf, f"{alex.csrf} ", alex.csrf[:-1], "\ud800", "é"):
        fields = {"choice": "ignore", "reason": "noise", "csrf": token.encode("utf-8", "replace").decode()}
        assert alex.send(path, fields).status == 401
    assert untouched(world)
    assert alex.get("/").status == 200


def test_a_link_lets_one_person_in_once(world: World) -> None:
    first, second = world.browser(), world.browser()
    reply = enter(first, "good")
    assert (reply.status, reply.header("location")) == (303, "/")
    assert first.get("/").status == 200
    assert enter(second, "good").status == 403
    assert second.get("/").status == 401
    assert world.door.noted == [("signed_in", ALEX.mark), ("sign_in_refused", "")]


def test_looking_at_a_link_does_not_use_it_up(world: World) -> None:
    """A mail program, a virus scanner or a browser that reads ahead opens a link before a person does."""
    reader = world.browser()
    for _ in range(3):
        assert reader.get("/sign-in?code=good").status == 200
        assert reader.get("/sign-in/finish?code=good").status == 200
        assert reader.ask("HEAD", "/sign-in?code=good").status == 200
    assert reader.cookies == {}
    assert enter(world.browser(), "good").status == 303


def test_a_cookie_tells_a_script_nothing_and_goes_to_no_other_site(world: World) -> None:
    reply = enter(world.browser(), "good")
    words = {word.strip().lower() for word in reply.header("set-cookie").split(";")}
    assert {"httponly", "samesite=strict", "path=/"} <= words
    assert not any(word.startswith(("domain", "max-age", "expires")) for word in words)


def test_who_signs_in_gets_a_cookie_that_nobody_knew_before(world: World) -> None:
    browser = world.browser()
    browser.cookies = {COOKIE: "planted"}
    enter(browser, "good")
    assert browser.cookies[COOKIE] != "planted"
    first = browser.cookies[COOKIE]
    enter(browser, "again")
    again = world.browser()
    again.cookies = {COOKIE: first}
    assert again.get("/").status == 401  # the session that was signed in before has ended


def test_half_an_hour_without_a_click_ends_a_session(world: World, alex: Browser) -> None:
    for _ in range(3):
        world.clock.wait(minutes=29)
        assert alex.get("/").status == 200
    world.clock.wait(seconds=IDLE.total_seconds())
    reply = alex.get("/")
    assert reply.status == 401
    assert "You were signed out" in reply.words
    assert "board --link" in reply.words


def test_a_working_day_ends_a_session_however_often_it_is_used(world: World, alex: Browser) -> None:
    for _ in range(int(LONGEST / timedelta(minutes=20)) - 1):
        world.clock.wait(minutes=20)
        assert alex.get("/").status == 200
    world.clock.wait(minutes=20)
    assert alex.get("/").status == 401


def test_a_clock_that_is_set_back_ends_a_session_and_never_prolongs_it(world: World, alex: Browser) -> None:
    world.clock.wait(minutes=-1)
    assert alex.get("/").status == 401


def test_who_signs_out_is_out(world: World, alex: Browser) -> None:
    cookie = alex.cookies[COOKIE]
    reply = alex.send("/sign-out")
    assert "You are signed out" in reply.words
    alex.cookies = {COOKIE: cookie}
    assert alex.get("/").status == 401
    assert world.door.noted[-1] == ("signed_out", ALEX.mark)


def test_wrong_links_shut_the_door_for_a_while_and_throw_nobody_out(world: World, alex: Browser) -> None:
    stranger = world.browser()
    for number in range(MOST_WRONG):
        assert enter(stranger, f"wrong-{number}").status == 403
    reply = stranger.send("/sign-in/finish", {"code": "again"})
    assert reply.status == 429
    assert "Too many wrong links" in reply.words
    assert alex.get("/").status == 200
    world.clock.wait(seconds=CLOSED_FOR.total_seconds() - 1)
    assert stranger.send("/sign-in/finish", {"code": "again"}).status == 429
    world.clock.wait(seconds=1)
    assert enter(stranger, "again").status == 303


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/static/board.css", "/static/nothing", "/cases/x"])
def test_every_answer_forbids_what_no_page_needs(world: World, alex: Browser, path: str) -> None:
    for browser in (alex, world.browser()):
        reply = browser.get(path)
        for name, value in HEADERS.items():
            assert reply.header(name) == value
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert "script-src" not in HEADERS["Content-Security-Policy"]  # default-src 'none' leaves none


@pytest.mark.parametrize("path", ["/nowhere", "/cases", "/held/3/release", "/sign-out", "/cases/a/b/c"])
def test_what_is_not_there_says_so_to_who_is_in_and_nothing_to_others(world: World, alex: Browser, path: str) -> None:
    assert alex.get(path).status == 404
    assert world.browser().get(path).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/../application.py",
        "/static/..%2fapplication.py",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/static/..\\..\\guard.py",
        "/static/board.css/../../guard.py",
        "/static/templates/base.html",
        "/static/",
        "/static",
    ],
)
def test_no_path_leads_out_of_the_folder_of_the_style(alex: Browser, path: str) -> None:
    reply = alex.get(path)
    assert reply.status in {404, 401, 307}
    assert b"import" not in reply.content
    assert b"root:" not in reply.content


def test_what_is_larger_than_any_form_is_turned_away(world: World, alex: Browser) -> None:
    assert alex.send("/held/3/release", {"reason": "x" * LARGEST_FORM}).status == 413
    assert alex.send("/held/3/release", {f"field-{number}": "x" for number in range(200)}).status == 413
    assert alex.get("/held/3?" + "&".join(f"a{number}=1" for number in range(200))).status == 413
    assert untouched(world)


def test_the_oldest_session_goes_where_there_are_too_many() -> None:
    tokens = iter(f"t{number}" for number in range(1000))
    sessions = Sessions(lambda: next(tokens))
    cookies = [sessions.begin(ALEX, NOW + timedelta(seconds=number)) for number in range(MOST_SESSIONS + 1)]
    later = NOW + timedelta(minutes=2)
    assert sessions.of(cookies[0], later) is None
    assert all(sessions.of(cookie, later) for cookie in cookies[1:])


def test_what_is_to_be_told_is_told_once() -> None:
    tokens = iter(("cookie", "csrf"))
    sessions = Sessions(lambda: next(tokens))
    sessions.begin(ALEX, NOW)
    sessions.say("cookie", "Done.")
    sessions.say("another", "Not for anybody.")
    assert [sessions.told(name) for name in ("cookie", "cookie", "another")] == ["Done.", "", ""]


def test_a_session_does_not_hold_its_cookie() -> None:
    sessions = Sessions(lambda: "a-secret-token")
    sessions.begin(ALEX, NOW)
    assert "a-secret-token" not in repr(list(sessions._open))
    assert isinstance(sessions.of("a-secret-token", NOW), Session)
