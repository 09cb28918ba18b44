"""A mail that Outlook saved is read: its files, the mails in it, and its body in whatever way it is kept."""

import struct
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cspr_bot.documents import outlook
from cspr_bot.documents.containers import Desk
from cspr_bot.documents.outlook import open_ole
from cspr_bot.documents.outlook_rtf import LARGEST_BODY, html_in, unpack
from cspr_bot.documents.reading import read_document
from cspr_bot.documents.refusal import Refused
from cspr_bot.referral.form import Reading
from cspr_bot.referral.rules import FormRules
from tests.documents.outlook_files import message, msg, ole, packed_rtf

Read = Callable[[bytes], Reading]
Sample = Callable[[str], bytes]
LOGO = b"\x89PNG\r\n\x1a\n" + b"\0" * 5_000
RTF_OF_HTML = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}"
    rb"{\*\htmltag19 <html>}{\*\htmltag64 <p>}\htmlrtf {\par \htmlrtf0 "
    rb"caf\'e9 \u8212? dash\tab \{x\} \lquote q\rquote{\*\htmltag84 &nbsp;}\htmlrtf\f1 }\htmlrtf0{\*\mhtmltag72 <no>}"
    rb"{\*\htmltag72 </p>}{\*\htmltag27 </html>}}"
)


def test_the_form_in_a_saved_mail_is_found(sample: Sample, reading: Read) -> None:
    alone = reading(sample("sample-1-word.docx"))
    assert reading(msg(LOGO, sample("sample-1-word.docx"), text="See attached.")) == alone


def test_several_forms_in_a_saved_mail_are_all_found(sample: Sample, reading: Read) -> None:
    read = reading(msg(sample("sample-1-word.docx"), sample("sample-5-fillable.pdf"), sample("sample-1-word.docx")))
    assert (read.verdict, len(read.forms)) == ("ok", 2)


def test_a_mail_in_a_mail_in_a_mail_is_opened(sample: Sample, reading: Read) -> None:
    inner = message(message(sample("sample-4-printed.pdf"), text="FW: FW"), text="FW")
    assert reading(msg(inner)) == reading(sample("sample-4-printed.pdf"))


def test_mails_in_one_another_without_end_are_not_opened(sample: Sample, reading: Read) -> None:
    inner = message(sample("sample-1-word.docx"))
    for _ in range(4):
        inner = message(inner)
    assert reading(ole(inner)).verdict == "too_large"


@pytest.mark.parametrize("name", ["Package", "CONTENTS"])
def test_a_document_that_was_put_in_as_an_object_is_found(name: str, sample: Sample, reading: Read) -> None:
    assert reading(msg({name: sample("sample-1-word.docx"), "\1Ole": b"x"})).verdict == "ok"


def test_an_object_of_another_program_is_passed_over(reading: Read) -> None:
    assert reading(msg({"Chart": b"x"}, text="Numbers")).verdict == "not_a_form"


def test_the_form_in_the_body_is_read_from_the_best_copy_of_it(sample: Sample, reading: Read) -> None:
    html = sample("sample-6-pasted.html")
    assert reading(msg(html=html, text="nothing")) == reading(html)


def test_a_body_of_text_is_read(reading: Read) -> None:
    assert reading(msg(text="Please send me the form")).verdict == "not_a_form"
    ansi = {**message(), "__substg1.0_1000001E": b"Please"}
    assert reading(ole(ansi)).verdict == "not_a_form"


def test_html_that_is_hidden_in_rtf_is_read(sample: Sample, reading: Read) -> None:
    html = sample("sample-6-pasted.html").decode().encode("ascii", "xmlcharrefreplace")
    escaped = html.replace(b"\\", b"\\\\").replace(b"{", b"\\{").replace(b"}", b"\\}")
    tags = b"".join(b"{\\*\\htmltag64 " + line + b"\\par}" for line in escaped.splitlines())
    rtf = rb"{\rtf1\ansi\fromhtml1 " + tags + b"}"
    assert reading(msg(rtf=packed_rtf(rtf), text="flat")).forms == reading(html).forms


def test_the_words_of_hidden_html_are_kept_as_they_were() -> None:
    assert html_in(RTF_OF_HTML) == b"<html><p>caf&#233; &#8212; dash\t{x} &lsquo;q&rsquo;&nbsp;</p></html>"


def test_a_letter_in_unicode_is_not_read_twice() -> None:
    assert html_in(rb"{\rtf1\fromhtml1 \u233\'e9t\u233?\u-3841?}") == b"&#233;t&#233;&#61695;"


def test_a_stream_whose_end_is_missing_is_damaged(sample: Sample, reading: Read) -> None:
    content = bytearray(msg(sample("sample-4-printed.pdf")))
    sector = content.index(b"%PDF-") // 512 - 1
    content[512 + 4 * sector : 516 + 4 * sector] = b"\xfd\xff\xff\xff"
    assert reading(bytes(content)).verdict == "unreadable"


def test_rtf_that_never_was_html_is_none() -> None:
    assert html_in(rb"{\rtf1\ansi plain}") == b""


def test_plain_rtf_is_converted_where_there_is_no_other_body(sample: Sample, rules: FormRules, reading: Read) -> None:
    desk = Desk(to_word=lambda _content, _kind: sample("sample-1-word.docx"))
    mail = msg(rtf=packed_rtf(rb"{\rtf1\ansi a table}"))
    assert read_document(mail, rules, "", desk) == reading(sample("sample-1-word.docx"))


def test_a_packed_body_is_unpacked_with_its_references() -> None:
    # MS-OXRTFCP, 3.1.1: the example of the specification.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpack(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpack(packed_rtf(b"{\\rtf1}", b"MELA")) == b"{\\rtf1}"


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        struct.pack("<II4sI", 9, 9, b"what", 0),
        struct.pack("<II4sI", 9, 9, b"LZFu", 0),
        struct.pack("<II4sI", 9, 9, b"LZFu", 0) + b"\1\0",
        struct.pack("<II4sI", 9, LARGEST_BODY + 1, b"LZFu", 0),
    ],
)
def test_a_damaged_body_is_refused(packed: bytes) -> None:
    with pytest.raises(Refused):
        unpack(packed)


def test_a_damaged_body_does_not_cost_the_form_beside_it(sample: Sample, reading: Read) -> None:
    assert reading(msg(sample("sample-1-word.docx"), rtf=b"damaged")).verdict == "ok"
    assert reading(msg(b"words", rtf=b"damaged")).verdict == "unreadable"


def test_a_stream_that_is_too_large_is_refused(sample: Sample, rules: FormRules) -> None:
    desk = Desk(bytes_left=3_000)
    assert read_document(msg(sample("sample-1-word.docx")), rules, "", desk).verdict == "too_large"


def test_a_stream_that_leads_nowhere_is_damaged(sample: Sample, reading: Read) -> None:
    content = bytearray(msg(sample("sample-4-printed.pdf")))
    content[512 : 512 + 512] = b"\xfd\xff\xff\xff" * 2 + b"\xff\xff\xff\x7f" * 126
    assert reading(bytes(content)).verdict == "unreadable"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_mail_is_unreadable(share: float, sample: Sample, reading: Read) -> None:
    content = msg(sample("sample-4-printed.pdf"))
    assert reading(content[: int(share * len(content))]).verdict == "unreadable"


def test_a_locked_document_is_encrypted_and_a_mail_with_one_is_not_more_than_that(
    sample: Sample, reading: Read
) -> None:
    locked = ole({"EncryptedPackage": b"x" * 5_000, "EncryptionInfo": b"y"})
    assert reading(locked).verdict == "encrypted"
    assert reading(locked[:2_000]).verdict == "encrypted"
    assert reading(msg(locked, text="x")).verdict == "encrypted"
    both = reading(msg(locked, sample("sample-1-word.docx")))
    assert (both.verdict, len(both.forms)) == ("ok", 1)
    assert "password" in both.reason


def test_a_container_of_another_program_is_unreadable(reading: Read) -> None:
    assert reading(ole({"Workbook": b"x"})).verdict == "unreadable"


def test_names_are_compared_without_case() -> None:
    found = open_ole(ole({"WordDocument": b"abc", "A": {"B": b"d"}}))
    assert found.has("worddocument")
    assert found.read("a", "b") == b"d"
    assert found.head("WORDDOCUMENT", 2) == b"ab"
    assert list(found.below(("a",))) == ["B"]
    assert not outlook.is_message(found)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=8))
def test_damaged_mails_never_raise(changes: list[tuple[float, bytes]], rules: FormRules, sample: Sample) -> None:
    content = bytearray(msg(sample("sample-1-word.docx"), message(LOGO, text="x"), text="y"))
    for where, what in changes:
        place = int(where * len(content))
        content[place : place + len(what)] = what
    read = read_document(bytes(content), rules)
    assert "unusual" not in read.reason


@settings(max_examples=400, deadline=None, derandomize=True)
@given(content=st.binary(max_size=300))
def test_any_packed_body_is_unpacked_or_refused(content: bytes) -> None:
    with suppress(Refused):
        assert len(unpack(struct.pack("<II4sI", 0, 500, b"LZFu", 0) + content)) == 500
    html_in(rb"{\rtf1\fromhtml1 " + content)
