"""Unpacks the RTF in which Outlook keeps a body, and takes the HTML out again that Outlook has hidden in it."""

import re
import struct
from collections.abc import Iterator

from cspr_bot.documents.refusal import DAMAGED, TOO_LARGE, Refused

LARGEST_BODY = 1_500_000  # bytes; ten times what a form pasted from Word takes, with all that Word says of fonts

_HEAD = struct.Struct("<II4sI")  # packed size, raw size, how it is packed, checksum (MS-OXRTFCP, 2.1)
_RING = 4096
# What the ring holds before anything is written: the words that every RTF begins with.
_BEGUN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    rb"\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?[0-9]{1,10})? ?|\\(?P<sign>[^a-zA-Z'])"
    rb"|(?P<open>\{)|(?P<close>\})|(?P<text>[^\\{}\r\n]+)|(?P<other>[\r\n]+|\\|.)",
    re.DOTALL,
)
_SIGNS = {b"\\": b"\\", b"{": b"{", b"}": b"}", b"~": b"&nbsp;", b"_": b"&shy;", b"\n": b"\r\n", b"\r": b"\r\n"}
_WORDS = {b"par": b"\r\n", b"line": b"\r\n", b"tab": b"\t", b"lquote": b"&lsquo;", b"rquote": b"&rsquo;"}
_WORDS |= {b"ldblquote": b"&ldquo;", b"rdblquote": b"&rdquo;", b"bullet": b"&bull;", b"endash": b"&ndash;"}
_WORDS |= {b"emdash": b"&mdash;"}
_SILENT = frozenset({b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pntext", b"pict"})
_CODE_PAGES = {0: "cp1252", 1252: "cp1252", 65001: "utf-8", 10000: "mac_roman"}


def bodies(html: bytes, packed: bytes, text: bytes) -> Iterator[bytes]:
    """Give a body in every way that may show a form, the best first. Raise `Refused` where there is but a damaged one.

    HTML keeps tables and boxes; where there is none of its own, it is often hidden in the RTF. RTF that never was HTML
    is last, for nobody here reads it without LibreOffice.
    """
    rtf = b""
    if packed and not html:
        try:
            rtf = unpack(packed)
        except Refused:
            if not text:
                raise
    html = html or html_in(rtf)
    choices = (html, text, b"" if html or text else rtf)
    yield from (body for body in choices if body.strip(b" \0\r\n\t"))


def unpack(packed: bytes) -> bytes:
    """Unpack a body. Raise `Refused` for one that is damaged, or larger than any letter."""
    if len(packed) < _HEAD.size:
        raise Refused("unreadable", DAMAGED)
    _, size, manner, _ = _HEAD.unpack_from(packed)
    if size > LARGEST_BODY:
        raise Refused("too_large", TOO_LARGE)
    match manner:
        case b"MELA":
            return packed[_HEAD.size : _HEAD.size + size]
        case b"LZFu":
            written = bytes(_unpacked(packed, size))
            if len(written) < size:
                raise Refused("unreadable", DAMAGED)
            return written
        case _:
            raise Refused("unreadable", DAMAGED)


def _unpacked(packed: bytes, size: int) -> bytearray:
    """Undo LZFu: eight pieces follow each byte of flags, a letter or a place in the ring with a length."""
    ring = bytearray(_BEGUN.ljust(_RING, b"\0"))
    written = bytearray()
    head = len(_BEGUN)
    at = _HEAD.size
    while at < len(packed) and len(written) < size:
        flags = packed[at]
        at += 1
        for bit in range(8):
            is_reference = flags >> bit & 1
            piece = packed[at : at + 1 + is_reference]
            if len(piece) <= is_reference:
                return written[:size]
            at += len(piece)
            if is_reference:
                place, length = piece[0] << 4 | piece[1] >> 4, (piece[1] & 15) + 2
                if place == head % _RING:
                    return written[:size]
            else:
                ring[head % _RING] = piece[0]
                place, length = head % _RING, 1
            for step in range(length):
                letter = ring[(place + step) % _RING]
                ring[head % _RING] = letter
                written.append(letter)
                head += 1
    return written[:size]


def html_in(rtf: bytes) -> bytes:
    """Give the HTML that was put into an RTF (MS-OXRTFEX), or nothing where it was never HTML."""
    if b"\\fromhtml1" not in rtf[:2_000]:
        return b""
    return b"".join(_pieces(rtf))


def _pieces(rtf: bytes) -> Iterator[bytes]:
    """Give what is HTML or shown: not what is for RTF alone, nor what describes fonts and the like."""
    page = re.search(rb"\\ansicpg([0-9]{1,5})", rtf[:2_000])
    encoding = _CODE_PAGES.get(int(page[1]) if page else 0, "cp1252")
    # Of each group: whether it is silent, and whether what it says is for RTF alone.
    groups = [(False, False)]
    letters_to_skip = 0
    for token in _TOKEN.finditer(rtf):
        is_silent, is_rtf = groups[-1]
        match token.lastgroup:
            case "open":
                groups.append(groups[-1])
            case "close":
                groups = groups[:-1] or [(False, False)]
            case "word" | "number":
                groups[-1] = _group_after(token, is_silent=is_silent, is_rtf=is_rtf)
                if not is_silent and not is_rtf:
                    yield _said(token)
                    letters_to_skip = int(token["word"] == b"u")
            case "sign" if token["sign"] == b"*":
                groups[-1] = (is_silent or not rtf.startswith(b"\\htmltag", token.end()), is_rtf)
            case _ if is_silent or is_rtf:
                pass
            case "hex" if letters_to_skip:
                letters_to_skip = 0
            case "hex":
                yield bytes([int(token["hex"], 16)]).decode(encoding, "replace").encode("ascii", "xmlcharrefreplace")
            case "sign":
                yield _SIGNS.get(token["sign"], b"")
            case "text":
                yield token["text"][letters_to_skip:].decode(encoding, "replace").encode("ascii", "xmlcharrefreplace")
                letters_to_skip = 0


def _group_after(token: "re.Match[bytes]", *, is_silent: bool, is_rtf: bool) -> tuple[bool, bool]:
    """Give how a group goes on behind a control word."""
    if token["word"] == b"htmlrtf":
        return is_silent, token["number"] != b"0"
    return is_silent or token["word"] in _SILENT, is_rtf


def _said(token: "re.Match[bytes]") -> bytes:
    if token["word"] == b"u" and token["number"]:
        code = int(token["number"]) % 0x10000
        return b"&#%d;" % code if 32 <= code < 0xD800 or code >= 0xE000 else b"?"
    return _WORDS.get(token["word"], b"")
