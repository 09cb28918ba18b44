"""Structures that break readers of mail: each is a body below a proven header."""

import base64
import binascii
from collections.abc import Callable
from typing import Literal

Structure = tuple[str, Callable[[bytes, bytes], bytes], Literal["form", "held", "asked", "quiet", "opened"]]

_END = b"\r\n\r\n"


def _typed(head: bytes, content_type: str, body: bytes) -> bytes:
    return head + f"\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}".encode() + _END + body


def _nested(head: bytes, _form: bytes, depth: int = 10_000) -> bytes:
    opening = b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (number, number + 1)
        for number in range(depth)
    )
    return _typed(head, 'multipart/mixed; boundary="b0"', opening + b"end")


def _parts(head: bytes, _form: bytes) -> bytes:
    return _typed(head, "multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n" * 100_000 + b"--b--\r\n")


def _mails_in_mails(head: bytes, _form: bytes) -> bytes:
    return _typed(head, "message/rfc822", b"Content-Type: message/rfc822\r\n\r\n" * 50 + b"Subject: x\r\n\r\nx")


def _attached(head: bytes, form: bytes, encoding: str = "base64", body: bytes | None = None) -> bytes:
    content = base64.encodebytes(form) if body is None else body
    return _typed(
        head,
        "multipart/mixed; boundary=b",
        b"--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\nContent-Type: application/octet-stream; "
        b"name=form.docx\r\nContent-Transfer-Encoding: " + encoding.encode() + _END + content + b"\r\n--b--\r\n",
    )


def _without_end(head: bytes, form: bytes) -> bytes:
    return _attached(head, form).removesuffix(b"--b--\r\n")


def _without_boundary(head: bytes, form: bytes) -> bytes:
    return _attached(head, form).replace(b"multipart/mixed; boundary=b", b"multipart/mixed")


def _odd_boundary(head: bytes, form: bytes) -> bytes:
    return _attached(head, form).replace(b"boundary=b\r\n", b'boundary="b"; charset=x\r\n')


def _uuencoded(head: bytes, form: bytes) -> bytes:
    lines = b"".join(binascii.b2a_uu(form[at : at + 45]) for at in range(0, len(form), 45))
    return head + _END + b"Please see below.\n\nbegin 644 form.docx\n" + lines + b"`\nend\n"


def _charset(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda head, _form: _typed(head, f"text/plain; charset={name}", b"How do we refer? \xe4\xf6\xfc\xff")


def _regex_bomb(body: bytes) -> Callable[[bytes, bytes], bytes]:
    return lambda head, _form: head + _END + body


def _raw_eight_bit(head: bytes, _form: bytes) -> bytes:
    return head + b"\r\nX-Raw: \xff\xfe\x80" + _END + b"How do we refer? \xff\xfe\x80"


STRUCTURES: tuple[Structure, ...] = (
    ("10,000 nests", _nested, "form"),
    ("21 nests", lambda head, form: _nested(head, form, 21), "form"),
    ("100,000 parts", _parts, "form"),
    ("50 mails in mails", _mails_in_mails, "held"),
    ("control: a form that is well attached", _attached, "opened"),
    ("control: the last part has no end", _without_end, "opened"),
    ("control: no boundary", _without_boundary, "opened"),
    ("control: parameters behind the boundary", _odd_boundary, "opened"),
    ("control: uuencode", _uuencoded, "opened"),
    ("an unknown transfer encoding", lambda head, form: _attached(head, form, "x-strange"), "form"),
    (
        "damaged base64",
        lambda head, form: _attached(head, form, body=base64.encodebytes(form)[: len(form) // 2]),
        "form",
    ),
    ("an empty form", lambda head, form: _attached(head, form, body=b""), "form"),
    ("a truncated form", lambda head, form: _attached(head, form[: len(form) // 2]), "form"),
    *(
        (f"charset {name!r}", _charset(name), "form" if name == "\0" else "asked")
        for name in ("x-unknown", "hex", "idna", "undefined", "utf-7", "\0", '"')
    ),
    ("raw 8 bit", _raw_eight_bit, "asked"),
    ("a megabyte without a line end", _regex_bomb(b"a" * 1_000_000), "asked"),
    ("a megabyte of quotes", _regex_bomb(b">" * 1_000_000), "form"),
    ("attributions without end", _regex_bomb(b"On Monday wrote " * 50_000), "asked"),
    ("headers of older mails without end", _regex_bomb(b"From: a\r\nSent: b\r\n" * 50_000), "form"),
    ("codes without end", _regex_bomb(b"Answer code: " * 80_000), "asked"),
    ("letters of codes without end", _regex_bomb(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 40_000), "asked"),
    ("banners without end", _regex_bomb(b"CAUTION " * 100_000), "asked"),
    ("disclaimers without end", _regex_bomb((b"This email " * 20 + b"\r\n\r\n") * 5_000), "asked"),
    ("tags without end", _regex_bomb(b"<" * 1_000_000), "form"),
    ("addresses without end", _regex_bomb(b"a@b." * 200_000), "asked"),
)
