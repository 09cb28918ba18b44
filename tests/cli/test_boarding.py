"""`board`: where it answers, whom it lets in, and what it refuses before anybody is told of it."""

import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cspr_bot.bootstrap.board.serving import Place, listen_at, place_of
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from tests.cli.commands import Type


def test_a_link_is_printed_for_who_asks_and_lets_them_in(at_home: Type, home: Path) -> None:
    said = at_home("board", "--link", "--by", "A. Clerk")
    assert said.status == 0
    found = re.search(r"^  http://127\.0\.0\.1:8080/sign-in\?code=(\S{43})$", said.out, re.MULTILINE)
    assert found is not None
    assert "within 10 minutes; it lets A. Clerk in once" in said.out
    office = Office(home)
    assert office.store.sign_ins.take(found[1], office.real_now()) == "A. Clerk"
    office.close()


def test_a_link_is_given_to_programs_too(at_home: Type) -> None:
    told = at_home("board", "--link", "--json", "--listen", "127.0.0.1:9000").json
    assert told["link"].startswith("http://127.0.0.1:9000/sign-in?code=")
    assert told["by"]
    assert told["minutes"] == 10


@pytest.mark.parametrize(
    ("listen", "told"),
    [
        ("10.0.0.1:8080", "other machines could reach the board there"),
        ("board.council.example:8080", "other machines could reach the board there"),
        ("0.0.0.0:8080", "this is every address of the machine"),
        ("[::]:8080", "this is every address of the machine"),
        ("*:8080", "this is every address of the machine"),
        ("127.0.0.1", "not a host and a port"),
        ("127.0.0.1:70000", "not a host and a port"),
        ("127.0.0.1:-1", "not a host and a port"),
        (":8080", "not a host and a port"),
        ("", "not a host and a port"),
    ],
)
def test_a_place_beyond_this_machine_or_none_at_all_is_refused(at_home: Type, listen: str, told: str) -> None:
    if not listen:
        with pytest.raises(NotReadyError, match=told):
            place_of(listen, "")
        return
    said = at_home("board", "--listen", listen, "--by", "A. Clerk")
    assert (said.status, len(said.problems)) == (1, 1)
    assert told in said.err
    assert said.out == ""


def test_who_says_why_may_let_other_machines_in() -> None:
    assert place_of("10.0.0.1:8080", "behind the council's own gateway") == Place("10.0.0.1", 8080)
    assert place_of("[::1]:8080", "").address == "http://[::1]:8080"
    with pytest.raises(NotReadyError, match="every address"):
        place_of("0.0.0.0:8080", "why not")


def test_a_place_that_is_taken_is_said_before_a_link_is_printed(at_home: Type) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = at_home("board", "--listen", f"127.0.0.1:{port}")
        assert (said.status, said.out) == (1, "")
        assert "another program, perhaps another board, answers there" in said.err


def test_the_command_serves_until_it_is_stopped_and_writes_down_who_asked_for_nothing(home: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "cspr_bot",
        "--home",
        str(home),
        "board",
        "--listen",
        "127.0.0.1:0",
        "--by",
        "Alex",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stdout is not None
        printed = "".join(running.stdout.readline() for _ in range(5))
        found = re.search(r"http://127\.0\.0\.1:(\d+)(/sign-in\?code=\S+)", printed)
        assert found is not None
        assert f"--home {home} board --link --listen 127.0.0.1:{found[1]}" in printed
        with closing(HTTPConnection("127.0.0.1", int(found[1]), timeout=60)) as browser:
            browser.request("GET", found[2])
            answer = browser.getresponse()
            assert (answer.status, answer.headers["Server"]) == (200, None)
            assert b"Sign in" in answer.read()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (0, "")
    assert err == "The board runs until you stop it with Ctrl+C.\n"


def test_a_place_is_taken_before_anybody_is_told() -> None:
    taken, place = listen_at(Place("127.0.0.1", 0))
    with taken, socket.create_connection(("127.0.0.1", place.port), timeout=5):
        assert place.port > 0
