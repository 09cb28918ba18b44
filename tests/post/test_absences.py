"""Automatic replies: each is known for one, and none is an answer."""

import pytest

from cspr_bot.correspondence.automatic import says_somebody_is_away
from cspr_bot.correspondence.kinds import what_is
from cspr_bot.mail.message import parse
from cspr_bot.mail.message_bounce import with_unreached
from tests.post.absences import Absence, absences
from tests.post.bounces import US

ALL = list(absences("service.leader@council.example", "<1@nsscp.example>", "> DONE\r\n> Answer code: " + "A" * 26))


def test_there_are_enough_of_them() -> None:
    assert len({item.raw for item in ALL}) >= 60


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_every_automatic_reply_is_known_for_one_and_says_that_somebody_is_away(item: Absence) -> None:
    mail = with_unreached(parse(item.raw))
    kind = what_is(mail, own_address=US, has_form=False, is_reply=True)
    assert (kind.kind, kind.is_automatic) == ("auto_reply", True)
    assert says_somebody_is_away(mail)


@pytest.mark.parametrize(
    "text", ["Thank you, your mail has reached us and has the number 4711.", "We read this daily."]
)
def test_what_only_confirms_that_a_mail_has_come_tells_of_no_absence(text: str) -> None:
    raw = f"From: a@council.example\r\nAuto-Submitted: auto-replied\r\nSubject: Received\r\n\r\n{text}".encode()
    assert not says_somebody_is_away(parse(raw))
