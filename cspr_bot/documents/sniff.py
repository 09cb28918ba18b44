"""Tells what a file is by its content; its name and its type are the sender's word, and never asked."""

import re
from typing import Literal

Kind = Literal["empty", "zip", "ole", "pdf", "rtf", "html", "xml", "text", "picture", "tnef", "mail", "binary"]

_PICTURES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00",
)  # fmt: skip
_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"hevc")
_WORDS = b"<html", b"<!doctype html", b"<head", b"<body", b"<table", b"<div", b"<p>", b"<p ", b"<span", b"<meta"
_ENDS = b"</p>", b"</td>", b"</div>", b"</html>"  # a mail's body may begin with bare words
_TEXT_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEAD = 2_048
_ZIP_TAIL = 66_000
_MOST_CONTROLS = 0.02
# Lines that no person types: with one of them, a block of "Name: value" is the head of a mail.
_OF_MAIL = frozenset(
    {
        b"mime-version", b"message-id", b"received", b"return-path", b"content-type", b"dkim-signature",
        b"delivered-to", b"authentication-results", b"content-transfer-encoding",
    }
)  # fmt: skip
_MAIL_HEAD = 16_384
_HEADER = re.compile(rb"([!-9;-~]{1,70})[ \t]*:")
_ALLOWED = frozenset(b"\t\n\r\x0c\x1b")


def sniff(content: bytes) -> Kind:
    """Say what the bytes are."""
    head = content[:_HEAD]
    if not content.strip(b" \t\r\n\x00"):
        return "empty"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if head.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"\x78\x9f\x3e\x22"):
        return "tnef"
    if _is_picture(head):
        return "picture"
    if head.startswith(b"PK\x03\x04") or b"PK\x05\x06" in content[-_ZIP_TAIL:]:
        return "zip"
    return "mail" if _is_mail(content) else _kind_of_text(content)


def decode(content: bytes) -> str:
    """Decode text: by its byte order mark, as UTF-8 where it is, else as Windows does in western Europe."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if wide := _without_mark(content):
        return content.decode(wide, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _without_mark(content: bytes) -> str | None:
    """UTF-16 without its mark has a zero in nearly every other byte."""
    head = content[:_HEAD]
    if len(head) < 8:
        return None
    if head[1::2].count(0) > 0.4 * len(head) and not head[::2].count(0):
        return "utf-16-le"
    if head[::2].count(0) > 0.4 * len(head) and not head[1::2].count(0):
        return "utf-16-be"
    return None


def _is_picture(head: bytes) -> bool:
    is_riff = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return head.startswith(_PICTURES) or is_riff or (head[4:8] == b"ftyp" and head[8:12] in _BRANDS)


def _is_mail(content: bytes) -> bool:
    """Say whether it begins as a mail does: with headers only, of which one is made by a program."""
    lines = content[:_MAIL_HEAD].lstrip(b"\xef\xbb\xbf\r\n").splitlines()
    if lines and lines[0].startswith(b"From "):
        del lines[0]
    names = set()
    for line in lines if len(content) <= _MAIL_HEAD else lines[:-1]:
        if not line:
            break
        found = _HEADER.match(line)
        if found:
            names.add(found[1].lower())
        elif not names or not line.startswith((b" ", b"\t")):
            return False
    return len(names) > 1 and not names.isdisjoint(_OF_MAIL)


def _kind_of_text(content: bytes) -> Kind:
    is_wide = content.startswith(_TEXT_BOMS[1:]) or _without_mark(content) is not None
    if not is_wide and _is_binary(content):
        return "binary"
    begun = decode(content[: 2 * _HEAD]).lstrip("\ufeff \t\r\n").lower().encode("utf-8", "replace")
    if begun.startswith(b"<?xml"):
        return "html" if b"<html" in begun else "xml"
    if (begun.startswith(b"<") and any(word in begun for word in _WORDS)) or any(word in begun for word in _ENDS):
        return "html"
    return "text"


def _is_binary(content: bytes) -> bool:
    head = content[: 4 * _HEAD]
    controls = sum(byte < 0x20 and byte not in _ALLOWED for byte in head)
    return controls > _MOST_CONTROLS * len(head)
