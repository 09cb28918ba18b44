"""A container gives all forms in it and its most telling verdict, and is unpacked only so far."""

import io
import struct
import time
import zipfile
from base64 import encodebytes
from collections.abc import Callable, Mapping

import pytest

from cspr_bot.bootstrap.reading import read_mail
from cspr_bot.documents.archive import LARGEST_PART
from cspr_bot.documents.containers import (
    MOST_MEMBERS,
    MOST_SECONDS,
    Contents,
    Desk,
    Member,
    kept,
    read_contents,
    summed,
)
from cspr_bot.documents.office import OfficeKind
from cspr_bot.documents.reading import page_of, read_document
from cspr_bot.documents.refusal import Refused
from cspr_bot.documents.sniff import sniff
from cspr_bot.referral.form import Reading, Verdict
from cspr_bot.referral.rules import FormRules

Archive = Callable[[Mapping[str, str | bytes]], bytes]
Read = Callable[[bytes], Reading]
Sample = Callable[[str], bytes]
PHOTO = b"\xff\xd8\xff\xe0" + b"\1" * 50_000
LOGO = b"\x89PNG\r\n\x1a\n" + b"\0" * 5_000
SIGNATURE = b"\x30\x82\x0f\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + b"\1" * 3_000


def locked(content: bytes, name: bytes) -> bytes:
    """Say of a file in a zip that it is locked."""
    changed = bytearray(content)
    struct.pack_into("<H", changed, content.rindex(name) - 46 + 8, 1)
    return bytes(changed)


def mail(*files: bytes, text: bytes = b"See attached.") -> bytes:
    """Write a mail with files."""
    parts = [b"Content-Type: text/plain\n\n" + text]
    parts += [
        b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
        b"Content-Disposition: attachment; filename=x\n\n" + encodebytes(file)
        for file in files
    ]
    return (
        b"From: jane@council.example\nMessage-ID: <1@council.example>\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + b"\n--b\n".join(parts) + b"\n--b--\n"
    )


def forwarded(inner: bytes) -> bytes:
    """Write a mail that holds another, as mail programs forward it."""
    return (
        b"From: jane@council.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=f\n\n"
        b"--f\nContent-Type: text/plain\n\nFYI\n--f\nContent-Type: message/rfc822\n\n" + inner + b"\n--f--\n"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Zip


def test_a_form_in_a_zip_is_a_form(archive: Archive, sample: Sample, reading: Read) -> None:
    content = sample("sample-1-word.docx")
    assert reading(archive({"form.docx": content})) == reading(content)


def test_a_form_among_other_files_is_found(archive: Archive, sample: Sample, reading: Read) -> None:
    files: dict[str, str | bytes] = {
        "notes/": "",
        "notes/plan.txt": "Bring the papers.",
        "empty.txt": "",
        "notes/form.txt": sample("sample-4-printed.pdf"),
    }
    assert reading(archive(files)) == reading(sample("sample-4-printed.pdf"))


def test_a_picture_beside_a_form_in_a_zip_may_be_another(archive: Archive, sample: Sample, reading: Read) -> None:
    read = reading(archive({"photo.jpg": PHOTO, "form.docx": sample("sample-1-word.docx")}))
    assert (read.verdict, len(read.forms), read.is_partial) == ("ok", 1, True)
    outer = reading(archive({"inner.zip": archive({"photo.jpg": PHOTO, "form.docx": sample("sample-1-word.docx")})}))
    assert outer == read


def test_several_forms_are_all_found_and_the_same_one_once(archive: Archive, sample: Sample, reading: Read) -> None:
    files = {"1.docx": sample("sample-1-word.docx"), "2.odt": sample("sample-3-libreoffice.odt")}
    read = reading(archive({**files, "copy.docx": sample("sample-1-word.docx")}))
    assert (read.verdict, read.reason, len(read.forms)) == ("ok", "", 2)


def test_zips_in_one_another_are_opened_as_far_as_people_do_that(
    archive: Archive, sample: Sample, reading: Read
) -> None:
    content = archive({"form.docx": sample("sample-1-word.docx")})
    verdicts = []
    for _ in range(5):
        verdicts.append(reading(content).verdict)
        content = archive({"more.zip": content})
    assert verdicts == ["ok", "ok", "ok", "hostile", "hostile"]


def test_a_locked_zip_is_encrypted(archive: Archive, sample: Sample, reading: Read) -> None:
    content = archive({"form.docx": sample("sample-1-word.docx")})
    assert reading(locked(content, b"form.docx")).verdict == "encrypted"


def test_a_form_beside_a_locked_one_is_read_and_the_other_is_told_of(
    archive: Archive, sample: Sample, reading: Read
) -> None:
    content = archive({"form.docx": sample("sample-1-word.docx"), "second.docx": b"x" * 99})
    read = reading(locked(content, b"second.docx"))
    assert (read.verdict, len(read.forms)) == ("ok", 1)
    assert "password" in read.reason


def test_what_a_mac_adds_and_signatures_are_passed_over(archive: Archive, reading: Read) -> None:
    files: dict[str, str | bytes] = {
        "letter.txt": "Dear all",
        "__MACOSX/._letter.txt": b"\x00\x05\x16\x07\x00",
        "smime.p7s": SIGNATURE,
    }
    assert reading(archive({**files, ".DS_Store": b"\x00\x00\x00\x01Bud1\x00"})).verdict == "not_a_form"


def test_a_zip_with_nothing_in_it_is_unreadable(archive: Archive, reading: Read) -> None:
    assert reading(archive({})).verdict == "unreadable"
    assert reading(archive({"folder/": "", "empty": ""})).verdict == "unreadable"


def test_a_bomb_in_a_zip_is_hostile(archive: Archive, reading: Read) -> None:
    bomb = archive({"word/document.xml": b" " * (LARGEST_PART + 1)})
    assert reading(archive({"form.docx": bomb, "letter.txt": "x"})).verdict == "hostile"
    assert reading(archive({"letter.txt": b" " * (LARGEST_PART + 1)})).verdict == "hostile"


def test_what_comes_in_small_and_unpacks_to_very_much_is_hostile(archive: Archive, reading: Read) -> None:
    leaf = archive({f"{number}.txt": b"a" * 1_000_000 for number in range(10)})
    branch = archive({f"{number}.zip": leaf for number in range(10)})
    for content in (branch, archive({f"{number}.txt": b" " * LARGEST_PART for number in range(20)})):
        started = time.process_time()
        assert reading(content).verdict == "hostile"
        assert time.process_time() - started < 2


def test_what_takes_too_long_is_given_up(archive: Archive, rules: FormRules) -> None:
    begun_long_ago = time.process_time() - MOST_SECONDS - 1
    assert read_document(archive({"letter.txt": "x"}), rules, "", Desk(begun_at=begun_long_ago)).verdict == "too_large"


def test_a_scan_that_is_larger_than_any_xml_is_looked_at(reading: Read) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        written.writestr("scan.jpg", b"\xff\xd8\xff\xe0" + b"\1" * LARGEST_PART)
    assert reading(target.getvalue()).verdict == "needs_ocr"


def test_of_very_many_files_the_first_are_read(archive: Archive, sample: Sample, reading: Read) -> None:
    letters = {f"{number}.txt": "Dear all" for number in range(MOST_MEMBERS)}
    assert reading(archive(letters)).verdict == "not_a_form"
    assert reading(archive({**letters, "last.txt": "x"})).verdict == "too_large"
    found = reading(archive({"form.docx": sample("sample-1-word.docx"), **letters}))
    assert (found.verdict, len(found.forms)) == ("ok", 1)
    assert "more packed" in found.reason


def test_a_container_is_no_page(archive: Archive) -> None:
    with pytest.raises(Refused):
        page_of(archive({"letter.txt": "x"}))


# ---------------------------------------------------------------------------------------------------------------------
# One answer of many


def test_what_most_needs_a_person_is_the_verdict_of_all() -> None:
    order: tuple[Verdict, ...] = (
        "hostile", "encrypted", "too_large", "needs_ocr", "unreadable", "blank_form", "not_a_form",
    )  # fmt: skip
    for place, verdict in enumerate(order):
        readings = [Reading(other, other) for other in reversed(order[place:])]
        assert summed(readings) == Reading(verdict, verdict)
    partly = Reading("not_a_form", "", is_partly_ours=True)
    assert summed([Reading("blank_form"), Reading("not_a_form"), partly]) == partly
    assert summed([partly, Reading("unreadable")]).verdict == "unreadable"


def test_all_files_of_a_mail_share_what_may_be_unpacked(archive: Archive, sample: Sample, rules: FormRules) -> None:
    desk = Desk(members_left=3)
    content = archive({"1.txt": "x", "form.docx": sample("sample-1-word.docx")})
    assert read_document(content, rules, "", desk).verdict == "ok"
    assert read_document(content, rules, "", desk).verdict == "too_large"


def test_only_so_many_documents_of_a_mail_are_converted(archive: Archive, rules: FormRules) -> None:
    converted = []

    def to_word(content: bytes, kind: OfficeKind) -> bytes:
        converted.append(kind)
        raise Refused("unreadable", "cannot")

    letters = archive({f"{number}.rtf": rb"{\rtf1 x}" for number in range(5)})
    assert read_document(letters, rules, "", Desk(to_word=to_word)).verdict == "too_large"
    assert converted == ["rtf", "rtf", "rtf"]


def test_a_file_that_breaks_its_reader_does_not_cost_the_others(
    archive: Archive, sample: Sample, rules: FormRules
) -> None:
    def broken(content: bytes, kind: OfficeKind) -> bytes:
        raise ZeroDivisionError

    content = archive({"1.rtf": rb"{\rtf1 x}", "form.docx": sample("sample-1-word.docx")})
    read = read_document(content, rules, "", Desk(to_word=broken))
    assert (read.verdict, len(read.forms)) == ("ok", 1)


def test_a_member_that_gives_more_than_it_may_is_too_large() -> None:
    desk = Desk(bytes_left=10)
    read = read_contents(Contents((Member(lambda _most: b"x" * 11), kept(b"y"))), desk, lambda _: Reading("ok"))
    assert read.verdict == "too_large"


# ---------------------------------------------------------------------------------------------------------------------
# A mail in a mail


def test_the_form_in_a_forwarded_mail_is_found(sample: Sample, rules: FormRules, reading: Read) -> None:
    inner = mail(LOGO, sample("sample-1-word.docx"))
    files = read_mail(forwarded(inner), rules).files
    assert [file.reading for file in files] == [reading(sample("sample-1-word.docx"))]


def test_a_mail_that_was_attached_as_a_file_is_opened_too(sample: Sample, rules: FormRules) -> None:
    read = read_mail(mail(mail(mail(sample("sample-5-fillable.pdf")))), rules)
    assert read.files[0].reading.verdict == "ok"


def test_a_mail_in_a_zip_in_a_mail_is_opened(archive: Archive, sample: Sample, rules: FormRules) -> None:
    content = archive({"mail.eml": mail(sample("sample-1-word.docx"))})
    assert len(read_mail(mail(content), rules).forms) == 1


def test_the_form_in_the_body_of_a_forwarded_mail_is_found(sample: Sample, rules: FormRules, reading: Read) -> None:
    head = b"From: jane@council.example\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
    inner = head + sample("sample-6-pasted.html")
    assert read_mail(forwarded(inner), rules).files[0].reading.forms == reading(sample("sample-6-pasted.html")).forms


def test_a_forwarded_letter_with_a_logo_is_no_scan(rules: FormRules) -> None:
    assert [file.reading.verdict for file in read_mail(forwarded(mail(LOGO)), rules).files] == ["not_a_form"] * 2
    assert read_mail(forwarded(mail(PHOTO)), rules).files[0].reading.verdict == "needs_ocr"


def test_mails_without_end_are_not_opened(sample: Sample, rules: FormRules) -> None:
    content = mail(sample("sample-1-word.docx"))
    for _ in range(4):
        content = mail(content)
    assert read_mail(content, rules).files[0].reading.verdict == "too_large"


def test_a_mail_in_a_mail_that_is_divided_without_end_is_too_large(rules: FormRules) -> None:
    head = b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    assert read_mail(mail(head + b"--x\n\na\n" * 600), rules).files[0].reading.verdict == "too_large"


def test_a_mail_is_text_to_who_cannot_open_it(reading: Read) -> None:
    assert reading(mail(text=b"hello")).verdict == "not_a_form"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"Received: x\r\n by y\r\nFrom: a\r\n\r\nx", "mail"),
        (b"From jane Mon Nov 23\nReturn-Path: <a>\nSubject: b\n\nx", "mail"),
        (b"\nFrom: a\nMIME-Version: 1.0", "mail"),
        (b"Received: " + b"x\r\n y" * 9_000 + b"\r\nFrom: a", "text"),
        (b"Received: x\r\nFrom: " + b"a\r\n b" * 9_000 + b"\r\n\r\nx", "mail"),
        (b"From: Jane\nTo: Panel\nDate: 3 April\n\nDear all", "text"),
        (b"Content-Type: x\n\nalone", "text"),
        (b"Message-ID: x\nChild's name: Isaac\n", "text"),
        (b" folded: x\nMIME-Version: 1.0\n\n", "text"),
    ],
)
def test_a_mail_is_known_by_its_head(content: bytes, kind: str) -> None:
    assert sniff(content) == kind
