"""Letters become mails: their headers, their answers, their files, and templates that are wrong."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.pipeline.ports import Letter, PermanentFailure
from tests.mail.letters import FULL, HELD, LEADER, REFERRER, WRITER, folder_of, letter, read, words, writer

# ---------------------------------------------------------------------------------------------------------------------
# What stands in the headers


def test_every_mail_carries_the_headers_of_the_contract() -> None:
    mail = WRITER.write(letter())
    message = read(mail)
    assert message["From"] == "North Somerset Safeguarding Children Partnership <partnership@nsscp.example>"
    assert message["To"] == "leader@council.example"
    assert message["Subject"] == "OFFICIAL-SENSITIVE: NSSCP NS-7F3K-2Q - Notify the National Panel by Mon 30 Nov 2026"
    assert message["Date"] == "Mon, 23 Nov 2026 09:14:00 +0000"
    assert message["Message-ID"] == "<one@nsscp.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-CSPR-Bot"] == "nsscp-test"
    assert message["X-CSPR-Case"] == "NS-7F3K-2Q"
    assert message["X-CSPR-Notice"] == "N4"
    assert message["X-CSPR-Effect"] == "EFFECT"
    assert message["Content-Language"] == "en-GB"
    assert message["MIME-Version"] == "1.0"
    assert (mail.sender, mail.recipient) == ("partnership@nsscp.example", "leader@council.example")
    assert (mail.message_id, mail.effect) == ("<one@nsscp.example>", "EFFECT")


def test_there_is_one_recipient_and_nobody_in_copy() -> None:
    message = read(WRITER.write(letter()))
    assert len(message["To"].addresses) == 1
    assert not {"Cc", "Bcc", "Reply-To", "Resent-To", "Disposition-Notification-To"} & {*message.keys()}
    assert len(message.keys()) == len(set(message.keys()))


def test_the_date_is_that_of_the_office() -> None:
    summer = replace(letter(), written_at=datetime(2026, 7, 1, 8, 30, tzinfo=UTC))
    assert read(WRITER.write(summer))["Date"] == "Wed, 01 Jul 2026 09:30:00 +0100"


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ("N1", "auto-replied"),
        ("N1-incomplete", "auto-replied"),
        ("N1-form", "auto-replied"),
        ("N13-answer", "auto-replied"),
        ("N13-status", "auto-replied"),
        ("N1-reminder", "auto-generated"),
        ("N13", "auto-generated"),
        ("N13-change", "auto-generated"),
        ("N5-reminder", "auto-generated"),
    ],
)
def test_an_answer_says_that_it_is_one(notice: str, expected: str) -> None:
    assert read(WRITER.write(letter(notice)))["Auto-Submitted"] == expected


def test_an_acknowledgement_joins_the_thread_of_the_mail_it_answers() -> None:
    message = read(WRITER.write(replace(letter("N1", recipient=REFERRER), in_reply_to="<theirs@council.example>")))
    assert message["In-Reply-To"] == message["References"] == "<theirs@council.example>"
    assert "In-Reply-To" not in read(WRITER.write(letter("N1", recipient=REFERRER)))


@pytest.mark.parametrize("theirs", ["not an id", "", "<ä@council.example>", f"<{'x' * 2000}@council.example>"])
def test_no_acknowledgement_waits_for_a_proper_message_id(theirs: str) -> None:
    message = read(WRITER.write(replace(letter("N1", recipient=REFERRER), in_reply_to=theirs)))
    assert "In-Reply-To" not in message


@pytest.mark.parametrize(
    "spoilt",
    [
        replace(letter(), in_reply_to="<a@b>\r\nBcc: all@council.example"),
        replace(letter(), reference="NS\nBcc: all@council.example"),
        replace(letter(), effect="x\0"),
        replace(letter(), message_id="<a@b>\r\nX: y"),
        replace(letter(), answer_code="CODE\nX: y"),
        letter(recipient=replace(LEADER, address="leader@council.example\r\nBcc: all@council.example")),
        letter(recipient=replace(LEADER, address="leader@council.example, other@council.example")),
    ],
)
def test_what_would_begin_a_new_header_is_refused(spoilt: Letter) -> None:
    with pytest.raises(PermanentFailure) as refused:
        WRITER.write(spoilt)
    assert "council" not in str(refused.value)


@given(name=st.text(), code=st.text(min_size=1))
def test_no_name_and_no_code_breaks_the_headers(name: str, code: str) -> None:
    plain = read(WRITER.write(letter()))
    try:
        message = read(WRITER.write(replace(letter(recipient=replace(LEADER, name=name)), answer_code=code)))
    except PermanentFailure:
        assert not re.fullmatch(r"[!-~]+", code)
        return
    differing = {"Content-Type"}
    assert [pair for pair in message.items() if pair[0] not in differing] == [
        pair for pair in plain.items() if pair[0] not in differing
    ]
    assert [part.get_content_type() for part in message.walk()] == [part.get_content_type() for part in plain.walk()]


def test_without_a_marking_the_subject_begins_with_the_partnership() -> None:
    rendered = writer(marking="").render(letter())
    assert rendered.subject == "NSSCP NS-7F3K-2Q - Notify the National Panel by Mon 30 Nov 2026"
    assert rendered.text.startswith("Dear Service Leader,")
    assert "OFFICIAL" not in rendered.html


def test_a_marking_stands_at_the_top_of_both_parts() -> None:
    rendered = WRITER.render(letter())
    assert rendered.text.startswith("OFFICIAL-SENSITIVE\n")
    assert words(rendered.html).startswith("OFFICIAL-SENSITIVE ")


def test_a_held_mail_is_named_by_its_number() -> None:
    rendered = WRITER.render(replace(letter("N28-held", LetterFacts(held=HELD)), reference="held:12"))
    assert rendered.subject.startswith("OFFICIAL-SENSITIVE: NSSCP held:12 - ")
    assert (
        read(WRITER.write(replace(letter("N28-held", LetterFacts(held=HELD)), reference="held:12")))["X-CSPR-Case"]
        == "held:12"
    )


def test_a_subject_that_is_not_ascii_survives(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"N4.txt": "Prüfen – bitte {{ by }}\n\nProse."})
    assert read(writer(folder).write(letter()))["Subject"].endswith("Prüfen – bitte by Mon 30 Nov 2026")


# ---------------------------------------------------------------------------------------------------------------------
# Files that go along


def test_an_attachment_goes_along_from_its_own_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {})
    (folder / "attachments").mkdir(exist_ok=True)
    (folder / "attachments" / "blank form.docx").write_bytes(b"form")
    ours = writer(folder)
    for _ in range(2):  # the second one comes from memory
        message = read(ours.write(replace(letter("N1-form", recipient=REFERRER), attachments=("blank form.docx",))))
        files = list(message.iter_attachments())
        assert [(file.get_filename(), file.get_content()) for file in files] == [("blank form.docx", b"form")]


@pytest.mark.parametrize("name", ["absent.docx", "../N4.txt", "/etc/hostname", ".hidden", ""])
def test_no_other_file_ever_goes_along(name: str) -> None:
    with pytest.raises(PermanentFailure, match="attachments"):
        WRITER.write(replace(letter(), attachments=(name,)))


# ---------------------------------------------------------------------------------------------------------------------
# Templates that are wrong


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (
            "Subject\n\n{{ child_name }}",
            "mail_templates/N4.txt, line 3: it wants a name that there is not: child_name$",
        ),
        ("Subject\n\n\n{{ task.titel }}", "mail_templates/N4.txt, line 4: it wants a name that there is not: titel$"),
        ("Subject\n\n{{ flags['the child'] }}", "mail_templates/N4.txt, line 3: it wants a name that there is not$"),
        ("Subject\n{% if %}", "mail_templates/N4.txt, line 2: "),
        ("Subject\n\n{{ 1 / rung }}", r"mail_templates/N4.txt, line 3: it cannot be filled in \(ZeroDivisionError\)"),
        (
            "Subject\n\n{{ task.__class__.mro() }}",
            r"mail_templates/N4.txt, line 3: it cannot be filled in \(SecurityError\)",
        ),
        ('Subject\n\n{% include "_none.txt" %}', "mail_templates/_none.txt is missing"),
        ("{{ greeting }}\n\nProse", "mail_templates/N4.txt, line 1: .*: greeting$"),
        ("{{ held }}", "mail_templates/N4.txt, line 1: the subject is empty"),
        (b"Subject\n\n\xff", "mail_templates/N4.txt is not UTF-8"),
    ],
)
def test_a_wrong_template_fails_with_its_file_and_line(tmp_path: Path, template: str | bytes, problem: str) -> None:
    wrong = writer(folder_of(tmp_path, {"N4.txt": template}))
    with pytest.raises(PermanentFailure, match=problem):
        wrong.write(letter(facts=replace(FULL, rung=0)))


def test_a_mistake_in_a_part_that_is_shared_is_found_where_it_is(tmp_path: Path) -> None:
    wrong = writer(folder_of(tmp_path, {"_criteria.txt": "one\ntwo {{ nobody }}"}))
    with pytest.raises(PermanentFailure, match=r"mail_templates/_criteria\.txt, line 2"):
        wrong.write(letter("N8"))


def test_no_failure_tells_what_stood_in_the_letter(tmp_path: Path) -> None:
    wrong = writer(folder_of(tmp_path, {"N4.txt": "Subject\n\n{{ [][about_role] }} {{ about_role + 1 }}"}))
    with pytest.raises(PermanentFailure) as failed:
        wrong.write(letter(facts=replace(FULL, about_role="Quill")))
    assert "Quill" not in str(failed.value)
    assert failed.value.__suppress_context__


def test_a_notice_without_a_template_fails_by_name(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match=r"mail_templates/N99\.txt is missing"):
        WRITER.write(letter("N99"))
    folder = folder_of(tmp_path, {})
    (folder / "reminder.txt").unlink()
    with pytest.raises(PermanentFailure, match=r"mail_templates/N5-reminder\.txt is missing"):
        writer(folder).write(letter("N5-reminder"))


def test_check_tells_every_problem_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"N4.txt": "S\n\n{{ nobody }}", "N5.txt": "{% if %}", "N6.html": "{{"})
    problems = writer(folder).check([letter("N4"), letter("N4"), letter("N7"), letter("N99")])
    assert [problem.partition(":")[0] for problem in problems] == [
        "mail_templates/N5.txt, line 1",
        "mail_templates/N6.html, line 1",
        "mail_templates/N4.txt, line 3",
        "mail_templates/N99.txt is missing",
    ]


def test_an_html_twin_takes_the_place_of_the_prose(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"N4.html": "<p><em>{{ reference }}</em> {{ about_role }}</p>"})
    rendered = writer(folder).render(letter(facts=replace(FULL, about_role="<script>")))
    assert "<p><em>NS-7F3K-2Q</em> &lt;script&gt;</p>" in rendered.html
    assert "DfE Sign-in" not in rendered.html
    assert "DfE Sign-in" in rendered.text


def test_what_is_empty_prints_as_nothing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"N4.txt": "Subject\n\nHere: {{ held }}{{ rung }}"})
    assert "Here: 2\n" in writer(folder).render(letter()).text
