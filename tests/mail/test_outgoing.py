"""A mail as bytes: whatever a value holds, the headers stay what they are."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.mail.outgoing import AttachedFile, compose, header_line, is_address, is_message_id, mailbox_header
from cspr_bot.pipeline.ports import PermanentFailure

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def line(name: str, value: str) -> str:
    return header_line(name, value).decode("ascii")


def test_a_short_header_stands_on_one_line() -> None:
    assert line("Subject", "NSSCP NS-7F3K-2Q - Notify the Panel") == "Subject: NSSCP NS-7F3K-2Q - Notify the Panel"


def test_a_long_header_is_folded_and_comes_back_with_every_blank() -> None:
    value = "a  double blank " + "and many more words " * 20
    folded = line("Subject", value)
    assert max(map(len, folded.split("\r\n"))) <= 78
    assert folded.replace("\r\n", "") == f"Subject: {value.strip()}"


def test_a_header_that_is_not_ascii_goes_as_encoded_words_of_legal_length() -> None:
    folded = line("Subject", "Überprüfung – nächster Schritt " * 8)
    assert all(len(word) <= 75 for word in folded.removeprefix("Subject: ").split("\r\n "))
    assert read(folded.encode() + b"\r\n\r\n")["Subject"] == ("Überprüfung – nächster Schritt " * 8)


def test_a_value_that_looks_like_an_encoded_word_is_shown_as_it_is() -> None:
    assert read(header_line("Subject", "=?utf-8?b?QQ==?=") + b"\r\n\r\n")["Subject"] == "=?utf-8?b?QQ==?="


@pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\0", "\x0b", "\x1c", "\x7f", "\x85", "\u2028", "\ud800"])
def test_a_line_break_or_another_control_is_refused_in_every_header(sign: str) -> None:
    with pytest.raises(PermanentFailure, match="Subject") as refused:
        header_line("Subject", f"secret{sign}Bcc: all@council.example")
    assert "secret" not in str(refused.value)
    with pytest.raises(PermanentFailure):
        mailbox_header("From", f"Partnership{sign}", "partnership@nsscp.example")
    with pytest.raises(PermanentFailure):
        compose([], "text", "html", [AttachedFile(f"a{sign}.docx", b"")])


def test_a_word_longer_than_a_line_is_refused() -> None:
    with pytest.raises(PermanentFailure, match="longer than a line"):
        header_line("X-CSPR-Case", "x" * 999)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("North Somerset Partnership", "North Somerset Partnership <partnership@nsscp.example>"),
        ('Partners, "the" (N.S.)', '"Partners, \\"the\\" (N.S.)" <partnership@nsscp.example>'),
        ("", "<partnership@nsscp.example>"),
    ],
)
def test_the_name_before_an_address_is_quoted_where_it_must_be(name: str, expected: str) -> None:
    assert mailbox_header("From", name, "partnership@nsscp.example") == f"From: {expected}".encode()


def test_the_name_before_an_address_may_hold_any_letter() -> None:
    header = mailbox_header("From", "Pärtnership, the", "partnership@nsscp.example")
    address = read(header + b"\r\n\r\n")["From"].addresses[0]
    assert (address.display_name, address.addr_spec) == ("Pärtnership, the", "partnership@nsscp.example")


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b", "a@b,c@d", "a b@c", "a@b\n", "ä@b.example", "a@b@c", "<a@b>", "a@b..c"]
)
def test_what_is_not_one_plain_address_is_none(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(PermanentFailure):
        mailbox_header("From", "Partnership", address)


@pytest.mark.parametrize("value", ["", "x", "<x>", "<a@b> <c@d>", "<a@b>\n", "<a b@c>", "<ä@b>", f"<{'x' * 1000}@b>"])
def test_what_is_not_one_message_id_is_none(value: str) -> None:
    assert not is_message_id(value)


def test_a_mail_has_a_text_part_and_an_html_part_in_seven_bits() -> None:
    raw = compose([header_line("Subject", "x")], "Größe\n.\nFrom here\n", "<p>Größe</p>")
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    message = read(raw)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert content(message, "plain") == "Größe\n.\nFrom here\n"
    assert content(message, "html") == "<p>Größe</p>\n"
    assert not message.defects


def test_the_same_mail_gives_the_same_bytes() -> None:
    assert compose([], "text", "html") == compose([], "text", "html")


def test_files_go_along_under_their_own_names_and_types() -> None:
    raw = compose(
        [],
        "text",
        "html",
        [
            AttachedFile("blank form.docx", b"\0\xff" * 400),
            AttachedFile('odd"name.bin', b""),
            AttachedFile("Übersicht.pdf", b"%PDF"),
        ],
    )
    message = read(raw)
    assert message.get_content_type() == "multipart/mixed"
    files = list(message.iter_attachments())
    assert [(file.get_filename(), file.get_content_type()) for file in files] == [
        ("blank form.docx", DOCX),
        ('odd"name.bin', "application/octet-stream"),
        ("Übersicht.pdf", "application/pdf"),
    ]
    assert files[0].get_content() == b"\0\xff" * 400
    assert content(message, "plain") == "text\n"


@given(st.text(), st.text())
def test_any_text_comes_back_as_it_was_but_for_line_ends_and_controls(text: str, html: str) -> None:
    raw = compose([header_line("Subject", "x")], text, html)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\r" not in raw.replace(b"\r\n", b"")
    message = read(raw)
    assert len(list(message.iter_parts())) == 2
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in unified if (sign >= " " or sign in "\n\t") and sign != "\x7f").rstrip("\n")
    assert content(message, "plain") == f"{kept}\n"


@given(st.text())
def test_any_value_either_becomes_one_header_or_is_refused(value: str) -> None:
    try:
        raw = header_line("Subject", value)
    except PermanentFailure:
        return
    message = read(raw + b"\r\nX-After: here\r\n\r\n")
    assert [name for name, _ in message.items()] == ["Subject", "X-After"]
    assert message["X-After"] == "here"
