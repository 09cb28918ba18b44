"""What a person wrote in a reply: never a word less, and what is quoted never an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.correspondence.replies import first_line, new_text, parts_disagree


def written(text: str) -> str:
    return new_text(ParsedMail((), text))


ATTRIBUTIONS = [
    "On 23 Nov 2026, at 10:00, NSSCP <partnership@nsscp.example> wrote:\n> DONE",
    "On Mon, 23 Nov 2026 at 10:00, NSSCP <\npartnership@nsscp.example> wrote:\n\n> DONE",
    "On 23 Nov 2026, at 10:00, NSSCP <partnership@nsscp.example> wrote:\n\nDONE",
    "Ar 23 Tach 2026 am 10:00, NSSCP <partnership@nsscp.example> ysgrifennodd:\n> DONE",
    "-----Original Message-----\nFrom: NSSCP\n\nDONE",
    "-------- Original Message --------\nDONE",
    "____________________\nFrom: NSSCP <partnership@nsscp.example>\nSent: 23 November 2026 10:00\nTo: Jane\n\nDONE",
    "From: NSSCP\nSent: 23 November 2026\nTo: Jane\nSubject: x\n\nDONE",
    "*From:* NSSCP\n*Sent:* 23 November 2026\n*To:* Jane\n\nDONE",
    "________________________________\nDate: Mon, 23 Nov 2026\nSubject: x\nFrom: NSSCP\n\nDONE",
    "Oddi wrth: NSSCP\nAnfonwyd: 23 Tachwedd 2026\nAt: Jane\nPwnc: x\n\nDONE",
    "> DONE\n> it is",
    "-- \nJane Doe\nDONE",
    "Sent from my iPhone",
    "Get Outlook for iOS<https://aka.example>",
    "This email and any attachments are confidential.\n",
    "_____________________\nThis message is intended only for the addressee and may be privileged.",
]


@pytest.mark.parametrize("rest", ATTRIBUTIONS)
def test_what_follows_the_answer_is_left_out(rest: str) -> None:
    assert written(f"Thank you, we will.\n\n{rest}") == "Thank you, we will."


@pytest.mark.parametrize("rest", ATTRIBUTIONS[:12])
def test_a_reply_of_nothing_but_quotation_says_nothing(rest: str) -> None:
    assert written(rest) == ""


def test_answers_between_and_below_quotations_are_kept() -> None:
    text = "Hello\n\nOn 23 Nov 2026 at 10:00, X <x@nsscp.example> wrote:\n> one?\n\nyes\n\n> two?\nno"
    assert written(text).split() == ["Hello", "yes", "no"]


@pytest.mark.parametrize(
    "text",
    [
        "On Monday we met, and on 23/11/2026 Dr Smith wrote:\n\nThe child was seen.",
        "From: the school\nit is said that he left.",
        "This email is confidential: the child lives elsewhere now.",
        "Attention: the father lives outside the county.",
        "Sent from my office in a hurry",
        "a -- b",
        "To: whom it may concern\nDate: today\nSubject: the child",
        "On 1/2/2026 Dr Smith wrote:",
        "caution: outside\n" * 7 + "x",
        ">From then on he was well.",
        "| Agency | Answer |",
        "Warning: do not ring the mother.",
    ],
)
def test_a_sentence_that_only_looks_like_quotation_is_kept(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    "top",
    [
        "CAUTION: This email originated from outside the organisation. Do not click links.",
        "[EXTERNAL EMAIL]",
        "EXTERNAL",
        "You don't often get email from jane@police.example. Learn why this is important",
        "OFFICIAL-SENSITIVE",
        "Classification: OFFICIAL",
        "[OFFICIAL SENSITIVE: PERSONAL]\n\n*** This message originated outside your organisation ***",
    ],
)
def test_what_gateways_put_above_a_mail_is_not_its_first_line(top: str) -> None:
    assert first_line(written(f"{top}\n\nDONE\n\nJane")) == "DONE"


def test_the_first_line_is_squeezed_and_may_be_missing() -> None:
    assert first_line("\n \n  RAPID\u00a0REVIEW:\t YES \nmore") == "RAPID REVIEW: YES"
    assert first_line(" \n") == ""


def test_a_text_without_end_is_kept_beyond_what_is_looked_at() -> None:
    assert written("word\n" * 200_000).count("word") == 200_000
    assert written("DONE\n-----Original Message-----\n" + "x\n" * 500_000) == "DONE"


def disagree(plain: str, shown: str) -> bool:
    return parts_disagree(ParsedMail((), plain, html="x", html_text=shown))


def test_plain_text_and_html_that_begin_otherwise_disagree() -> None:
    assert disagree("DONE", "Not done")
    assert disagree("DONE", "DONE was what you asked for, and it is not")
    assert disagree("Not done", "DONE")
    assert not disagree("Done", "DONE\n\n> quoted")
    assert not disagree("CAUTION: this email originated from outside\n\nDONE", "DONE")
    assert not parts_disagree(ParsedMail((), "DONE"))


def test_a_long_line_that_was_broken_for_the_wire_is_the_same_line() -> None:
    line = "RAPID REVIEW: NO because the criteria are not met in the view of the whole"
    assert not disagree(f"{line}\nsub-group", f"{line} sub-group")


WORDS = st.lists(st.sampled_from(["the", "child", "was", "seen", "on", "2026", "at", "10:00"]), min_size=1).map(
    " ".join
)


@given(st.lists(WORDS, min_size=1, max_size=8), st.sampled_from(ATTRIBUTIONS))
def test_no_word_of_plain_prose_above_a_quotation_is_lost(paragraphs: list[str], rest: str) -> None:
    text = "\n\n".join(paragraphs)
    assert written(f"{text}\n\n{rest}").split() == text.split()


@given(st.text())
def test_no_text_whatever_raises_or_grows(text: str) -> None:
    assert len(written(text)) <= len(text)
