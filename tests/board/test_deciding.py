"""A held mail is decided on with two clicks and a reason, once."""

import pytest

from cspr_bot.board.deciding import LONGEST_REASON
from cspr_bot.board.values import Decision
from tests.board.browser import Browser
from tests.board.conftest import World
from tests.fakes.desk import ALEX

REASON = "It came from our own school, and I rang them"


@pytest.mark.parametrize(
    ("fields", "decision", "told"),
    [
        ({"choice": "referral"}, Decision(3, "referral", REASON), "Mail 3 was released as a referral: NS-7F3K-2Q."),
        ({"choice": "ignore"}, Decision(3, "ignore", REASON), "Mail 3 was discarded."),
        (
            {"choice": "reply", "case": " ns-7f3k-2q "},
            Decision(3, "reply", REASON, "NS-7F3K-2Q"),
            "Mail 3 was filed as a reply on NS-7F3K-2Q.",
        ),
        ({"choice": "ignore", "case": "NS-7F3K-2Q"}, Decision(3, "ignore", REASON), "Mail 3 was discarded."),
    ],
)
def test_two_clicks_and_a_reason_decide(
    world: World, alex: Browser, fields: dict[str, str], decision: Decision, told: str
) -> None:
    asked = alex.send("/held/3/confirm", {**fields, "reason": f" {REASON} "})
    assert asked.status == 200
    assert REASON in asked.words
    assert world.desk.released == []
    done = alex.send("/held/3/release", {**fields, "reason": REASON})
    assert told in alex.follow(done).words
    assert world.desk.released == [(decision, ALEX)]
    assert told not in alex.get("/held").words  # it is told once


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Choose what this mail is"),
        ({"choice": "referral"}, "Write why"),
        ({"choice": "referral", "reason": "  \t "}, "Write why"),
        ({"choice": "reply", "reason": REASON}, "Write the reference of the case"),
        ({"choice": "forward", "reason": REASON}, "Choose what this mail is"),
        ({"choice": "ignore", "reason": "x" * (LONGEST_REASON + 1)}, "Write at most 500 signs"),
    ],
)
@pytest.mark.parametrize("click", ["confirm", "release"])
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    world: World, alex: Browser, fields: dict[str, str], problem: str, click: str
) -> None:
    reply = alex.send(f"/held/3/{click}", {"case": "NS-1", **fields} if "case" not in problem else fields)
    assert reply.status == 422
    assert problem in reply.words
    assert "Needs mending" in reply.text
    if "x" not in fields.get("reason", ""):
        assert fields.get("reason", "").strip() in reply.words
    assert world.desk.released == []


def test_a_case_that_is_not_there_is_said_before_anything_is_done(world: World, alex: Browser) -> None:
    world.desk.refused = "There is no case NS-0000-00"
    reply = alex.send("/held/3/confirm", {"choice": "reply", "case": "NS-0000-00", "reason": REASON})
    assert reply.status == 422
    assert 'href="#case"' in reply.text
    assert "There is no case NS-0000-00" in reply.words


def test_what_somebody_else_has_decided_meanwhile_is_not_decided_again(world: World, alex: Browser) -> None:
    world.desk.refused = "This mail is not held any more"
    reply = alex.send("/held/3/release", {"choice": "ignore", "reason": REASON})
    assert reply.status == 409
    assert "That was not done" in reply.words
    assert world.desk.released == []


def test_a_mail_that_is_not_held_cannot_be_decided_on(alex: Browser) -> None:
    assert alex.send("/held/4/confirm", {"choice": "ignore"}).status == 404
