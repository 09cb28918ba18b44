"""Which requests come in at all: by the name they call us, and by where their form was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.board.guard import LOOPBACK_NAMES, is_loopback, refusal
from tests.board.browser import Browser
from tests.board.conftest import World

OWN = "127.0.0.1:8080"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "localhost", "localhost:9000", "LOCALHOST:1", "[::1]:8080", "127.0.0.1"]
)
def test_we_answer_to_the_names_of_this_machine(host: str) -> None:
    assert refusal("GET", {"host": host}, LOOPBACK_NAMES) == ""


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#127.0.0.1",
        "evil.example@127.0.0.1:8080",
        "127.0.0.1@evil.example",
        "127.0.0.1/evil",
        "127.0.0.1:80:80",
        "127.0.0.1:x",
        "127.0.0.1:99999",
        "[::1",
        "0.0.0.0:8080",
        "2130706433",
        "127.0.0.1, evil.example",
    ],
)
def test_a_name_that_was_made_to_lead_here_is_turned_away(world: World, host: str) -> None:
    assert refusal("GET", {"host": host}, LOOPBACK_NAMES)
    browser = Browser(world.application, host=host)
    assert browser.get("/sign-in?code=good").status == 400
    assert browser.send("/sign-in/finish", {"code": "good"}).status == 403
    assert "good" in world.door.links


@pytest.mark.parametrize(
    ("origin", "site"),
    [(f"http://{OWN}", "same-origin"), (f"http://{OWN}", ""), ("null", "same-origin")],
)
def test_a_form_of_our_own_comes_in(origin: str, site: str) -> None:
    assert refusal("POST", {"host": OWN, "origin": origin, "sec-fetch-site": site}, LOOPBACK_NAMES) == ""


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        ("", ""),
        ("", "same-origin"),
        ("null", ""),
        ("null", "cross-site"),
        ("null", "none"),
        ("https://evil.example", "cross-site"),
        ("http://evil.example", ""),
        (f"https://{OWN}", ""),
        ("http://127.0.0.1:9999", "same-site"),
        ("http://127.0.0.1", ""),
        ("http://localhost:8080", ""),
        (f"http://{OWN}", "cross-site"),
        (f"http://{OWN}", "same-site"),
        (f"http://{OWN}/", ""),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_form_of_another_page_is_turned_away(origin: str, site: str, method: str) -> None:
    assert refusal(method, {"host": OWN, "origin": origin, "sec-fetch-site": site}, LOOPBACK_NAMES)


@given(host=st.text(max_size=60))
def test_no_host_breaks_the_guard(host: str) -> None:
    assert isinstance(refusal("GET", {"host": host}, LOOPBACK_NAMES), str)


@pytest.mark.parametrize(
    ("name", "is_here"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)]
)
def test_loopback_is_known(name: str, *, is_here: bool) -> None:
    assert is_loopback(name) is is_here


@pytest.mark.parametrize("name", ["0.0.0.0", "10.0.0.1", "board.council.example", "", "::"])  # noqa: S104
def test_everything_else_is_not_loopback(name: str) -> None:
    assert not is_loopback(name)
