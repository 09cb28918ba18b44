"""Parsing: the bytes of a stranger's mail become one `ParsedMail`, on which every later decision rests.

The standard library's parser is not used: its modern policy raises on real mails, its old one takes quadratic time on
made ones, and both decode what must not be decoded. This one never raises, never recurses deeper than a mail may nest,
and copies a part only to decode it.
"""

import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from cspr_bot.correspondence.headers import MOST_HEADER_BYTES, HeaderBlock, split_headers
from cspr_bot.correspondence.message import BROKEN_HEADERS, BROKEN_STRUCTURE, Attachment, ParsedMail
from cspr_bot.correspondence.receipt import received_at
from cspr_bot.mail.message_charset import decode
from cspr_bot.mail.message_headers import Labelled, decode_base64, decoded_headers, file_name, labelled
from cspr_bot.mail.message_text import (
    MOST_HTML_CHARACTERS,
    meta_charset,
    text_of_html,
    unflowed,
    unix_lines,
    without_uuencoded,
)

__all__ = ["parse", "received_at"]

MOST_BYTES = 40_000_000
MOST_PARTS = 500
MOST_DEPTH = 20

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_BODY_TYPES = frozenset({"text/plain", "text/html"})
_PLAIN_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit"})


@dataclass(frozen=True, slots=True)
class _Body:
    """What a part contributes to what a reader sees; None where it has no such form."""

    plain: str | None = None
    html: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.plain is None and self.html is None


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a part lies in the mail, and what its header says of it."""

    block: HeaderBlock
    start: int
    end: int
    content_type: Labelled
    disposition: Labelled


class _LimitReached(Exception):  # noqa: N818 - it is not an error of ours
    """The mail is larger, deeper or more divided than any honest one."""


def parse(raw: bytes) -> ParsedMail:
    """Parse a mail, whatever it is. Never raises for what it is fed; a mail beyond the limits is not readable."""
    block = split_headers(raw)
    headers = decoded_headers(block)
    if len(raw) > MOST_BYTES:
        return _unreadable(headers, f"the mail is larger than {MOST_BYTES // 1_000_000} MB")
    reader = _Reader(raw)
    try:
        body = reader.read(block, len(raw))
    except _LimitReached as limit:
        return _unreadable(headers, str(limit))
    html = body.html or ""
    html_text = reader.text_of(html)
    return ParsedMail(
        headers=headers,
        text=body.plain if body.plain and body.plain.strip() else html_text,
        html=html,
        attachments=tuple(reader.attachments),
        problems=tuple(dict.fromkeys(reader.problems)),
        html_text=html_text,
    )


def _unreadable(headers: tuple[tuple[str, str], ...], why: str) -> ParsedMail:
    return ParsedMail(headers=headers, problems=(why,), is_readable=False)


class _Reader:
    """Goes through the parts of one mail and gathers its files and what had to be forgiven."""

    def __init__(self, raw: bytes) -> None:
        self.attachments: list[Attachment] = []
        self.problems: list[str] = []
        self._raw = raw
        self._parts = 0

    def read(self, block: HeaderBlock, end: int) -> _Body:
        if not block.fields:
            self.problems.append(BROKEN_HEADERS)
        return self._read(block, end, depth=0, default_type="text/plain")

    def text_of(self, html: str) -> str:
        text, has_hidden_words = text_of_html(html)
        if has_hidden_words:
            self.problems.append("the HTML holds words that are not shown")
        if len(html) > MOST_HTML_CHARACTERS:
            self.problems.append(BROKEN_STRUCTURE)
        return text

    def _read(self, block: HeaderBlock, end: int, *, depth: int, default_type: str) -> _Body:
        self._parts += 1
        if block.is_too_large:
            raise _LimitReached(f"its headers are larger than {MOST_HEADER_BYTES // 1000} kB")
        if self._parts > MOST_PARTS:
            raise _LimitReached(f"it has more than {MOST_PARTS} parts")
        if depth > MOST_DEPTH:
            raise _LimitReached(f"its parts are nested deeper than {MOST_DEPTH}")
        if block.is_broken:
            self.problems.append(BROKEN_HEADERS if depth == 0 else BROKEN_STRUCTURE)
        part = self._part(block, end, default_type)
        if part.content_type.value.startswith("multipart/"):
            return self._read_multipart(part, depth)
        if _is_body(part, depth):
            return self._read_text(part)
        self._read_file(part)
        return _Body()

    def _part(self, block: HeaderBlock, end: int, default_type: str) -> _Part:
        content_type = labelled(block.first("content-type") or default_type)
        disposition = labelled(block.first("content-disposition"))
        if not _MEDIA_TYPE.fullmatch(content_type.value):
            # RFC 2045, 5.2 says text; but what bears a file's name is a file.
            value = "application/octet-stream" if file_name(disposition, content_type) else default_type
            content_type = Labelled(value, content_type.parameters)
        return _Part(block, block.body_at, end, content_type, disposition)

    # -----------------------------------------------------------------------------------------------------------------
    # Parts of parts

    def _read_multipart(self, part: _Part, depth: int) -> _Body:
        boundary = part.content_type.parameters.get("boundary", "").rstrip() or self._guess_boundary(part)
        spans = list(self._spans(part, boundary)) if boundary else []
        if not spans:
            self.problems.append(BROKEN_STRUCTURE)
            return self._read_text(part)
        kind = part.content_type.value.removeprefix("multipart/")
        default_type = "message/rfc822" if kind == "digest" else "text/plain"
        bodies = [
            self._read(split_headers(self._raw, start, end), end, depth=depth + 1, default_type=default_type)
            for start, end in spans
        ]
        return self._chosen(bodies) if kind == "alternative" else _in_a_row(bodies, self.text_of)

    def _spans(self, part: _Part, boundary: str) -> Iterator[tuple[int, int]]:
        """Give where each part begins and ends; the line break before a delimiter belongs to the delimiter."""
        delimiter = re.compile(rb"\n--" + re.escape(boundary.encode("utf-8")) + rb"(--)?[ \t]*\r?(?:\n|\Z)")
        begun: int | None = None
        # The newline that ends the header block may be the one that begins the first delimiter, and one newline may
        # stand between two delimiters: so each search begins one byte before the end of what was found.
        position = max(part.start - 1, 0)
        while found := delimiter.search(self._raw, position, part.end):
            if begun is not None:
                before = found.start() - (self._raw[found.start() - 1 : found.start()] == b"\r")
                yield begun, max(before, begun)
            begun = None if found[1] else found.end()
            if found[1]:
                return
            position = found.end() - 1
        if begun is not None:
            self.problems.append("the last part has no end")
            yield begun, part.end

    def _guess_boundary(self, part: _Part) -> str:
        """Find the boundary of a multipart whose header does not name it: the first line that heads a part."""
        self.problems.append("the boundary of the parts is not named")
        found = re.compile(rb"^--([!-~]{1,70})\r?\ncontent-", re.IGNORECASE | re.MULTILINE).search(
            self._raw, part.start, part.end
        )
        return found[1].decode("ascii") if found else ""

    def _chosen(self, bodies: Sequence[_Body]) -> _Body:
        """Choose among alternatives as a mail client does: the last that it can show."""
        plains = [body.plain for body in bodies if body.plain is not None and body.plain.strip()]
        htmls = [body.html for body in bodies if body.html is not None]
        if len(set(plains)) > 1:
            self.problems.append("it has several different plain texts")
        return _Body(plains[-1] if plains else None, htmls[-1] if htmls else None)

    # -----------------------------------------------------------------------------------------------------------------
    # Leaves

    def _read_text(self, part: _Part) -> _Body:
        content = self._decoded(part)
        is_html = part.content_type.value == "text/html"
        charset = part.content_type.parameters.get("charset", "") or (meta_charset(content) if is_html else "")
        text, is_certain = decode(content, charset)
        if not is_certain:
            self.problems.append("the charset of a text is unknown or untrue")
        text = unix_lines(text)
        if is_html:
            return _Body(html=text)
        text, files = without_uuencoded(text)
        self.attachments.extend(Attachment(name, "application/octet-stream", content) for name, content in files)
        if part.content_type.parameters.get("format", "").lower() == "flowed":
            text = unflowed(text, delete_space=part.content_type.parameters.get("delsp", "").lower() == "yes")
        return _Body(plain=text)

    def _read_file(self, part: _Part) -> None:
        name = file_name(part.disposition, part.content_type)
        self.attachments.append(Attachment(name, part.content_type.value, self._decoded(part)))

    def _decoded(self, part: _Part) -> bytes:
        content = self._raw[part.start : part.end]
        encoding = labelled(part.block.first("content-transfer-encoding")).value.strip("\"' ").replace(" ", "-")
        if encoding == "base64":
            decoded, is_whole = decode_base64(content)
            if not is_whole:
                self.problems.append("a part in base64 is damaged")
            return decoded
        if encoding == "quoted-printable":
            return binascii.a2b_qp(content)
        if encoding not in _PLAIN_ENCODINGS:
            self.problems.append(BROKEN_STRUCTURE)
        return content


def _is_body(part: _Part, depth: int) -> bool:
    """Whether a part is read rather than opened. A mail that is one text is read whatever name it bears."""
    if part.content_type.value not in _BODY_TYPES or part.disposition.value == "attachment":
        return False
    return depth == 0 or not file_name(part.disposition, part.content_type)


def _in_a_row(bodies: Sequence[_Body], text_of: Callable[[str], str]) -> _Body:
    """Put texts that follow each other into one, such as a letter, a picture, and what stands below the picture."""
    texts = [body for body in bodies if not body.is_empty]
    if len(texts) < 2:
        return texts[0] if texts else _Body()
    plain = "\n\n".join(body.plain if body.plain is not None else text_of(body.html or "") for body in texts)
    if all(body.html is None for body in texts):
        return _Body(plain=plain)
    shown = (body.html if body.html is not None else f"<pre>{escape(body.plain or '')}</pre>" for body in texts)
    return _Body(plain, "\n".join(shown))
