"""Bounces of a mail of ours, whole: read by the real parser and judged by the real rules."""

import pytest

from cspr_bot.correspondence.bounces import what_bounced
from cspr_bot.correspondence.kinds import what_is
from cspr_bot.mail.message import parse
from cspr_bot.mail.message_bounce import with_unreached
from tests.post.bounces import US, Bounced, for_good, for_now

TO = "casereview@police.example"
OURS = (
    f"Message-ID: <1@nsscp.example>\r\nFrom: {US}\r\nTo: {TO}\r\nX-CSPR-Effect: effect-1\r\n"
    "Subject: NSSCP NS-7F3K-2Q\r\nContent-Type: text/plain\r\n\r\nPlease answer.\r\n"
).encode()
ALL = [*for_now(OURS, TO), *for_good(OURS, TO)]


def test_there_are_enough_of_them() -> None:
    assert len(list(for_now(OURS, TO))) >= 60
    assert len({item.raw for item in ALL}) == len(ALL)


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_every_dialect_says_whose_and_whether_for_good(item: Bounced) -> None:
    mail = with_unreached(parse(item.raw))
    kind = what_is(mail, own_address=US, has_form=False, is_reply=True)
    assert kind.kind == "bounce"
    found = what_bounced(mail)
    assert found is not None
    assert found.recipients == (TO,)
    assert found.permanent == item.is_permanent
    assert (found.failures[0].action != "delayed") == item.is_lost
    assert (found.effect, found.original_message_id) == ("effect-1", "<1@nsscp.example>")
