"""A contact list by mail: an administrator gets the checked difference back, and nothing is ever changed by it."""

import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from cspr_bot.config.contacts_sheet import Row, as_csv, as_workbook, contact_list_in, read_sheet
from cspr_bot.confinement.reader import ConfinedReader
from cspr_bot.demonstration.post import WORD, Enclosure, new_mail
from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.store import InboxRow
from tests.bootstrap.conftest import lend, take_back
from tests.bootstrap.test_cycle import MAILBOX, Bench
from tests.pipeline.world import TUESDAY

ADMINISTRATOR, OLD, NEW = "administrator@nsscp.example", "coordinator@nsscp.example", "jane@nhs.net"
EXCEL, TEXT = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"), ("text", "csv")


@pytest.fixture
def bench(tmp_path: Path, child: ConfinedReader) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    made.start()
    lend(child, made.office)
    yield made
    take_back(made.office)
    made.office.close()


def rows_of(bench: Bench) -> list[Row]:
    return list(tomllib.loads((bench.folder / "config" / "contacts.toml").read_text(encoding="utf-8"))["contact"])


def changed(bench: Bench, email: str = NEW) -> list[Row]:
    first, *rest = rows_of(bench)
    return [{**first, "email": email}, *rest]


def send(bench: Bench, sender: str, *files: Enclosure, subject: str = "The list") -> InboxRow:
    mailbox = bench.office.mailbox
    assert isinstance(mailbox, FolderMailbox)
    mailbox.deliver(new_mail(sender, MAILBOX, subject, "Please see the list.", TUESDAY, *files))
    bench.office.run_once()
    return bench.office.store.reports.inbox_rows()[0]


def answers(bench: Bench) -> list[str]:
    rows = [row for row in bench.office.store.reports.outbox_rows() if row.notice == "N28-list"]
    assert {row.status for row in rows} <= {"sent"}
    assert {row.to for row in rows} <= {ADMINISTRATOR}
    kept = [bench.office.store.reports.outgoing(row.id) for row in rows]
    return [content.decode() for content in kept if content is not None]


def test_an_administrator_gets_the_difference_back_and_nothing_is_changed(bench: Bench) -> None:
    before = (bench.folder / "config" / "contacts.toml").read_bytes()
    row = send(bench, ADMINISTRATOR, Enclosure("list.xlsx", EXCEL, as_workbook(changed(bench))))
    assert (row.status, row.kind, row.case) == ("filed", "enquiry", None)
    assert row.reasons == (
        "a contact list from an administrator: what it would change was sent back, and nothing was changed",
    )
    (content,) = answers(bench)
    unfolded = content.replace("\r\n ", " ")
    assert "Subject: OFFICIAL-SENSITIVE: NSSCP contacts - Your contact list: 0 added, 1 changed, 0 removed" in unfolded
    assert "Auto-Submitted: auto-replied" in content
    assert "In-Reply-To: <" in content
    words = " ".join(content.replace("=\r\n", "").split())
    assert f"changed, row 2: coordinator, {OLD} (email: {OLD} =E2=86=92 {NEW}; to be confirmed: {NEW})" in words
    assert "cspr-bot contacts import FILE --apply --by NAME" in words
    assert (bench.folder / "config" / "contacts.toml").read_bytes() == before


def test_a_list_with_a_mistake_comes_back_with_the_mistake_and_its_row(bench: Bench) -> None:
    send(bench, ADMINISTRATOR, Enclosure("list.csv", TEXT, as_csv(changed(bench, "jane@pnn.polce.uk"))))
    words = " ".join(answers(bench)[0].replace("=\r\n", "").split())
    assert "Your contact list cannot be used yet: 1 to mend" in words
    assert 'your list: row 2, email: "pnn.polce.uk" is not on the secure-domain list; nearest: pnn.police.uk' in words
    assert "contacts import" not in words


def test_a_list_from_anybody_else_waits_for_a_person(bench: Bench) -> None:
    content = as_csv(changed(bench))
    for number, sender in enumerate(("executive@police.example", "someone@elsewhere.example")):
        row = send(bench, sender, Enclosure("list.csv", TEXT, content), subject=f"The list {number}")
        assert row.status == "held"
    assert answers(bench) == []


def test_two_lists_or_a_list_beside_a_form_wait_for_a_person_or_open_a_case(bench: Bench) -> None:
    one = Enclosure("list.csv", TEXT, as_csv(changed(bench)))
    form = (Path(__file__).parents[1] / "samples" / "sample-1-word.docx").read_bytes()
    assert send(bench, ADMINISTRATOR, one, one).status == "held"
    row = send(bench, ADMINISTRATOR, one, Enclosure("form.docx", WORD, form), subject="A referral")
    assert row.kind == "referral"
    assert answers(bench) == []


def test_where_the_answer_cannot_be_written_a_person_looks(bench: Bench) -> None:
    (bench.office.home.folder / "mail_templates" / "N28-list.txt").unlink()
    row = send(bench, ADMINISTRATOR, Enclosure("list.csv", TEXT, as_csv(changed(bench))))
    assert row.status == "held"
    assert "a contact list, and what it would change cannot be written back" in row.reasons


def test_only_what_has_the_columns_of_a_list_is_one() -> None:
    assert contact_list_in(b"role,name,email\n", "x.csv") is not None
    assert contact_list_in(b"role,name,email\n", "x.txt") is None
    assert contact_list_in(b"role,name\n", "x.csv") is None
    assert contact_list_in(b"PK\x03\x04 a word file", "x.docx") is None


def test_a_workbook_that_unpacks_beyond_measure_is_not_unpacked() -> None:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(40 * 1024 * 1024))
    assert read_sheet(out.getvalue()).flaw == "it unpacks to more than any contact list"


def test_the_mail_reads_well(bench: Bench) -> None:
    send(bench, ADMINISTRATOR, Enclosure("list.csv", TEXT, as_csv(rows_of(bench))))
    assert "It says what the list in force says: nothing would change." in " ".join(answers(bench)[0].split())
