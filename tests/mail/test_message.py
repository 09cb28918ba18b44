"""Parsing: what a mail client would show, whatever the bytes are."""

import base64
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_bot.correspondence.message import BROKEN_HEADERS, BROKEN_STRUCTURE, ParsedMail
from cspr_bot.correspondence.receipt import received_at_of
from cspr_bot.mail.message import MOST_BYTES, parse, received_at
from cspr_bot.mail.message_charset import decode
from cspr_bot.mail.message_headers import decode_phrases, decode_words, labelled
from cspr_bot.mail.message_text import text_of_html, unflowed

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "mail"


def mail(headers: str, body: bytes | str = b"") -> ParsedMail:
    content = body.encode() if isinstance(body, str) else body
    return parse(headers.replace("\n", "\r\n").encode() + b"\r\n\r\n" + content)


def multipart(kind: str, *parts: str) -> ParsedMail:
    body = "".join(f"--b\n{part}\n" for part in parts) + "--b--\nepilogue"
    return mail(f"From: a@council.example\nContent-Type: multipart/{kind}; boundary=b", body)


# ---------------------------------------------------------------------------------------------------------------------
# Headers


def test_headers_keep_their_order_and_are_unfolded() -> None:
    parsed = mail("Received: one;\n two\nReceived: three\nSubject: a\n\tb")
    assert parsed.headers == (("Received", "one; two"), ("Received", "three"), ("Subject", "a b"))
    assert parsed.all("received") == ("one; two", "three")
    assert parsed.first("nothing") == ""


def test_encoded_words_are_decoded_and_a_character_cut_in_two_is_made_whole() -> None:
    assert mail("Subject: =?utf-8?Q?caf=C3?= =?utf-8?Q?=A9_au?= lait").first("Subject") == "café au lait"
    assert decode_words("=?iso-8859-1?q?=93quoted=94?= =?utf-8?b?4oKs?=") == "“quoted”€"
    assert decode_words("=?utf-8*en?q?x?= =?nonsense?b?!!!?= =?broken") == "x =?broken"


def test_an_encoded_word_can_bring_no_new_line_into_a_header() -> None:
    parsed = mail("Subject: =?utf-8?B?" + base64.b64encode(b"a\r\nBcc: x\0y").decode() + "?=")
    assert parsed.first("Subject") == "a  Bcc: x y"


def test_an_encoded_name_can_never_become_an_address() -> None:
    assert decode_phrases("=?utf-8?q?boss=40council.example=3E?= <x@evil.example>") == (
        '"boss@council.example>" <x@evil.example>'
    )
    assert decode_phrases('"=?utf-8?q?a=22=2C_b?=" <x@evil.example>') == '"a\\", b" <x@evil.example>'
    assert decode_phrases("=?utf-8?q?Si=C3=A2n?= <x@police.example>") == "Siân <x@police.example>"
    assert decode_phrases('"unclosed <x@police.example>') == '"unclosed <x@police.example>'


def test_an_encoded_word_inside_a_verdict_stays_as_it_is() -> None:
    value = 'mx.council.example; spf=pass smtp.mailfrom="=?utf-8?q?=3B_dmarc=3Dpass?="'
    assert mail(f"Authentication-Results: {value}").first("Authentication-Results") == value


@pytest.mark.parametrize("line", ["no field", ": empty", "Sub\rject: x", "Subject: a\0b", "Subject: a\rFrom: b"])
def test_what_two_programs_may_read_in_two_ways_is_broken(line: str) -> None:
    parsed = parse(f"From: a@council.example\r\n{line}\r\nTo: b@police.example\r\n\r\nbody".encode())
    assert BROKEN_HEADERS in parsed.problems
    assert parsed.is_damaged
    assert parsed.all("To") == ("b@police.example",)


def test_a_line_that_is_no_field_ends_the_block_where_no_field_follows() -> None:
    parsed = parse(b"From: a@council.example\nthis is the text\nof it\n")
    assert parsed.text == "this is the text\nof it\n"
    assert BROKEN_HEADERS in parsed.problems


def test_very_many_stray_lines_end_the_block_too() -> None:
    parsed = parse(b"From: a@council.example\n" + b"stray\n" * 60 + b"To: x@police.example\n\nbody")
    assert parsed.all("To") == ()
    assert "stray" in parsed.text


def test_what_saved_mails_have_above_them_is_passed_over() -> None:
    parsed = parse(b"   \n\nFrom a@council.example Mon Nov 23 12:00:00 2026\nSubject: x\n\nbody")
    assert parsed.first("Subject") == "x"
    assert parsed.problems == ()


def test_no_header_at_all_is_broken() -> None:
    assert BROKEN_HEADERS in parse(b"").problems
    assert parse(b"\n\nhello").text == "\n\nhello".lstrip()


# ---------------------------------------------------------------------------------------------------------------------
# Bodies


def test_a_plain_text_is_read_in_its_charset_with_one_kind_of_line_end() -> None:
    parsed = mail("Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit", b"caf\xe9\r\nx\ry")
    assert parsed.text == "café\nx\ny"


def test_an_unknown_charset_is_read_all_the_same_and_noted() -> None:
    parsed = mail("Content-Type: text/plain; charset=klingon", "Siân".encode())
    assert parsed.text == "Siân"
    assert parsed.problems == ("the charset of a text is unknown or untrue",)
    assert not parsed.is_damaged


def test_of_alternatives_the_plain_text_and_the_html_are_both_kept() -> None:
    parsed = multipart(
        "alternative", "Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>shown</p><p>two</p>"
    )
    assert (parsed.text, parsed.html_text) == ("plain", "shown\n\ntwo")
    assert parsed.html == "<p>shown</p><p>two</p>"


def test_the_text_is_made_of_the_html_where_there_is_none_or_a_blank_one() -> None:
    assert mail("Content-Type: text/html", "<p>shown</p>").text == "shown"
    blank = multipart("alternative", "Content-Type: text/plain\n\n \n", "Content-Type: text/html\n\nshown")
    assert blank.text == "shown"


def test_two_different_plain_alternatives_are_noted() -> None:
    parsed = multipart("alternative", "\nDONE", "\nnot done")
    assert parsed.text == "not done"
    assert "several different" in parsed.problems[0]


def test_texts_in_a_row_are_put_together_in_either_form() -> None:
    parsed = multipart("mixed", "\none", "Content-Type: text/html\n\n<b>two</b>", "\nthr<e")
    assert parsed.text == "one\n\ntwo\n\nthr<e"
    assert parsed.html == "<pre>one</pre>\n<b>two</b>\n<pre>thr&lt;e</pre>"
    assert multipart("mixed", "\none", "\ntwo").html == ""


def test_flowed_lines_are_joined_and_quotations_and_signatures_kept_apart() -> None:
    parsed = mail(
        "Content-Type: text/plain; format=flowed", "RAPID REVIEW: NO because \nit is not \nmet\n> a \n> b\n-- \nJ"
    )
    assert parsed.text == "RAPID REVIEW: NO because it is not met\n> a b\n-- \nJ"
    assert unflowed("a \nb", delete_space=True) == "ab"
    assert unflowed(" From x", delete_space=False) == "From x"


def test_html_is_shown_as_a_reader_sees_it() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body>DONE<div style='display: none'>NOT</div> so<br>b"
        "<table><tr><td>x</td><td>y</td></tr></table><hr><blockquote>q<blockquote>r</blockquote></blockquote>"
        "<pre>a\n  b</pre><script>s</script>end</body></html>"
    )
    text, has_hidden = text_of_html(html)
    assert has_hidden
    assert [line for line in text.split("\n") if line.strip("> ")] == [
        *("DONE so", "b", "x\ty", "_" * 32, "> q", ">> r", "a", "  b", "end")
    ]


@pytest.mark.parametrize(
    "html", ["", "  ", "<!-- only -->", "<?xml version='1.0' encoding='utf-8'?><p>", "\0", "<", "&#xD800;"]
)
def test_html_that_is_none_gives_no_words_and_no_error(html: str) -> None:
    assert text_of_html(html)[0].strip("<\ufffd") == ""


def test_hidden_words_are_noted() -> None:
    parsed = mail("Content-Type: text/html", "<span hidden>DONE</span>Not done")
    assert parsed.text == "Not done"
    assert parsed.problems == ("the HTML holds words that are not shown",)


def test_the_charset_in_an_html_part_counts_where_its_header_names_none() -> None:
    parsed = mail("Content-Type: text/html", b'<meta charset="windows-1252"><p>caf\xe9</p>')
    assert parsed.text == "café"


def test_html_without_end_is_not_read_but_held() -> None:
    parsed = mail("Content-Type: text/html", "<p>x</p>" * 600_000)
    assert parsed.text == ""
    assert parsed.is_damaged


# ---------------------------------------------------------------------------------------------------------------------
# Files


def test_an_attachment_is_decoded_and_keeps_its_name_and_type() -> None:
    content = bytes(range(256))
    parsed = multipart(
        "mixed",
        "\n\nsee attached",
        "Content-Type: application/pdf; name=other.pdf\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="form; 1.pdf"\n\n{base64.encodebytes(content).decode()}',
    )
    (file,) = parsed.attachments
    assert (file.name, file.media_type, file.content) == ("form; 1.pdf", "application/pdf", content)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=utf-8''Atgyfeiriad%20%C3%A2.docx", "Atgyfeiriad â.docx"),
        ("filename*0*=utf-8''a%20; filename*1=b.; filename*2=docx; filename=x", "a b.docx"),
        ('filename="=?utf-8?q?si=C3=A2n?=.docx"', "siân.docx"),
        ('filename="a\\"b.docx"', 'a"b.docx'),
        ("filename=my form.docx", "my form.docx"),
        ("filename=../../etc/passwd", "../../etc/passwd"),
        ("filename*=utf-8''a%0d%0ab.docx", "a  b.docx"),
        ("filename*=x.docx", "x.docx"),
        ("filename*bad*=x; filename=y", "y"),
    ],
)
def test_file_names_are_decoded_in_every_manner(disposition: str, name: str) -> None:
    parsed = mail(f"Content-Type: application/octet-stream\nContent-Disposition: attachment; {disposition}", "x")
    assert parsed.attachments[0].name == name


def test_a_mail_within_a_mail_is_a_file_with_its_bytes() -> None:
    inner = "Subject: inner\n\nContent-Type: x"
    parsed = multipart("mixed", "\nlook", f"Content-Type: message/rfc822\n\n{inner}")
    assert parsed.attachments[0].content == inner.encode()
    digest = multipart("digest", f"\n{inner}")
    assert [file.media_type for file in digest.attachments] == ["message/rfc822"]


def test_a_text_that_bears_a_name_is_a_file_but_a_mail_that_is_one_text_is_read() -> None:
    parsed = multipart("mixed", "\nhello", 'Content-Type: text/html; name="form.html"\n\n<p>form</p>')
    assert (parsed.text, parsed.attachments[0].name) == ("hello", "form.html")
    assert mail('Content-Type: text/plain; name="x.txt"', "hello").text == "hello"


def test_a_type_that_is_none_is_text_unless_it_has_a_name() -> None:
    assert mail("Content-Type: nonsense", "hello").text == "hello"
    assert mail("Content-Type: nonsense; name=x.docx", "hello").attachments[0].media_type == "application/octet-stream"


def test_damaged_base64_is_decoded_as_far_as_it_goes() -> None:
    parsed = mail("Content-Type: application/pdf\nContent-Transfer-Encoding: base64", "aGVsbG8*gd29ybGQ\n")
    assert parsed.attachments[0].content == b"hello world"
    assert parsed.problems == ("a part in base64 is damaged",)


def test_quoted_printable_is_decoded_also_where_it_is_misspelt() -> None:
    assert mail("Content-Transfer-Encoding: quoted printable", "a=\nb=C3=A9").text == "abé"


def test_an_unknown_encoding_is_left_and_held() -> None:
    parsed = mail("Content-Transfer-Encoding: x-uuencode", "begin")
    assert parsed.text == "begin"
    assert BROKEN_STRUCTURE in parsed.problems


# ---------------------------------------------------------------------------------------------------------------------
# Parts


def test_a_part_belongs_to_its_own_boundary_only() -> None:
    parsed = mail(
        "Content-Type: multipart/mixed; boundary=outer",
        "preamble\r\n--outer\r\nContent-Type: multipart/alternative; boundary=outer2\r\n\r\n--outer2\r\n\r\none\r\n"
        "--outer2--\r\n--outer\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n\r\n--outer-- \r\n",
    )
    assert parsed.text == "one"
    assert parsed.attachments[0].content == b"%PDF\r\n"
    assert parsed.problems == ()


def test_parts_without_an_end_a_name_or_anything_in_them_are_read_as_far_as_they_go() -> None:
    unclosed = mail("Content-Type: multipart/mixed; boundary=b", "--b\n\none\n--b\n\ntwo")
    assert (unclosed.text, unclosed.problems) == ("one\n\ntwo", ("the last part has no end",))
    unnamed = mail("Content-Type: multipart/mixed", "--x1\nContent-Type: text/plain\n\none\n--x1--\n")
    assert unnamed.text == "one"
    never = mail("Content-Type: multipart/mixed; boundary=b", "one")
    assert never.text == "one"
    assert never.is_damaged
    empty = mail("Content-Type: multipart/mixed; boundary=b", "--b\n--b\n--b--")
    assert empty.text == ""


def test_a_broken_header_within_is_damage_but_not_of_the_headers() -> None:
    parsed = multipart("mixed", "Content-Type: application/pdf\nstray\nContent-Transfer-Encoding: base64\n\naGk=")
    assert parsed.attachments[0].content == b"hi"
    assert parsed.problems == (BROKEN_STRUCTURE,)


# ---------------------------------------------------------------------------------------------------------------------
# Limits


def nested(depth: int) -> bytes:
    heads = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return heads + b"\ninnermost"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"Subject: big\n\n" + b"x" * MOST_BYTES, "the mail is larger than 40 MB"),
        (b"Subject: x\n" + b"X-Y: z\n" * 40_000 + b"\n", "its headers are larger than 200 kB"),
        (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 600, "it has more than 500 parts"),
        (nested(30), "its parts are nested deeper than 20"),
    ],
)
def test_a_mail_beyond_the_limits_is_not_readable_and_says_why(raw: bytes, why: str) -> None:
    parsed = parse(raw)
    assert not parsed.is_readable
    assert parsed.is_damaged
    assert parsed.problems == (why,)
    assert parsed.headers


def test_a_mail_within_the_limits_is_read() -> None:
    assert parse(nested(19)).text == "innermost"
    assert parse(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 499).is_readable


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b'"\\' * 90_000 + b"\n\n",
        b"From: " + b"=?" * 90_000 + b"\n\n",
        b"Subject: " + b"=?utf-8?q?x?= " * 14_000 + b"\n\n",
        b"Content-Type: text/plain" + b';a="' * 45_000 + b"\n\n",
        b"stray\nTo: x\n" * 15_000 + b"\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--b" * 1_000_000,
        b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
        b"Content-Type: text/html\n\n" + b"<blockquote>x" * 100_000,
        b"Content-Type: text/plain; format=flowed\n\n" + b"x \n" * 500_000,
    ],
)
def test_what_is_made_to_take_long_does_not(raw: bytes) -> None:
    begun = time.process_time()
    parse(raw)
    assert time.process_time() - begun < 5


# ---------------------------------------------------------------------------------------------------------------------
# Anything

PIECES = r"""
From: a@b.example|Content-Type: multipart/mixed; boundary=b|Content-Type: text/html|--b|--b--|=?|?=|"|;|<p>x|filename*0=
Subject: =?utf-8?b?4oKs?=|Content-Transfer-Encoding: base64|Content-Type: text/plain; charset=utf-16|abc=| |<blockquote>
Content-Type: message/rfc822|Content-Disposition: attachment;|Content-Type: text/plain; format=flowed|From |>| \
""".replace("\n", "|").split("|")
HOSTILE = st.lists(
    st.sampled_from([piece.encode() for piece in PIECES])
    | st.sampled_from([b"\n", b"\r\n", b"\r", b"\0", b"\xff\xfe"])
    | st.binary(max_size=30),
    max_size=30,
).map(b"".join)


@settings(deadline=None)  # the first example loads the HTML parser
@given(st.binary() | HOSTILE)
def test_no_bytes_whatever_raise_and_what_comes_out_is_clean(raw: bytes) -> None:
    parsed = parse(raw)
    for name, value in parsed.headers:
        assert not set("\r\n\0") & set(name + value)
    for file in parsed.attachments:
        assert not set("\r\n\0") & set(file.name)
    assert "\0" not in parsed.text + parsed.html + parsed.html_text
    assert "\r" not in parsed.text
    str(parsed).encode()


@given(
    st.binary(max_size=50),
    st.text(max_size=20) | st.sampled_from(["hex", "zlib", "idna", "undefined", "utf-7", "utf-16"]),
)
def test_no_charset_whatever_raises(content: bytes, charset: str) -> None:
    decode(content, charset)[0].encode()


@given(st.text())
def test_no_header_value_whatever_raises(value: str) -> None:
    decode_words(value)
    decode_phrases(value)
    labelled(value)


@given(st.text())
def test_a_text_in_base64_comes_back_as_it_was(text: str) -> None:
    clean = text.replace("\r", "").replace("\0", "").removeprefix("\ufeff")
    encoded = base64.encodebytes(clean.encode())
    head = b"Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    assert parse(head + encoded).text == (clean if clean.strip() else "")


# ---------------------------------------------------------------------------------------------------------------------
# The receipt


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("from a by b; Mon, 23 Nov 2026 12:30:05 +0000", datetime(2026, 11, 23, 12, 30, 5, tzinfo=UTC)),
        ("by b; 1 Jun 2026 00:15:00 +0100 (BST)", datetime(2026, 5, 31, 23, 15, tzinfo=UTC)),
        ("by b; Mon, 1 Jun 2026 00:15 -0530", datetime(2026, 6, 1, 5, 45, tzinfo=UTC)),
        ("by b; Mon, 1 Jun 2026 23:59:60 GMT", datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)),
        ("by b; 31 Feb 2026 00:15:00 +0000", None),
        ("by b; 1 Foo 2026 00:15:00 +0000", None),
        ("by b; 1 Jun 0001 00:15:00 +9959", None),
        ("by b; 1 Jan 0001 00:15:00 +0100", None),
        ("by b; yesterday", None),
        ("", None),
    ],
)
def test_a_mail_was_received_when_its_topmost_server_says(value: str, moment: datetime | None) -> None:
    assert received_at(mail(f"Received: {value}\nReceived: by c; 1 Jan 2020 00:00:00 +0000")) == moment


def test_the_receipt_can_be_had_from_the_bytes_alone() -> None:
    raw = b"Received: by b; 23 Nov 2026 12:00:00 +0000\r\nSubject: x\r\n\r\nReceived: by c; 1 Jan 2020 00:00:00 +0000"
    assert received_at_of(raw) == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert received_at_of(b"") is None


def test_a_mail_that_no_server_received_has_no_receipt() -> None:
    assert received_at(mail("Date: Mon, 23 Nov 2026 12:30:05 +0000")) is None


@pytest.mark.corpus
def test_every_real_mail_is_parsed() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpora lie beside the project, and are not here")
    files = [Path(folder, name) for folder, _, names in os.walk(CORPUS) for name in names]
    assert len(files) > 500
    for file in files:
        str(parse(file.read_bytes())).encode()


# ---------------------------------------------------------------------------------------------------------------------
# Old and odd ways


def test_a_file_that_is_written_into_the_text_is_taken_out() -> None:
    parsed = mail("From: a@council.example", "Hello\nbegin 644 form.docx\n#0V%T\n`\nend\nBye\n")
    assert [(item.name, item.content) for item in parsed.attachments] == [("form.docx", b"Cat")]
    assert parsed.text.split() == ["Hello", "Bye"]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 form.docx\n#0V%T\nno end",
        "begin 644 x\n~~~~\nend",
        "begin with care\nend",
        "begin 644 x\n#0Vé\nend\n",
    ],
)
def test_what_only_looks_like_a_file_in_the_text_stays_there(text: str) -> None:
    parsed = mail("From: a@council.example", text)
    assert (parsed.text.split(), parsed.attachments) == (text.split(), ())


def test_a_file_in_the_text_that_is_made_to_take_long_does_not() -> None:
    begun = time.process_time()
    mail("From: a@council.example", "begin 644 x\n" * 100_000 + "\nend")
    mail("From: a@council.example", "begin 644 x\n" + "#0V%T\n" * 300_000 + "no\nend")
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color: #FFFFFF">no</p>yes',
        '<p style="color:white;font-size:9pt">no</p>yes',
        '<font color="#ffffff">no</font> yes',
        '<p style="text-indent: -9999px">no</p>yes',
        '<p style="position:absolute;left:-5000px">no</p>yes',
        "<s>no</s> yes",
        "<del>no</del>yes",
        '<span style="text-decoration: line-through">no</span>yes',
    ],
)
def test_words_in_white_beside_the_page_or_struck_out_are_not_said(html: str) -> None:
    assert text_of_html(html) == ("yes", True)


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color:#fff;background-color:#003366">yes</p>',
        '<p style="background:white;color:#333">yes</p>',
        '<p style="text-indent:-18pt">yes</p>',
        '<p style="border-color:white">yes</p>',
    ],
)
def test_words_that_are_only_set_in_an_unusual_way_are_said(html: str) -> None:
    assert text_of_html(html) == ("yes", False)
