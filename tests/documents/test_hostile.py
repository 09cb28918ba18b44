"""Files that were made to harm, and files that were harmed: each gets its verdict, and nothing is raised."""

import io
import struct
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cspr_bot.documents.archive import LARGEST_PART, open_archive
from cspr_bot.documents.reading import LARGEST_FILE, read_document
from cspr_bot.documents.refusal import Refused
from cspr_bot.referral.form import Reading
from cspr_bot.referral.rules import FormRules

Archive = Callable[[Mapping[str, str | bytes]], bytes]
Read = Callable[[bytes], Reading]
BODY = "<document><body><p><r><t>{}</t></r></p></body></document>"
SAMPLES = (
    "sample-1-word.docx",
    "sample-3-libreoffice.odt",
    "sample-4-printed.pdf",
    "sample-5-fillable.pdf",
    "sample-6-pasted.html",
)
VERDICTS = {"ok", "blank_form", "not_a_form", "encrypted", "unreadable", "too_large", "hostile", "needs_ocr"}


def directory_entry(content: bytes, name: bytes) -> int:
    """Give where the directory describes a file."""
    return content.rindex(name) - 46


def test_a_bomb_is_refused_before_it_goes_off(archive: Archive, reading: Read) -> None:
    bomb = archive({"word/document.xml": b" " * (LARGEST_PART + 1)})
    started = time.process_time()
    assert reading(bomb).verdict == "hostile"
    assert time.process_time() - started < 0.2


def test_a_part_that_is_only_large_is_too_large(reading: Read) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        written.writestr("word/document.xml", b"x" * (LARGEST_PART + 1))
    assert reading(target.getvalue()).verdict == "too_large"


def test_a_file_that_is_too_large_is_not_looked_into(rules: FormRules) -> None:
    assert read_document(bytes(LARGEST_FILE + 1), rules).verdict == "too_large"


def test_text_that_is_too_large_is_not_looked_into(reading: Read) -> None:
    assert reading(b"Name: x\n" * 1_100_000).verdict == "too_large"


@pytest.mark.parametrize(
    "piece", [b"[ ", b"(x", b"- ", b"-", b"> ", b"| ", b"1/", b"\t", b"Name: ", b"a (", b"1 ", b"%s<"]
)
def test_repeated_signs_do_not_take_forever(piece: bytes, reading: Read) -> None:
    started = time.process_time()
    assert reading(piece * 60_000).verdict in VERDICTS
    assert reading(b"Date of birth: " + piece * 60_000 + b"x").verdict in VERDICTS
    assert reading(b"<p>" + b" " * 60_000 + piece * 60_000).verdict in VERDICTS
    assert time.process_time() - started < 5


def test_a_directory_that_lies_about_a_size_is_hostile(archive: Archive, reading: Read) -> None:
    content = bytearray(archive({"word/document.xml": BODY.format("x" * 5_000)}))
    struct.pack_into("<I", content, directory_entry(bytes(content), b"word/document.xml") + 24, 10)
    assert reading(bytes(content)).verdict == "hostile"


def test_files_that_share_their_bytes_are_hostile(archive: Archive, reading: Read) -> None:
    content = bytearray(archive({"word/document.xml": BODY.format("x"), "word/other.xml": BODY.format("y")}))
    struct.pack_into("<I", content, directory_entry(bytes(content), b"word/other.xml") + 42, 0)
    assert reading(bytes(content)).verdict == "hostile"


def test_a_name_that_stands_twice_is_hostile(reading: Read) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        written.writestr("word/document.xml", BODY.format("one"))
        written.writestr("word/Document.xml", BODY.format("two"))
    assert reading(target.getvalue()).verdict == "hostile"


def test_an_endless_directory_is_hostile(archive: Archive, reading: Read) -> None:
    assert reading(archive({f"part{number}": "" for number in range(1_001)})).verdict == "hostile"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-be"])
def test_a_doctype_is_hostile(encoding: str, archive: Archive, reading: Read) -> None:
    mark = "" if encoding == "utf-8" else "\ufeff"
    xml = f'{mark}<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + BODY.format("&e;")
    assert reading(archive({"word/document.xml": xml.encode(encoding)})).verdict == "hostile"


def test_a_document_without_end_in_its_depth_is_refused(archive: Archive, reading: Read) -> None:
    deep = "<document><body>" + "<sdt>" * 5_000 + "</sdt>" * 5_000 + "</body></document>"
    assert reading(archive({"word/document.xml": deep})).verdict == "unreadable"


def test_html_without_end_in_its_depth_is_survived(reading: Read) -> None:
    assert reading(b"<html><body>" + b"<div>" * 20_000 + b"Name: x").verdict in VERDICTS
    assert reading(b"<html><body>" + b"<table><tr><td>" * 5_000 + b"Name: x").verdict in VERDICTS


def test_thousands_of_rows_are_read_in_time(archive: Archive, reading: Read) -> None:
    rows = "<tr><tc><p><r><t>Name:</t></r></p></tc><tc><p/></tc></tr>" * 12_000
    started = time.process_time()
    assert reading(archive({"word/document.xml": f"<document><body><tbl>{rows}</tbl></body></document>"})).verdict
    assert time.process_time() - started < 5


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["sample-1-word.docx", "sample-3-libreoffice.odt"])
def test_a_truncated_archive_is_unreadable(
    name: str, share: float, sample: Callable[[str], bytes], reading: Read
) -> None:
    content = sample(name)
    assert reading(content[: int(len(content) * share)]).verdict == "unreadable"


def test_a_flipped_bit_is_noticed(archive: Archive, reading: Read) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        written.writestr("word/document.xml", BODY.format("Name: Isaac"))
    assert reading(target.getvalue().replace(b"Isaac", b"Isaak")).verdict == "unreadable"


def test_a_locked_archive_is_encrypted(archive: Archive, reading: Read) -> None:
    content = bytearray(archive({"word/document.xml": BODY.format("x")}))
    struct.pack_into("<H", content, directory_entry(bytes(content), b"word/document.xml") + 8, 1)
    assert reading(bytes(content)).verdict == "encrypted"


def test_an_unknown_way_of_packing_is_unreadable(archive: Archive, reading: Read) -> None:
    content = bytearray(archive({"word/document.xml": BODY.format("x")}))
    struct.pack_into("<H", content, directory_entry(bytes(content), b"word/document.xml") + 10, 99)
    assert reading(bytes(content)).verdict == "unreadable"


def test_bytes_that_do_not_inflate_are_unreadable(archive: Archive, reading: Read) -> None:
    content = bytearray(archive({"word/document.xml": BODY.format("x" * 500)}))
    content[30 + len("word/document.xml") : 60 + len("word/document.xml")] = b"\xff" * 30
    assert reading(bytes(content)).verdict == "unreadable"


def test_a_directory_that_points_nowhere_is_unreadable(archive: Archive, reading: Read) -> None:
    whole = archive({"word/document.xml": BODY.format("x")})
    entry, end = directory_entry(whole, b"word/document.xml"), whole.rindex(b"PK\x05\x06")
    for place, value in ((entry + 42, len(whole)), (entry + 20, 900_000), (end + 12, 9_999_999), (end + 16, 9_999_999)):
        content = bytearray(whole)
        struct.pack_into("<I", content, place, value)
        assert reading(bytes(content)).verdict in {"unreadable", "hostile"}


def test_a_file_that_is_not_in_the_archive_is_refused(archive: Archive) -> None:
    with pytest.raises(Refused):
        open_archive(archive({"a": "x"})).read("b")


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"", "unreadable"),
        (b" \r\n\t", "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "needs_ocr"),
        (b"\xff\xd8\xff\xe0" + b"\1" * 100, "needs_ocr"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "needs_ocr"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "needs_ocr"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\x78\x9f\x3e\x22\0\0", "unreadable"),
        (b"%PDF-1.7 and nothing more", "unreadable"),
        (bytes(range(256)) * 20, "unreadable"),
        (b"<?xml version='1.0'?><w:wordDocument/>", "unreadable"),
        (b"PK\x03\x04 but no more", "unreadable"),
        (b"Just a few words.", "not_a_form"),
    ],
)
def test_what_a_file_is_its_content_says(content: bytes, verdict: str, reading: Read) -> None:
    found = reading(content)
    assert found.verdict == verdict
    assert found.reason


def test_what_nobody_thought_of_is_for_a_person(
    rules: FormRules, sample: Callable[[str], bytes], archive: Archive
) -> None:
    without_boxes = replace(rules, options=())
    found = read_document(sample("sample-1-word.docx"), without_boxes)
    assert (found.verdict, found.forms) == ("unreadable", ())
    assert "A person" in found.reason


def test_a_workbook_is_unreadable(archive: Archive, reading: Read) -> None:
    parts = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
    assert reading(archive(parts)).verdict == "unreadable"


def test_no_reason_repeats_what_the_file_says(sample: Callable[[str], bytes], reading: Read) -> None:
    content = sample("sample-1-word.docx").replace(b"PK\x01\x02", b"PK\x01\x03", 1)
    assert "Isaac" not in reading(content).reason


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=400))
def test_random_bytes_never_raise(content: bytes, rules: FormRules) -> None:
    assert read_document(content, rules).verdict in VERDICTS


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6)), max_size=6),
    cut=st.one_of(st.none(), st.floats(0.05, 1)),
)
def test_damaged_samples_never_raise(
    name: str,
    changes: list[tuple[float, bytes]],
    cut: float | None,
    rules: FormRules,
    sample: Callable[[str], bytes],
) -> None:
    content = bytearray(sample(name))
    for where, what in changes:
        place = int(where * len(content))
        content[place : place + len(what)] = what
    whole = bytes(content) if cut is None else bytes(content[: int(cut * len(content))])
    reading = read_document(whole, rules)
    assert reading.verdict in VERDICTS
    assert "unusual" not in reading.reason, "only what nobody has thought of comes that far"


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from([("sample-1-word.docx", "word/document.xml"), ("sample-3-libreoffice.odt", "content.xml")]),
    where=st.floats(0, 1, exclude_max=True),
    length=st.integers(1, 3_000),
    times=st.integers(0, 2),
)
def test_documents_whose_xml_is_shuffled_never_raise(
    name: tuple[str, str],
    where: float,
    length: int,
    times: int,
    rules: FormRules,
    altered: Callable[..., bytes],
) -> None:
    file, part = name
    with zipfile.ZipFile(io.BytesIO(altered(name=file, part=part))) as source:
        text = source.read(part).decode()
    place = int(where * (len(text) - length))
    piece = text[place : place + length]
    content = altered((piece, piece * times), name=file, part=part)
    assert read_document(content, rules).verdict in VERDICTS
