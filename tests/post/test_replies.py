"""What a person wrote in a reply: no word of it is lost, and nothing of ours is taken for theirs."""

import pytest

from cspr_bot.correspondence.replies import new_text
from cspr_bot.mail.message import parse
from tests.post.labelled import CORPUS, SIGNATURES, labelled_replies
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


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora/mail is not here")
def test_of_real_replies_no_word_is_lost_and_almost_all_are_exact() -> None:
    found = [(item, new_text(parse(item.raw))) for item in labelled_replies()]
    assert {item.name for item, _ in found} >= set(SIGNATURES)
    assert [(item.name, item.lost(text)) for item, text in found if item.lost(text)] == []
    # One keeps more than was written: a Russian line above a quotation, which nobody here writes.
    assert [item.name for item, text in found if not item.is_exact(text)] == ["android.eml"]
    for signed, text in found:
        if signed.name in SIGNATURES:
            assert signed.own != signed.label
            assert text.split() == signed.own.split()
