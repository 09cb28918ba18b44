"""Every notice that the procedure can order has a sample, and every sample can be written."""

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.office import confined_reader
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.reading import read_mail
from cspr_bot.bootstrap.reading_room import read_alone, read_any_home
from cspr_bot.bootstrap.samples import SampleChance, notices_of, sample_letters, template_writer
from cspr_bot.config import Home

SAMPLES = Path(__file__).parents[1] / "samples"
TODAY = datetime(2026, 12, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return read_any_home(tmp_path_factory.mktemp("nowhere"))


def test_every_notice_of_the_procedure_has_one_sample(home: Home) -> None:
    letters = sample_letters(home, TODAY)
    names = [letter.notice for letter in letters]
    assert len(names) == len(set(names))
    assert notices_of(home.procedure) <= set(names)


def test_every_sample_can_be_written(home: Home) -> None:
    writer = template_writer(home, defaults_folder() / "mail_templates")
    assert writer.check(sample_letters(home, TODAY)) == ()


def test_samples_are_the_same_every_time(home: Home) -> None:
    assert sample_letters(home, TODAY) == sample_letters(home, TODAY)
    chance = SampleChance()
    assert chance.reference() == chance.reference()
    assert chance.answer_code() == chance.answer_code()
    assert (chance.message_id(), chance.effect()) == ("<sample@cspr-bot.example>", "sample")


def test_a_home_that_is_half_there_is_not_replaced_by_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(NotReadyError, match=r"bot\.toml: the file is missing"):
        read_any_home(tmp_path)


def test_a_file_is_read_by_the_child_as_it_would_be_in_a_mail(home: Home) -> None:
    reader = confined_reader(home.folder)
    reading = read_alone(reader, (SAMPLES / "sample-1-word.docx").read_bytes())
    nothing = read_alone(reader, b"")
    reader.close()
    assert (reading.verdict, len(reading.forms)) == ("ok", 1)
    assert nothing.verdict == "unreadable"


def test_a_body_is_read_where_no_file_holds_the_form(home: Home) -> None:
    page = (SAMPLES / "sample-6-pasted.html").read_text(encoding="utf-8")
    head = "From: a@council.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    read = read_mail((head + page).encode(), home.form_rules)
    assert [file.name for file, _ in read.forms] == ["body"]
    assert not read_mail(b"", home.form_rules).forms


def test_a_body_beside_a_file_counts_where_it_is_about_another_child(home: Home) -> None:
    page = (SAMPLES / "sample-6-pasted.html").read_text(encoding="utf-8")

    def found(body: str) -> list[tuple[str, str]]:
        mail = EmailMessage()
        mail["From"] = "a@council.example"
        mail.set_content(body, subtype="html")
        mail.add_attachment((SAMPLES / "sample-1-word.docx").read_bytes(), "application", "octet-stream")
        read = read_mail(mail.as_bytes(), home.form_rules)
        (inside,) = read_mail(enclosed(mail.as_bytes()), home.form_rules).files
        assert [form.child.name for form in inside.reading.forms] == [form.child.name for _, form in read.forms]
        return [(file.name, form.child.name) for file, form in read.forms]

    (file,) = found("<p>Please see the form.</p>")
    assert found(page) == [file, ("body", "Omar Farouk Jama")]
    same_name = page.replace("Omar Farouk Jama", "FAIRBOURNE, Isaac")
    assert found(same_name) == [file, ("body", "FAIRBOURNE, Isaac")]  # born on another day
    assert found(same_name.replace("20/02/2014", "14/03/2023")) == [file]
    assert found(same_name.replace("20/02/2014", "")) == [file]
    assert found(page.replace("Omar Farouk Jama", "").replace("20/02/2014", "")) == [file]


def enclosed(mail: bytes) -> bytes:
    """Forward a mail as a file."""
    outer = EmailMessage()
    outer["From"] = "b@council.example"
    outer.set_content("Please see below.")
    outer.add_attachment(mail, "application", "octet-stream", filename="mail.eml")
    return outer.as_bytes()
