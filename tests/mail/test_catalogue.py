"""Every mail of the catalogue: that it is there, that it reads well, and what it says to whom."""

import html
import re
import tomllib
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from cspr_bot.correspondence.answers import (
    Decision,
    Done,
    NotInvolved,
    Phrase,
    ReasonMissing,
    Received,
    Status,
    answer_in,
    find_codes,
)
from cspr_bot.mail import wording
from cspr_bot.pipeline.facts import EventFacts, LetterFacts, StepFacts, TaskFacts
from tests.mail.letters import (
    CODE,
    DUE,
    FULL,
    HELD,
    LATE,
    LEADER,
    REFERRER,
    ROOT,
    TASK,
    WAITING,
    WRITER,
    html_of,
    letter,
    squeezed,
    text_of,
    words,
    writer,
)

REASON_OPEN = "NOT REQUIRED: [write the reason here]"


def notices_of_the_procedure() -> set[str]:
    """Give the name of every mail that config/procedure.toml can order, as the rules make them."""
    procedure = tomllib.loads((ROOT / "config" / "procedure.toml").read_text())
    names = {*procedure["notice"], procedure["provisional"]["notice"]}
    readings = [reading for entry in procedure["ambiguity"].values() for reading in entry.get("readings", {}).values()]
    own = [timer for reading in readings for timer in reading.get("timer", {}).values() if "notice" in timer]
    for timer in (*procedure["timer"].values(), *own):
        request, notice = timer.get("request", ""), timer["notice"]
        names |= {request or notice, notice if request else f"{notice}-reminder"} - {"none"}
        names |= {timer["breached_notice"]} if "breached_notice" in timer else set()
        for variant in timer.get("notice_when", ()):
            names |= {variant["notice"], f"{variant['notice']}-reminder"}
    return names


def test_every_notice_that_the_procedure_can_order_has_a_template() -> None:
    names = set(WRITER.names())
    lacking = {name for name in notices_of_the_procedure() if name not in names and not name.endswith("-reminder")}
    assert not lacking
    assert "reminder" in names


def test_every_template_belongs_to_a_notice_of_the_procedure() -> None:
    assert not set(WRITER.names()) - notices_of_the_procedure() - {"reminder"}


def every_kind_of_facts() -> dict[str, LetterFacts]:
    outcomes = ("local", "national", "no_review_agreed", "disagrees", "information_requested")
    events = {
        "rapid review no": EventFacts("subgroup_decided", "Decided", DUE, (("rapid_review", "no"),)),
        "refer": EventFacts("disagreement_decided", "Decided", DUE, (("refer", "no"),)),
        "action": EventFacts("commencement_action_done", "Done", DUE, (("action", "2"),)),
        "told": EventFacts("local_review_notified", "Told", DUE, (("to", "dfe"),)),
        "nil": EventFacts("return_nil", "Not involved", DUE),
        "improvements": EventFacts("improvements_published", "Published", DUE),
        **{outcome: EventFacts("panel_decided", "Decided", DUE, (("outcome", outcome),)) for outcome in outcomes},
    }
    bare = TaskFacts("Do it", "T4", DUE, TASK.due_at, None, 5, is_overdue=False, is_statutory=False, cite="")
    times = {
        "L0": replace(TASK, is_statutory=False),
        "L1": replace(TASK, days_left=1),
        "L2": replace(TASK, days_left=0),
        "L3": LATE,
        "L3 ": replace(TASK, days_left=0, is_overdue=True),
        "": bare,
    }
    return {
        "full": FULL,
        "sparse": LetterFacts(),
        "held": LetterFacts(held=HELD, task=TASK, level="L1"),
        "held and late": LetterFacts(held=replace(HELD, reasons=(), release_by=None), task=LATE),
        **{name: replace(FULL, event=event) for name, event in events.items()},
        **{f"task {level}": LetterFacts(task=task, level=level.strip()) for level, task in times.items()},
    }


# What a reader would stumble over: a value that is none, a rest of a template, a blank before a comma, two full stops.
UNWANTED = re.compile(r"None|\{\{|\}\}|\{%|Undefined|datetime|!|\(\)|\[|<| [.,;:] | [.,;]$|\.\.|: $|[a-z]\.[A-Z]")
RECIPIENTS = (
    LEADER,
    replace(LEADER, may_answer=False),
    REFERRER,
    replace(LEADER, role="coordinator"),
    replace(LEADER, role="agency", may_answer=False),
)


LAID_OUT_ANEW = {"N28-digest"}  # its HTML part has tables and pictures of its own


def test_both_parts_of_the_digest_tell_of_the_same() -> None:
    assert FULL.digest is not None
    rendered = WRITER.render(letter("N28-digest", FULL))
    for said in (squeezed(rendered.text), words(rendered.html)):
        for line in (*FULL.digest.today, *FULL.digest.coming):
            assert line.title in said
            assert line.said in said
        for wanted in (
            "Mail 12",
            "the sender was not authenticated",
            "Mail 34",
            "could not be delivered",
            "Sent 1 mail",
        ):
            assert wanted in said
        assert "09:14 on Monday 23 November 2026" in said


@pytest.mark.parametrize(
    ("shown", "more", "subject"), [(1, 0, "1 held mail still waits"), (2, 3, "5 held mails still wait")]
)
def test_both_parts_of_the_hourly_word_name_what_is_held(shown: int, more: int, subject: str) -> None:
    facts = LetterFacts(waiting=WAITING[:shown], more_waiting=more)
    rendered = WRITER.render(replace(letter("N28-held-again", facts, RECIPIENTS[3]), reference="held"))
    assert subject in rendered.subject
    for said in (squeezed(rendered.text), words(rendered.html)):
        assert (
            "Mail 12, received at 09:14 on Monday 23 November 2026. A clock ends on Monday 30 November 2026: the"
            in said
        )
        assert ("and 3 more, which came later" in said) == bool(more)
        assert ("Mail 14" in said) == (shown > 1)


@pytest.mark.parametrize("name", sorted(notices_of_the_procedure()))
def test_a_mail_reads_well_and_both_parts_say_the_same_whatever_is_known(name: str) -> None:
    for facts in every_kind_of_facts().values():
        for recipient in RECIPIENTS:
            rendered = WRITER.render(letter(name, facts, recipient))
            seen, page = words(rendered.html), html.unescape(rendered.html)
            assert rendered.subject.startswith("OFFICIAL-SENSITIVE: NSSCP NS-7F3K-2Q - ")
            for said in (rendered.subject, squeezed(rendered.text), seen):
                assert not UNWANTED.search(re.sub(r"mailto:\S+", "", said))
            assert all(len(line) <= 76 or line.startswith("  ") for line in rendered.text.splitlines())
            if name not in LAID_OUT_ANEW:
                assert all(said in seen or said in page for said in said_in(rendered.text))


def said_in(text: str) -> list[str]:
    """Give what a text says in sentences, without what only its own layout says."""
    own = (
        "Reply to this mail. Put one of these",
        "Replies that are ready",
        "- Reference:",
        "- Done already:",
        "- Still to do:",
    )
    found = []
    for block in wording.blocks(text):
        for item in block.items:
            whole = f"- {item}" if block.kind == "bullets" else item
            if whole.startswith(own):
                continue
            label = re.match(r"(Task|By|Why|Counted (?:back )?from|Asked of|At the very latest): ", item)
            said = item[label.end() :] if label else item
            found += [part.removesuffix(":") for part in said.split(" - ")]
    return found


def test_check_is_content_with_the_folder_as_it_stands() -> None:
    letters = [letter(name, facts) for name in notices_of_the_procedure() for facts in (FULL, LetterFacts())]
    assert WRITER.check(letters) == ()


# ---------------------------------------------------------------------------------------------------------------------
# What is said


def test_a_mail_that_asks_says_what_by_when_and_why() -> None:
    for said in (squeezed(text_of(WRITER.write(letter()))), words(html_of(WRITER.write(letter())))):
        assert "Notify the National Panel of the serious incident (Avon and Somerset Police)" in said
        assert "17:00 on Monday 30 November 2026" in said
        assert "5 working days left" in said
        assert "Tuesday 1 December 2026" in said
        assert "NSSCP/001 s5. This is a duty in law. Within five working days." in said
        assert "This has also gone, in a mail of its own, to: the co-ordinator, the Executive." in said
        assert f"Answer code: {CODE}" in said


def test_the_answer_code_stands_on_a_line_of_its_own() -> None:
    assert f"\nAnswer code: {CODE}\n" in text_of(WRITER.write(letter()))


def test_every_link_holds_a_reply_that_is_ready_but_for_its_reason() -> None:
    page, text = html_of(WRITER.write(letter())), text_of(WRITER.write(letter()))
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*)"', page)]
    assert links == re.findall(r"mailto:\S+", text)
    replies = {}
    for link in links:
        parts = urlsplit(link)
        query = parse_qs(parts.query, strict_parsing=True)
        assert (parts.scheme, parts.path) == ("mailto", "partnership@nsscp.example")
        assert query["subject"] == ["NS-7F3K-2Q answer"]
        first, rest = query["body"][0].split("\r\n", 1)
        assert rest == f"\r\nAnswer code: {CODE}\r\n"
        replies[first] = link
    assert [*replies] == ["DONE", "RAPID REVIEW: YES ", REASON_OPEN, "NOT INVOLVED", "RECEIVED", "STATUS"]
    assert replies["DONE"] == (
        "mailto:partnership@nsscp.example?subject=NS-7F3K-2Q%20answer"
        f"&body=DONE%0D%0A%0D%0AAnswer%20code%3A%20{CODE}%0D%0A"
    )


def test_every_ready_reply_is_understood_as_it_was_meant() -> None:
    phrases = (
        Phrase("RAPID REVIEW: YES", "agencies", "subgroup_decided", {}),
        Phrase("NOT REQUIRED:", "reason", "sin_not_required", {}),
    )
    understood = []
    for link in re.findall(r"mailto:\S+", text_of(WRITER.write(letter()))):
        body = parse_qs(urlsplit(link).query)["body"][0]
        understood.append(answer_in(body, phrases))
        assert find_codes("", body) == (CODE,)
    assert understood == [Done(), Decision(phrases[0]), ReasonMissing(phrases[1]), NotInvolved(), Received(), Status()]


@pytest.mark.parametrize("notice", ["N13-answer", "N13-change"])
def test_what_was_decided_is_confirmed_as_a_plain_sentence(notice: str) -> None:
    choices = (("rapid_review", "no"),)
    decided = EventFacts("subgroup_decided", "The Sub-Group decided whether to, and with whom", DUE, choices)
    text = WRITER.render(letter(notice, replace(FULL, event=decided))).text
    assert "\n- The Sub-Group decided against a rapid review (Monday 30 November 2026)\n" in text
    assert "whether" not in text


def test_the_co_ordinator_is_not_told_to_tell_the_co_ordinator() -> None:
    text = squeezed(WRITER.render(letter("N13-answer", recipient=replace(LEADER, role="coordinator"))).text)
    assert "If that is not what you meant, this takes it back: cspr-bot undo" in text
    assert "tell the co-ordinator" not in text


def test_a_reply_that_quotes_the_whole_mail_carries_its_code() -> None:
    mail = WRITER.write(letter())
    quoted = "\n".join(f"> {line}" for line in text_of(mail).splitlines())
    assert CODE in find_codes("", f"DONE\n\n{quoted}")
    assert CODE in find_codes("", f"DONE\n\n{html_of(mail)}")


def test_whoever_may_not_answer_gets_no_code_and_hears_whose_task_it_is() -> None:
    told = WRITER.render(
        replace(letter("N4-reminder", replace(FULL, level="L3"), replace(LEADER, may_answer=False)), answer_code=CODE)
    )
    assert CODE not in told.text + told.html
    assert "mailto:" not in told.text + told.html
    assert (
        "This was asked of the Local Authority Service Leader. It comes to you so that you know and can help"
        in squeezed(told.text)
    )


def test_an_office_that_has_the_task_is_told_so_only_when_it_is_escalated() -> None:
    above = replace(LEADER, may_answer=False)
    assert "This was asked of" in WRITER.render(letter("N5-reminder", replace(FULL, level="L2"), above)).text
    assert "This was asked of" not in WRITER.render(letter("N5-reminder", replace(FULL, level="L0"), above)).text
    other = replace(above, role="executive")
    assert "This was asked of" in WRITER.render(letter("N5-reminder", replace(FULL, level="L0"), other)).text


def test_whoever_may_answer_but_has_no_code_gets_no_answer_panel() -> None:
    assert "How to answer" not in WRITER.render(replace(letter(), answer_code=None)).text


def test_the_co_ordinator_may_answer_in_the_place_of_another() -> None:
    text = squeezed(WRITER.render(letter(recipient=replace(LEADER, role="coordinator"))).text)
    assert "You may answer it in their place" in text
    assert CODE in text


def test_the_owner_is_not_told_whose_task_it_is() -> None:
    text = WRITER.render(letter()).text
    assert "This was asked of" not in text


def test_a_day_that_may_be_that_of_the_incident_is_not_told() -> None:
    rendered = WRITER.render(letter(facts=replace(FULL, task=replace(TASK, day_zero=None))))
    assert "Counted from" not in rendered.text + rendered.html
    assert "Counted from: Monday 23 November 2026" in WRITER.render(letter()).text


def test_a_referrer_is_asked_without_a_code() -> None:
    task = replace(TASK, title="Supply the missing information", owner="the referrer", owner_roles=("referrer",))
    text = squeezed(WRITER.render(letter("N1-incomplete", replace(FULL, task=task), REFERRER)).text)
    assert "- Date of birth" in text
    assert "send the form in a reply to this mail" in text
    assert "This was asked of" not in text
    assert "Answer code" not in text


@pytest.mark.parametrize("notice", ["N1", "N1-incomplete", "N1-form"])
def test_an_acknowledgement_says_what_remains_with_the_referrer(notice: str) -> None:
    text = squeezed(WRITER.render(letter(notice, recipient=REFERRER)).text)
    assert "Dear Verity Lockhart," in text
    assert "09:14 on Monday 23 November 2026" in text
    assert "NS-7F3K-2Q" in text
    assert "section 8.3" in text
    assert "the Assistant Director, Support and Safeguarding" in text
    assert "This mailbox is not for reporting a child who is at risk now. Ring 01632 960123 or 999." in text
    assert "belongs in a subject line" in text


def test_a_partnership_without_urgent_advice_still_gives_some() -> None:
    assert "ring children's social care or 999" in squeezed(writer(urgent_advice="").render(letter()).text)


@pytest.mark.parametrize(
    ("task", "level", "subject", "said"),
    [
        (TASK, "L0", "Reminder: ", "There are 5 working days left"),
        (replace(TASK, days_left=1), "L1", "Due soon: ", "due on the next working day, Monday 30 November 2026"),
        (replace(TASK, days_left=0), "L1", "Due today: ", "The deputies and the co-ordinator have been told"),
        (replace(TASK, days_left=0), "L2", "Due today: ", "say so to the co-ordinator now rather than tomorrow"),
        (
            LATE,
            "L3",
            "Overdue: ",
            "It is 2 working days late. Because it is late, it now also goes to those who can help",
        ),
        (replace(TASK, days_left=0, is_overdue=True), "L2", "Overdue: ", "It is late since the office closed today."),
    ],
)
def test_a_reminder_is_worded_by_how_late_it_is(task: TaskFacts, level: str, subject: str, said: str) -> None:
    rendered = WRITER.render(letter("N5-reminder", LetterFacts(task=task, level=level)))
    assert f" - {subject}Notify the National Panel" in rendered.subject
    assert "Mon 30 Nov 2026" in rendered.subject
    assert said in squeezed(rendered.text)


def test_the_executive_is_named_only_where_the_law_asks() -> None:
    def said(task: TaskFacts) -> str:
        return WRITER.render(letter("N5-reminder", LetterFacts(task=task, level="L3"))).text

    assert "the Executive" in said(LATE)
    assert "the Executive" not in said(replace(LATE, is_statutory=False))


def test_a_test_mail_says_so_in_subject_and_body() -> None:
    rendered = WRITER.render(letter(facts=replace(FULL, testing=True)))
    assert rendered.subject.startswith("OFFICIAL-SENSITIVE: TEST - NSSCP ")
    for said in (rendered.text, rendered.html):
        assert "would have gone to the Local Authority Service Leader" in squeezed(said)


def test_a_warning_stands_before_everything_else() -> None:
    text = WRITER.render(letter()).text
    assert text.index("Please note: Fewer than ten") < text.index("A referral was received")


def test_what_a_referral_said_of_the_child_is_never_repeated() -> None:
    told = (("deceased", "yes"), ("abuse_or_neglect", "known"), ("answer", "yes"), ("la_referrer", "yes"))
    facts = replace(FULL, event=EventFacts("looked_after_known", "It is known", DUE, told))
    silent = replace(FULL, event=EventFacts("looked_after_known", "It is known", DUE))
    for name in WRITER.names():
        assert WRITER.render(letter(name, facts)) == WRITER.render(letter(name, silent))


def test_a_name_stands_in_the_greeting_and_nowhere_else() -> None:
    for name in WRITER.names():
        rendered = WRITER.render(letter(name, recipient=replace(LEADER, name="Zebedee Quill")))
        assert "Quill" not in rendered.subject
        assert rendered.text.count("Quill") == rendered.html.count("Quill") == 1


@pytest.mark.parametrize(
    "name", ["{{ 7 * 7 }}", "{% for x in y %}", "a\r\n\r\n- DONE\nAnswer code: STOLEN", "<b>bold</b>"]
)
def test_a_name_is_never_read_as_anything_but_a_name(name: str) -> None:
    rendered = WRITER.render(letter(recipient=replace(LEADER, name=name)))
    assert "49" not in rendered.text
    assert "\nAnswer code: STOLEN" not in rendered.text
    assert "<b>" not in rendered.html


def test_what_comes_from_the_case_is_never_read_as_markup() -> None:
    facts = LetterFacts(held=replace(HELD, reasons=("<img src=x> {{ 7 * 7 }}\n\n- DONE",)))
    rendered = WRITER.render(letter("N28-held", facts))
    assert "- <img src=x> {{ 7 * 7 }} - DONE\n" in rendered.text
    assert "<img" not in rendered.html


def test_the_page_can_be_read_aloud_and_fetches_nothing() -> None:
    page = WRITER.render(letter()).html
    assert '<html lang="en-GB">' in page
    assert len(re.findall("<h1[ >]", page)) == 1
    assert "<title>OFFICIAL-SENSITIVE: NSSCP NS-7F3K-2Q" in page
    assert not re.search(r"<img|<script|<link|url\(|@import|https?://", page)
    for table in re.findall("<table[^>]*>(?:(?!<table).)*?</table>", page, re.DOTALL):
        assert 'role="presentation"' in table or 'scope="row"' in table


# ---------------------------------------------------------------------------------------------------------------------
# What a reader would have stumbled over


@pytest.mark.parametrize("notice", ["N4", "N5", "N6", "N2", "N12-start"])
def test_a_request_that_goes_out_late_says_that_it_is_overdue(notice: str) -> None:
    rendered = WRITER.render(letter(notice, LetterFacts(task=LATE, level="L0")))
    assert "(overdue since Mon 30 Nov 2026)" in rendered.subject
    said = "the day on which this was due, Monday 30 November 2026, has passed. It is 2 working days late."
    assert f"Please note: {said}" in squeezed(rendered.text)
    assert f"Please note: {said}" in words(rendered.html)


def test_a_reminder_says_only_once_that_it_is_late() -> None:
    text = WRITER.render(letter("N4-reminder", LetterFacts(task=LATE, level="L3", rung=4))).text
    assert "Please note: the day" not in text


def test_a_reference_is_not_broken_at_its_hyphen_on_a_page() -> None:
    for name in sorted(set(WRITER.names()) - {"N28-digest"}):  # a page of its own, which names many cases
        page = WRITER.render(letter(name)).html
        seen = re.sub(
            r"<title>.*?</title>|href=\"[^\"]*\"|<h1.*?</h1>|<p style=\"[^\"]*Consolas.*?</p>",
            "",
            page,
            flags=re.DOTALL,
        )
        assert "NS-7F3K-2Q" not in re.sub(r'<span style="white-space:nowrap;">NS-7F3K-2Q</span>', "", seen), name


def test_the_referrer_reads_whose_each_next_step_is() -> None:
    steps = (StepFacts("Notify the National Panel", DUE, "the Local Authority Service Leader"),)
    for name in ("N1", "N1-incomplete", "N9", "N17"):
        recipient = REFERRER if name.startswith("N1-") or name == "N1" else LEADER
        text = squeezed(WRITER.render(letter(name, replace(FULL, next_steps=steps), recipient)).text)
        assert "What happens next, who sees to it, and by when: - Notify the National Panel:" in text
        assert "Panel: the Local Authority Service Leader, by Monday 30 November 2026" in text


def test_nothing_stands_between_what_is_asked_and_how_to_answer() -> None:
    facts = replace(FULL, task=replace(TASK, owner="the referrer", owner_roles=("referrer",)))
    rendered = WRITER.render(letter("N1-incomplete", facts, replace(REFERRER, may_answer=True)))
    for said in (rendered.text, rendered.html):
        assert said.index("This mailbox is not for") < said.index("What is asked") < said.index("How to answer")


def test_a_day_that_lies_before_another_is_counted_back() -> None:
    facts = replace(FULL, task=replace(TASK, counts_back=True))
    assert "- Counted back from: Monday 23 November 2026" in WRITER.render(letter("N16", facts)).text
    assert ">Counted back from</th>" in WRITER.render(letter("N16", facts)).html


def test_an_agency_is_asked_as_itself_and_named_to_the_co_ordinator() -> None:
    asked = replace(TASK, owner="the agency", owner_roles=("agency",), title="Return the completed template")
    facts = replace(FULL, task=asked)
    own = WRITER.render(letter("N12", facts, replace(LEADER, role="agency")))
    assert "- Task: Return the completed template\n" in own.text
    assert "- Asked of: your agency\n" in own.text
    told = WRITER.render(letter("N14", facts, replace(LEADER, role="coordinator"))).text
    assert "- Asked of: Avon and Somerset Police\n" in told
    assert "This was asked of Avon and Somerset Police." in squeezed(told)


def test_a_reference_may_be_sent_with_done_where_one_is_kept() -> None:
    line = "DONE REF 48213 - it was done, and this is the reference number to keep"
    facts = replace(FULL, takes_reference=True)
    assert line in squeezed(WRITER.render(letter("N4", facts)).text)
    assert line in words(WRITER.render(letter("N4", facts)).html)
    assert "DONE REF 48213" not in WRITER.render(letter("N4")).text


@pytest.mark.parametrize("notice", ["N3", "N8-breached"])
def test_a_deadline_that_had_passed_is_told_with_the_day_that_it_counted_from(notice: str) -> None:
    facts = replace(FULL, passed="the day on which the form was submitted")
    text = squeezed(WRITER.render(letter(notice, facts)).text)
    assert "Counted from the day on which the form was submitted, " in text
    assert "day of the incident" not in text


def test_without_a_rapid_review_the_panel_is_not_told_of_one() -> None:
    text = squeezed(WRITER.render(letter("N10", replace(FULL, stage="no_rapid_review"))).text)
    assert "There is no rapid review." in text
    assert "A rapid review without a notification" not in text
    assert "that a rapid review starts" in squeezed(WRITER.render(letter("N10")).text)


def test_an_owner_whom_the_partnership_calls_by_another_name_is_the_owner_all_the_same() -> None:
    facts = replace(FULL, task=replace(TASK, owner="the Head of Safeguarding"))
    own = replace(letter("N4", facts), recipient_title="the Head of Safeguarding")
    other = replace(own, recipient=replace(LEADER, role="coordinator"), recipient_title="the business manager")
    said = [squeezed(WRITER.render(one).text) for one in (letter("N4"), own, other)]
    for words_of in ("the Head of Safeguarding", "the Local Authority Service Leader"):
        said = [text.replace(words_of, "OWNER") for text in said]
    assert said[0] == said[1] != said[2]
