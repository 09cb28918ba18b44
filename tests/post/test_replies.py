"""What a person wrote in a reply: no word of it is lost, and nothing of ours is taken for theirs."""

import pytest

from cspr_bot.correspondence.replies import new_text
from cspr_bot.mail.message import parse
from tests.post.replies import Reply, replies

ALL = list(replies())


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 40


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_a_person_s_words_are_kept_to_the_letter_and_nothing_else_is(item: Reply) -> None:
    found = new_text(parse(item.raw))
    assert [line.strip() for line in found.split("\n") if line.strip()] == [
        line.strip() for line in item.own.split("\n") if line.strip()
    ]
