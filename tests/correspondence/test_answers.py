"""Answers: one line, one meaning, or prose."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.correspondence.answers import (
    AwayUntil,
    Decision,
    Done,
    Note,
    NotInvolved,
    Phrase,
    Prose,
    ReasonMissing,
    Received,
    Release,
    Status,
    answer_in,
    answer_in_parts,
    find_codes,
    parse_answer,
)

YES = Phrase("RAPID REVIEW: YES", "agencies", "subgroup_decided", {"rapid_review": "yes"})
NO = Phrase("RAPID REVIEW: NO", "reason", "subgroup_decided", {"rapid_review": "no"})
NONE = Phrase("RAPID REVIEW: NO REVIEW AT ALL", "nothing", "subgroup_decided", {"rapid_review": "no"})
PHRASES = (YES, NO, NONE)
AGENCIES = frozenset({"police", "health", "local_authority"})
CODE = "ABCDEFGHIJKLMNOPQRSTUVWX23"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("DONE", Done()),
        ("done.", Done()),
        ("DONE .", Done()),
        ("  Done \t", Done()),
        ("DONE 2026-11-24", Done(date(2026, 11, 24))),
        ("DONE REF 12345", Done(None, "12345")),
        ("Done 2026-11-24 ref SIN/2026-7.", Done(date(2026, 11, 24), "SIN/2026-7")),
        ("RECEIVED", Received()),
        ("Not  involved.", NotInvolved()),
        ("STATUS", Status()),
        ("AWAY UNTIL 2026-12-01", AwayUntil(date(2026, 12, 1))),
        ("RELEASE AS REFERRAL", Release("referral")),
        ("release as ignore.", Release("ignore")),
        ("Release as reply ns-hnt5-6d", Release("reply", "NS-HNT5-6D")),
        ("NOTE the school has moved.", Note("the school has moved.")),
        ("note: x", Note("x")),
        ("RAPID REVIEW: YES police, health", Decision(YES, ("police", "health"))),
        ("rapid review: yes Police, police, LOCAL AUTHORITY.", Decision(YES, ("police", "local_authority"))),
        ("RAPID REVIEW: YES", Decision(YES)),
        ("RAPID REVIEW: YES.", Decision(YES)),
        ("RAPID REVIEW: NO criteria not met.", Decision(NO, reason="criteria not met.")),
        ("RAPID REVIEW: NO [write the reason here] criteria not met", Decision(NO, reason="criteria not met")),
        ("rapid review: no review at all.", Decision(NONE)),
        ("RAPID REVIEW: NO REVIEW AT ALL .", Decision(NONE)),
    ],
)
def test_an_answer_is_understood(line: str, answer: object) -> None:
    assert parse_answer(line, PHRASES, agencies=AGENCIES) == answer


@pytest.mark.parametrize(
    "line",
    [
        "",
        ".",
        "DONE..",
        "DONE!",
        "DONE, thanks",
        "not DONE",
        "Not done",
        '"DONE"',
        "*DONE*",
        "> DONE",
        "DONE DONE",
        "DONE / RECEIVED",
        "DONE 24/11/2026",
        "DONE 2026-02-30",
        "DONE 20261124",
        "DONE ２０２６-11-24",
        "DONE REF",
        "DONE REF 1 2",
        "ＤＯＮＥ",
        "DO\u200bNE",
        "STATUſ",
        "RECEIVED with thanks",
        "AWAY UNTIL Monday",
        "RELEASE",
        "RELEASE REFERRAL",
        "RELEASE AS",
        "RELEASE AS REPLY",
        "RELEASE AS REPLY NS-HNT5-6X",  # its check character is wrong
        "RELEASE AS REPLY held:12",
        "RELEASE AS REPLY NS-HNT5-6D, please",
        "RELEASE AS REFERRAL NS-HNT5-6D",
        "RELEASE AS REFERRAL / IGNORE",
        "do not RELEASE AS REFERRAL",
        "RELEASE AS REFERRAL?",
        "RELEASE 12 AS REFERRAL",
        "AWAY UNTIL 2026-13-01",
        "AWAY",
        "NOTE",
        "NOTES x",
        "RAPID REVIEW: MAYBE",
        "RAPID REVIEW: YES but not yet",
        "RAPID REVIEW: YES police and health",
        "RAPID REVIEW: YES police, fire",
        "RAPID REVIEW: YES police,",
        "RAPID REVIEW: YESTERDAY",
        "RAPID REVIEW: NOT yet",
        "RAPID REVIEW:YES",
        "RAPID REVIEW: NO REVIEW AT ALL, perhaps",
        "RAPID REVIEW: NO REVIEW AT ALL perhaps",
        "RAPID REVIEW: NO REVIEW AT ALL X",
    ],
)
def test_anything_else_on_the_line_is_prose(line: str) -> None:
    answer = parse_answer(line, (YES, NONE), agencies=AGENCIES)
    assert answer == Prose()


@pytest.mark.parametrize("rest", ["", ".", " .", " -", " ...", " [write the reason here]", " [write the reason here]."])
def test_a_decision_that_has_to_say_why_and_does_not_decides_nothing(rest: str) -> None:
    assert parse_answer(f"RAPID REVIEW: NO{rest}", (YES, NO)) == ReasonMissing(NO)


def test_an_answer_with_another_below_it_that_lacks_its_reason_is_two_answers() -> None:
    assert answer_in("RAPID REVIEW: YES police\n\nRAPID REVIEW: NO", (YES, NO)) == Prose(
        "it gives more than one answer"
    )


def test_without_a_list_of_agencies_a_sentence_is_still_none() -> None:
    assert parse_answer("RAPID REVIEW: YES police, health", PHRASES) == Decision(YES, ("police", "health"))
    assert parse_answer("RAPID REVIEW: YES but not yet", PHRASES) == Prose()


def test_the_first_line_is_the_answer_and_a_note_takes_the_rest() -> None:
    assert answer_in("\nDONE\nThanks for asking", PHRASES) == Done()
    assert answer_in("NOTE first\nsecond\n\nthird", PHRASES) == Note("first\nsecond\n\nthird")
    assert answer_in("Hello\nDONE", PHRASES) == Prose()
    assert answer_in("", PHRASES) == Prose()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("DONE\nnot really", "its first line goes on in the next"),
        ("DONE\n  when the Panel agrees", "its first line goes on in the next"),
        ("DONE\nRECEIVED", "it gives more than one answer"),
        ("DONE\n\nDONE 2026-11-24", "it gives more than one answer"),
        ("RAPID REVIEW: YES\n\nRAPID REVIEW: NO", "it gives more than one answer"),
        ("DONE\n\nIt has not yet been done.", "it seems to take its answer back"),
        ("DONE\n\nIt hasn't been sent.", "it seems to take its answer back"),
        ("DONE\n\nPlease ignore\nthis.", "it seems to take its answer back"),
        ("NOT INVOLVED\n\nSent in error.", "it seems to take its answer back"),
    ],
)
def test_an_answer_that_the_lines_below_put_in_doubt_is_none(text: str, why: str) -> None:
    assert answer_in(text, (*PHRASES, NONE)) == Prose(why)


@pytest.mark.parametrize(
    "text",
    [
        "DONE\n\nNo, not yet - I will do it on Monday.",
        "DONE\n\nActually no, please wait.",
        "DONE\nActually no, please wait.",
        "DONE\n\nOnly the first half.",
        "DONE\n\nExcept for the school records, which are outstanding.",
        "DONE\n\nI haven't finished.",
        "DONE\n\nI haven’t finished.",
        "DONE\n\nI cannot find it.",
        "DONE\n\nPlease disregard.",
        "DONE\n\nCorrection: I pressed the wrong button, this is not done.",
        "DONE REF 12345\n\nThe Panel will be told on Monday, but DfE was told.",
        "RECEIVED\n\nYou have the wrong person.",
        "NOT INVOLVED\n\nWe do have records of this child.",
        "NOT INVOLVED\n\nWe have records\nof this child.",
        "NOT INVOLVED\n\nThe family is known to our midwives.",
        "RELEASE AS IGNORE\n\nNo - please release it as a referral.",
        "RELEASE AS IGNORE\n\nPlease open it as a referral.",
        "RELEASE AS REFERRAL\n\nDo not release it before I have rung the sender.",
        "RELEASE AS REFERRAL\n\nif the sender confirms",
        "RELEASE AS REPLY NS-HNT5-6D\n\nWait until I have rung.",
        "RAPID REVIEW: YES police\n\nStill to be agreed by the Chair.",
    ],
)
def test_second_thoughts_below_an_answer_hold_it(text: str) -> None:
    assert isinstance(answer_in(text, PHRASES), Prose)


@pytest.mark.parametrize("shown", ["Correction: I pressed the wrong button, this is not done.", "Only half."])
def test_second_thoughts_hold_an_answer_in_whichever_part_they_stand(shown: str) -> None:
    assert isinstance(answer_in_parts(("DONE", f"DONE\n\n{shown}"), PHRASES), Prose)
    assert isinstance(answer_in_parts((f"DONE\n\n{shown}", "DONE"), PHRASES), Prose)
    assert answer_in_parts(("DONE", "Done\n\nKind regards\nSam"), PHRASES) == Done()


@pytest.mark.parametrize(
    "text",
    [
        "RAPID REVIEW: NO the criteria are not met, but wait for the school\n\nNo harm was seen before, only once.",
        "AWAY UNTIL 2026-12-01\n\nI shall not read mail before then.",
        "NOT INVOLVED\n\nNOT INVOLVED\n\nSam",
        "RELEASE AS IGNORE\n\nRELEASE AS IGNORE",
        "RELEASE AS REFERRAL\n\nThis is a referral from the hospital.",
        "DONE\n\nThe letter about nobody's notebook, with butter, went in.\nYours ifor Stillman, Beforeton",
        "DONE\n\nPlease let me know if you need anything else.",
        "DONE\n\nRing me if you need anything.",
        "DONE\n\nThis email is intended for the addressee only. Do not copy it.\n\nKind regards",
        "DONE\n\nKind regards\n\nIf you are not the intended recipient, do not read this.\n\nSam",
        "DONE\n\nPlease do not hesitate to contact me if you have any questions.",
    ],
)
def test_words_that_only_resemble_second_thoughts_or_are_asked_for_do_no_harm(text: str) -> None:
    assert not isinstance(answer_in(text, PHRASES), Prose | ReasonMissing)


@pytest.mark.parametrize(
    "below",
    ["", "thanks", "kind regards\nSam", "DONE", "STATUS", "NOTE ring me", "\nwe sent it this morning.", "Sam", "- Sam"],
)
def test_what_else_stands_below_an_answer_does_it_no_harm(below: str) -> None:
    assert answer_in(f"DONE\n{below}", PHRASES) == Done()


@given(st.text())
def test_no_line_whatever_raises(line: str) -> None:
    parse_answer(line, PHRASES)


@given(st.text(min_size=1).filter(lambda text: text.split() and text.strip(" .") != ""))
def test_no_word_may_stand_beside_done(word: str) -> None:
    answer = parse_answer(f"{word} DONE", PHRASES)
    assert isinstance(answer, Prose | Note)


@pytest.mark.parametrize(
    "body",
    [
        f"Answer code: {CODE}",
        f"> answer CODE:{CODE}.",
        f"Answer code: **{CODE}**",
        f"Answer code:\n> > {CODE}",
        f"Answer\n> code: {CODE}",
        f"> Answer code: {CODE[:20]}\n> {CODE[20:]}\n> Please",
        f"Answer code: {CODE[:20]}=\n{CODE[20:]}",
        f"mailto:x@nsscp.example?subject=RE&body=DONE%0D%0A%0D%0AAnswer%20code%3A%20{CODE}%0A",
        f'<a href="mailto:x@nsscp.example?body=DONE%0AAnswer%20code:%20{CODE}">DONE</a>',
        f"<p>Answer code: <b>{CODE}</b></p>",
        f"somewhere in the text ({CODE}) it stands",
    ],
)
def test_a_code_is_found_wherever_a_mail_program_puts_it(body: str) -> None:
    assert CODE in find_codes("RE: x", body)
    assert CODE in find_codes(body, "")


@pytest.mark.parametrize("body", ["", CODE[:25], CODE.lower(), f"x{CODE}", f"{CODE}1", "Answer code: 1", "A" * 300])
def test_what_is_no_code_is_not_found(body: str) -> None:
    assert find_codes("", body) == ()


def test_every_code_is_found_once_and_not_without_end() -> None:
    other = CODE[::-1].replace("3", "A")
    assert find_codes(CODE, f"{other} {CODE} Answer code: {other}") == (CODE, other)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    many = " ".join(alphabet[n % 32] + alphabet[n // 32] + CODE for n in range(300))
    assert len(find_codes("", many)) == 100


@given(st.text(), st.text())
def test_no_text_whatever_raises_in_the_search_for_codes(subject: str, body: str) -> None:
    assert all(len(code) >= 26 for code in find_codes(subject, body))


def test_an_agency_that_nobody_knows_makes_the_answer_prose_and_a_second_one_a_doubt() -> None:
    assert answer_in("RAPID REVIEW: YES fire", PHRASES, agencies=AGENCIES) == Prose()
    both = "RAPID REVIEW: YES police\nRAPID REVIEW: YES fire"
    assert answer_in(both, PHRASES, agencies=AGENCIES) == Prose("it gives more than one answer")
    named = "RAPID REVIEW: YES local authority\nRAPID REVIEW: YES Local Authority"
    assert answer_in(named, PHRASES, agencies=AGENCIES) == Decision(YES, ("local_authority",))
    other = "RAPID REVIEW: YES police\nRAPID REVIEW: YES police, local authority"
    assert answer_in(other, PHRASES, agencies=AGENCIES) == Prose("it gives more than one answer")


def test_a_note_is_read_whatever_blank_stands_behind_its_word() -> None:
    assert answer_in("NOTE\u00a0the school has moved", PHRASES) == Note("the school has moved")


def test_a_code_whose_signs_were_escaped_is_found() -> None:
    assert CODE in find_codes("", f"body=%{ord(CODE[0]):X}{CODE[1:-1]}%{ord(CODE[-1]):X}%0D")
