"""A scan is for a person; where tesseract is installed it suggests the child's name and dates, and no more."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from cspr_bot.bootstrap.office import confined_reader
from cspr_bot.bootstrap.reading_room import read_alone
from cspr_bot.documents.containers import Desk
from cspr_bot.documents.reading import read_document
from cspr_bot.documents.refusal import PICTURE
from cspr_bot.documents.scan import find_tesseract, words_in
from cspr_bot.referral.rules import FormRules

ROOT = Path(__file__).parents[2]
PHOTO = b"\xff\xd8\xff\xe0" + b"\1" * 50_000
WORDS = "2. Details of child\nName of child: | Robin Ashdown Date of birth: 03/04/2019\n"
needs_tesseract = pytest.mark.skipif(find_tesseract() is None, reason="tesseract is not installed")


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Write a program that stands in for tesseract."""

    def write(script: str) -> Path:
        path = tmp_path / "tesseract"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return path

    return write


def scanned(printed: bytes, *, dots: int = 150) -> bytes:
    """Print a PDF and scan it: pages that are one picture each."""
    pdf, source = pikepdf.new(), pypdfium2.PdfDocument(printed)
    for sheet in source:
        width, height = sheet.get_size()
        drawn = sheet.render(scale=dots / 72, grayscale=True)
        rows = bytes(drawn.buffer)
        lines = (rows[at : at + drawn.width] for at in range(0, drawn.stride * drawn.height, drawn.stride))
        page = pdf.add_blank_page(page_size=(width, height))
        picture = pdf.make_stream(b"".join(lines))
        picture.stream_dict.Type, picture.stream_dict.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        picture.stream_dict.Width, picture.stream_dict.Height = drawn.width, drawn.height
        picture.stream_dict.ColorSpace, picture.stream_dict.BitsPerComponent = pikepdf.Name.DeviceGray, 8
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
        page.obj.Contents = pdf.make_stream(f"{width} 0 0 {height} 0 0 cm /P Do".encode())
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def test_a_guess_stands_beside_the_reason_and_is_no_form(rules: FormRules) -> None:
    read = read_document(PHOTO, rules, desk=Desk(words_in=lambda _content: WORDS))
    assert (read.verdict, read.forms) == ("needs_ocr", ())
    assert read.reason == (
        f"{PICTURE} A guess, to be checked by eye: Name of the child: Robin Ashdown; Date of birth: 03/04/2019."
    )


def test_nobody_guesses_where_nobody_asks(rules: FormRules) -> None:
    assert read_document(PHOTO, rules).reason == PICTURE
    assert read_document(PHOTO, rules, desk=Desk(words_in=lambda _content: "")).reason == PICTURE


def test_only_so_many_scans_of_a_mail_are_looked_at(rules: FormRules) -> None:
    desk = Desk(words_in=lambda _content: WORDS)
    assert [("guess" in read_document(PHOTO, rules, desk=desk).reason) for _ in range(4)] == [True, True, False, False]


def test_a_picture_is_given_as_it_is_and_pages_as_pictures(
    program: Callable[[str], Path], sample: Callable[[str], bytes]
) -> None:
    head = program("head -c 15 | tr -d '\\n'; cat > /dev/null; echo")
    assert words_in(b"a picture", program=head) == "a picture\n"
    pages = words_in(sample("sample-4-printed.pdf"), program=head).split("\n")
    assert pages[0].startswith("P5 ")
    assert words_in(b"%PDF-1.7 broken", program=head) == ""


def test_what_hangs_or_fails_says_nothing(program: Callable[[str], Path]) -> None:
    started = time.perf_counter()
    assert words_in(b"x", program=program("sleep 600"), seconds=0.5) == ""
    assert time.perf_counter() - started < 10
    assert words_in(b"x", program=program("exit 1")) == ""


@needs_tesseract
@pytest.mark.slow
def test_the_bounded_child_suggests_what_stands_on_a_scan(sample: Callable[[str], bytes]) -> None:
    reader = confined_reader(ROOT, guesses=True)
    try:
        read = read_alone(reader, scanned(sample("sample-4-printed.pdf")))
    finally:
        reader.close()
    assert (read.verdict, read.forms) == ("needs_ocr", ())
    assert read.reason.endswith(
        "Name of the child: Jude Blackwood; Date of birth: 18/08/2012; Date of death or critical incident: 13/05/2026."
    )
