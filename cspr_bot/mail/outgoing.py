"""Mails out as bytes: headers that nobody can break out of, a text and an HTML part, and files (RFC 5322, RFC 2045)."""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

from cspr_bot.pipeline.ports import PermanentFailure

EOL = b"\r\n"
LINE_WANTED = 78
LINE_LIMIT = 998
WORD_BYTES = 42  # of UTF-8 in one encoded word, so that with its frame it stays under 75 characters

# No table of the system is asked: the same letter gives the same bytes on every machine.
MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".ics": "text/calendar; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}

_TOKEN = re.compile(r" *[^ ]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\n\t"} | {127: None}


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that goes along, under the name that the recipient sees."""

    name: str
    content: bytes


def compose(
    headers: Iterable[bytes],
    text: str,
    html: str,
    files: Sequence[AttachedFile] = (),
    pictures: Sequence[AttachedFile] = (),
) -> bytes:
    """Make the exact bytes of a mail from its header lines and its parts: 7-bit, CRLF, no line over 998.

    Pictures go beside the HTML (RFC 2387), which shows each by `cid:` and its name.

    The same input gives the same bytes: the boundaries come from the content, and neither encoding of the parts can
    hold one.
    """
    mark = hashlib.blake2b((text + html).encode("utf-8", "replace"), digest_size=12).hexdigest()
    page = _text_part("html", html)
    if pictures:
        page = _multipart("related", mark, [page, *map(_picture_part, pictures)])
    alternative = _multipart("alternative", mark, [_text_part("plain", text), page])
    body = _multipart("mixed", mark, [alternative, *map(_file_part, files)]) if files else alternative
    return EOL.join([*headers, b"MIME-Version: 1.0", body])


def header_line(name: str, value: str) -> bytes:
    """Write one header, folded, its value in encoded words where it is not plain ASCII.

    What cannot be written safely is refused: `PermanentFailure` names the header and not its value.
    """
    refuse_controls(name, value)
    if value.isascii() and "=?" not in value:
        return _fold(name, value)
    return f"{name}: {_encoded_words(value)}".encode("ascii")


def mailbox_header(name: str, display_name: str, address: str) -> bytes:
    """Write a header of one address and the name that is shown for it."""
    refuse_controls(name, display_name)
    if not is_address(address):
        raise PermanentFailure(f"the address for the header {name} is not a plain one")
    if not display_name.isascii() or "=?" in display_name:
        phrase = _encoded_words(display_name)
        return f"{name}: {phrase}\r\n <{address}>".encode("ascii")
    return _fold(name, f"{_phrase(display_name)} <{address}>".strip())


def refuse_controls(name: str, value: str) -> None:
    """Refuse what could begin a new line somewhere: CR, LF, NUL, every other control, and half a character."""
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in value):
        raise PermanentFailure(f"the header {name} would hold a line break or another control character")


def is_address(address: str) -> bool:
    """Say whether this is one plain ASCII address that may stand in a header by itself."""
    return _ADDRESS.fullmatch(address) is not None


def is_message_id(value: str) -> bool:
    """Say whether a Message-ID, ours or a stranger's, may be quoted in a header."""
    return len(value) < LINE_LIMIT - 20 and _MESSAGE_ID.fullmatch(value) is not None


def _fold(name: str, value: str) -> bytes:
    """Break a long line before a blank: unfolding gives back every blank that was there."""
    lines = [f"{name}:"]
    for token in _TOKEN.findall(f" {value.strip()}"):
        if len(lines[-1]) + len(token) > LINE_WANTED and len(lines[-1].strip()) > len(name) + 1:
            lines.append(token)
        else:
            lines[-1] += token
    if any(len(line) > LINE_LIMIT for line in lines):
        raise PermanentFailure(f"the header {name} has a word that is longer than a line may be")
    return "\r\n".join(lines).encode("ascii")


def _encoded_words(value: str) -> str:
    """Write a text as encoded words (RFC 2047), one a line, no character cut in two."""
    words = [""]
    for sign in value:
        if len((words[-1] + sign).encode()) > WORD_BYTES:
            words.append("")
        words[-1] += sign
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word.encode()).decode('ascii')}?=" for word in words)


def _phrase(display_name: str) -> str:
    if not display_name or _ATOMS.fullmatch(display_name):
        return display_name
    escaped = display_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _multipart(kind: str, mark: str, parts: Sequence[bytes]) -> bytes:
    """Join parts. The boundary begins with "=_", which neither quoted-printable nor base64 ever holds."""
    boundary = f"=_{kind}_{mark}".encode("ascii")
    head = b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n' % (kind.encode("ascii"), boundary)
    body = b"".join(b"\r\n--%s\r\n%s" % (boundary, part) for part in parts)
    return b"%s%s\r\n--%s--\r\n" % (head, body, boundary)


def _text_part(kind: str, text: str) -> bytes:
    unified = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS).rstrip("\n") + "\n"
    # b2a_qp takes its line end from the first one that it finds, and there is always one.
    encoded = binascii.b2a_qp(unified.encode("utf-8", "replace").replace(b"\n", EOL), istext=True)
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode("ascii") + encoded


def _file_part(file: AttachedFile) -> bytes:
    media_type = MEDIA_TYPES.get(PurePath(file.name).suffix.lower(), "application/octet-stream")
    head = [
        f"Content-Type: {media_type}".encode("ascii"),
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment;\r\n " + _file_name(file.name),
    ]
    content = base64.encodebytes(file.content).replace(b"\n", EOL).removesuffix(EOL)
    return EOL.join([*head, b"", content])


def _picture_part(picture: AttachedFile) -> bytes:
    """Write a picture that is shown in the text and is no attachment."""
    head = [
        b"Content-Type: image/png",
        b"Content-Transfer-Encoding: base64",
        f"Content-ID: <{picture.name}@cspr-bot>".encode("ascii"),
        b"Content-Disposition: inline;\r\n " + _file_name(picture.name),
    ]
    content = base64.encodebytes(picture.content).replace(b"\n", EOL).removesuffix(EOL)
    return EOL.join([*head, b"", content])


def _file_name(name: str) -> bytes:
    refuse_controls("Content-Disposition", name)
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'filename="{escaped}"'.encode("ascii")
    return f"filename*=utf-8''{quote(name, safe='')}".encode("ascii")
