"""What Outlook wraps in a winmail.dat is unwrapped; a length or a count in it is never believed."""

import struct
from collections.abc import Callable
from time import perf_counter

import pytest
import tnefparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cspr_bot.documents.refusal import Refused
from cspr_bot.documents.tnef import MOST_ATTRIBUTES, Property, properties, read_tnef
from cspr_bot.referral.form import Reading
from tests.documents import outlook_files as made
from tests.documents.outlook_files import attribute, packed_rtf, property_of, winmail, winmail_with

Read = Callable[[bytes], Reading]
Sample = Callable[[str], bytes]
RENDERING = attribute(0x69002, b"\0" * 14, 2)
OBJECT_ID = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
FILE, TEXT, RTF, HTML = 0x3701, 0x1000, 0x1009, 0x1013
OBJECT, WIDE, BINARY = 0x0D, 0x1F, 0x102


def described(*items: bytes, level: int = 1) -> bytes:
    """Write an attribute of properties: of the mail, or of a file in it."""
    return attribute(0x69005 if level == 2 else 0x69003, made.properties(*items), level)


def test_the_form_in_a_winmail_is_found(sample: Sample, reading: Read) -> None:
    alone = reading(sample("sample-1-word.docx"))
    assert reading(winmail_with([b"a letter", sample("sample-1-word.docx")])) == alone


def test_another_reader_finds_the_same_files(sample: Sample) -> None:
    content = winmail_with([b"a letter", sample("sample-1-word.docx")])
    theirs = [attachment.data for attachment in tnefparse.TNEF(content).attachments]
    ours = [member.open(0) for member in read_tnef(content).files if not hasattr(member, "files")]
    assert ours == theirs


@pytest.mark.parametrize("kind", [BINARY, OBJECT])
def test_a_file_that_is_a_property_is_found_with_all_its_zeros(kind: int, sample: Sample, reading: Read) -> None:
    content = sample("sample-1-word.docx")
    assert content.endswith(b"\0")
    inner = (OBJECT_ID if kind == OBJECT else b"") + content
    wrapped = winmail(RENDERING, described(property_of(FILE, kind, inner), level=2))
    assert reading(wrapped) == reading(content)


def test_a_mail_in_a_mail_is_opened_and_not_without_end(sample: Sample, reading: Read) -> None:
    content = winmail_with([sample("sample-1-word.docx")])
    verdicts = []
    for _ in range(4):
        verdicts.append(reading(content).verdict)
        content = winmail(RENDERING, described(property_of(FILE, OBJECT, OBJECT_ID + content), level=2))
    assert verdicts == ["ok", "ok", "ok", "too_large"]


def test_the_form_in_the_body_is_found(sample: Sample, reading: Read) -> None:
    html = sample("sample-6-pasted.html")
    assert reading(winmail(described(property_of(HTML, BINARY, html)))) == reading(html)
    wide = html.decode().encode("utf-16-le")
    assert reading(winmail(described(property_of(HTML, WIDE, wide)))) == reading(html)


def test_bodies_of_every_kind_are_read(reading: Read) -> None:
    rtf = packed_rtf(rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Please}")
    for content in (
        winmail(attribute(0x2800C, b"Please\0")),
        winmail(described(property_of(TEXT, WIDE, "Please\0".encode("utf-16-le")))),
        winmail(described(property_of(RTF, BINARY, rtf))),
    ):
        assert reading(content).verdict == "not_a_form"
    assert reading(winmail(described(property_of(RTF, BINARY, b"damaged")))).verdict == "unreadable"


def test_properties_of_every_kind_are_passed_over_on_the_way() -> None:
    named = struct.pack("<HH16sII", 0x03, 0x8001, b"", 0, 5) + b"four"
    called = struct.pack("<HH16sII", 0x03, 0x8002, b"", 1, 6) + b"nam\0ed\0\0" + b"four"
    many = struct.pack("<HHI", 0x1002, 0x7000, 3) + b"112233\0\0"
    longs = struct.pack("<HHI", 0x1003, 0x7001, 2) + b"11112222"
    moment = struct.pack("<HH", 0x40, 0x3007) + b"12345678"
    found = list(properties(made.properties(named, called, many, longs, moment, property_of(FILE, BINARY, b"abc"))))
    assert [item.number for item in found] == [0x8001, 0x8002, 0x7001, 0x7001, 0x3007, FILE]
    assert found[-1] == Property(FILE, BINARY, b"abc")


def test_a_body_of_an_impossible_kind_is_none(reading: Read) -> None:
    assert reading(winmail(described(struct.pack("<HHI", 0x03, TEXT, 7)))).verdict == "unreadable"


def test_a_winmail_with_nothing_in_it_is_unreadable(reading: Read) -> None:
    assert reading(winmail()).verdict == "unreadable"
    assert reading(winmail(RENDERING) + b"\0\0").verdict == "unreadable"


def test_wherever_a_winmail_is_cut_off_it_is_noticed(sample: Sample, reading: Read) -> None:
    content = winmail_with([sample("sample-1-word.docx")])
    for end in range(50, len(content) - 1, 97):
        assert reading(content[:end]).verdict == "unreadable"


def test_a_flipped_bit_is_noticed(reading: Read) -> None:
    assert reading(winmail_with([b"Name: Isaac"]).replace(b"Isaac", b"Isaak")).verdict == "unreadable"


@pytest.mark.parametrize("kind", [0x03, 0x1003, 0x1002, BINARY, 0x1000 | BINARY, 0x99])
def test_a_count_is_never_believed(kind: int, reading: Read) -> None:
    lying = struct.pack("<IHHI", 0xFFFFFFFF, kind, FILE, 0xFFFFFFFF) + b"\0" * 8
    started = perf_counter()
    assert reading(winmail(RENDERING, attribute(0x69005, lying, 2))).verdict == "unreadable"
    assert perf_counter() - started < 1


def test_a_value_that_takes_no_room_cannot_be_there_without_end() -> None:
    nothing = struct.pack("<IHHI", 1, 0x1000 | BINARY, FILE, 0xFFFFFFFF) + b"\0" * 4_000
    with pytest.raises(Refused):
        list(properties(nothing))


def test_attributes_without_end_are_hostile(reading: Read) -> None:
    assert reading(winmail(attribute(0x1, b"") * MOST_ATTRIBUTES)).verdict == "hostile"
    many = made.properties(*[struct.pack("<HHI", 0x03, 1, 0)] * 5_001)
    assert reading(winmail(attribute(0x69003, many))).verdict == "hostile"


@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=200), level=st.integers(0, 3), name=st.sampled_from([0x69003, 0x69005, 0x6800F]))
def test_whatever_stands_in_an_attribute_it_is_read_or_refused(
    content: bytes, level: int, name: int, reading: Read
) -> None:
    for whole in (winmail(RENDERING, attribute(name, content, level)), winmail() + content):
        assert "unusual" not in reading(whole).reason
