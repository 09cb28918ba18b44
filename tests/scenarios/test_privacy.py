"""The sweep finds what it looks for; and a case with everything in it passes it, page by page."""

from datetime import date
from email.message import EmailMessage
from urllib.parse import quote

import pytest

from cspr_bot.demonstration.post import WORD, Enclosure
from cspr_bot.store import Store
from tests.scenarios.partnership import Partnership
from tests.scenarios.people import (
    CHAIR,
    COMPLETE,
    HEALTH,
    NURSE,
    POLICE,
    SERVICE_LEADER,
    SOCIAL_WORKER,
    WITH_GAPS,
    word_file,
)
from tests.scenarios.privacy import findings_in_mail, renderings, secrets_of
from tests.scenarios.sweeping import COUNTED, SECRETS, in_printed_log, swept

BIRTHDAY = date(2021, 2, 7)


def a_mail(text: str = "Nothing.", subject: str = "NSSCP NS-7F3K-2Q - Please confirm", **headers: str) -> bytes:
    """Write a mail with these words in it."""
    mail = EmailMessage()
    mail["To"], mail["Subject"] = POLICE, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, cte="base64")
    return mail.as_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "about Jacoby",
        "about THISTLEWOOD,",
        "about the Thistlewoods' neighbour Odalys",
        "born 07/02/2021",
        "born 7.2.21",
        "born 2021-02-07",
        "born 02/07/2021",
        "born 7 February 2021",
        "born 7th of February 2021",
        "born Feb 7, 2021",
        "born 20210207",
        "on 12 Dec 2026",
        "at 88 Marlinspike Crescent",
        "in zz99 4wx",
        "in ZZ994WX",
        "ring 01632960711",
        "ring +44 1632 960 711",
        "ring 07700-900-455",
        f"write to {NURSE}",
        "it says that she heard SCREAMING through the wall",
        "at the Tidemill Lido",
        "who is Zoroastrian",
        f"mailto:x@y.example?body={quote('Jacoby Thistlewood')}",
        "<html><b>Jac</b>oby is split, but Thistle<i></i>wood <p>Odalys</p></html>",
    ],
)
def test_the_sweep_finds_what_it_looks_for_in_a_body_whatever_its_encoding(text: str) -> None:
    assert findings_in_mail(a_mail(text), SECRETS)


def test_the_sweep_finds_it_in_headers_attachments_and_their_names() -> None:
    assert findings_in_mail(a_mail(subject="Jacoby T"), SECRETS)
    assert findings_in_mail(a_mail(X_Note="Thistlewood"), SECRETS)
    attached = EmailMessage()
    attached.set_content("Nothing.")
    attached.add_attachment("Nothing.", filename="Jacoby.txt")
    assert findings_in_mail(attached.as_bytes(), SECRETS)
    filled = EmailMessage()
    filled.set_content("Nothing.")
    file = word_file(COMPLETE)
    filled.add_attachment(file.content, maintype=file.kind[0], subtype=file.kind[1], filename="form.docx")
    assert findings_in_mail(filled.as_bytes(), SECRETS)


def test_the_sweep_lets_pass_what_is_not_personal() -> None:
    assert findings_in_mail(a_mail("Due on Friday 18 December 2026; ring 01632 960001."), SECRETS) == []
    assert findings_in_mail(a_mail("Dear Verity Lockhart,"), SECRETS, greeted="Verity Lockhart") == []
    assert findings_in_mail(a_mail("Dear Verity Lockhart,"), SECRETS)
    assert findings_in_mail(a_mail(subject="Dear Verity Lockhart,"), SECRETS, greeted="Verity Lockhart")


def test_a_date_is_looked_for_in_every_way_in_which_it_may_be_written() -> None:
    ways = set(renderings(BIRTHDAY))
    assert {
        "2021-02-07",
        "07/02/2021",
        "7/2/21",
        "7.2.2021",
        "02/07/2021",
        "7 february 2021",
        "7th february 2021",
    } <= ways
    assert len(ways) > 40


def test_every_word_of_the_forms_that_could_tell_who_it_is_is_looked_for() -> None:
    secrets = secrets_of((COMPLETE, WITH_GAPS))
    assert {
        "jacoby",
        "thistlewood",
        "odalys",
        "verity",
        "ambrose",
        "ottoline",
        "marlinspike",
        "gallowgate",
    } <= secrets.words
    assert {NURSE, SOCIAL_WORKER, "tidemill lido changing room"} <= secrets.phrases
    assert len(secrets.runs) > 20


def test_everything_personal_that_people_write_to_us_stays_with_us(home: Partnership) -> None:
    """Names in subjects, in file names, in notes and reasons, in quoted text, in a mail that is held."""
    template = Enclosure("Jacoby Thistlewood return.docx", WORD, word_file(COMPLETE).content)
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.refer(WITH_GAPS)
    home.answer(POLICE, "N2", "RECEIVED", template, case=case)
    home.answer(SERVICE_LEADER, "N4", "NOTE Jacoby of 88 Marlinspike Crescent, born 07/02/2021", case=case)
    home.answer(SERVICE_LEADER, "N4", "Jacoby Thistlewood was seen by Dr Underhay, ring 01632 960711", case=case)
    home.answer(SERVICE_LEADER, "N4", "NOT REQUIRED: Odalys Thistlewood says that he fell", case=case)
    home.mail_from("someone@school.education.example", "Jacoby Thistlewood", "Is Jacoby Thistlewood known to you?\n")
    home.mail_from('"Jacoby Thistlewood" <x@council.example>', "Referral", "See.\n", word_file(WITH_GAPS))
    home.wait_until("2026-12-18 11:00")
    home.answer(CHAIR, "N8", "RAPID REVIEW: YES police, health", case=case)
    home.record(case, "note_added", {"note": "Jacoby Thistlewood"})
    home.record(case, "deadline_extended", {"timer": "T9", "to": "2027-01-15", "reason": "Odalys Thistlewood is ill"})
    home.wait_until("2026-12-22 12:00")
    home.answer(HEALTH, "N11", "DONE REF THISTLEWOOD", template, case=case)
    assert swept(home.office) == []
    assert list(in_printed_log(home.office)) == []
    assert COUNTED["mails"] > 50


def test_the_raw_files_of_the_database_show_nothing_before_it_is_closed_either(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    home.refer(COMPLETE)
    if home.office.home.settings.database.url.startswith("sqlite"):
        files = [path.name for path in (home.folder / "var").iterdir()]
        assert "cspr-bot.db-wal" in files
    assert swept(home.office) == []
    assert isinstance(home.office.store, Store)
