"""Header values in words: encoded words, parameters and file names (RFC 2047, 2231), decoded where they may be."""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from cspr_bot.correspondence.headers import HeaderBlock, without_controls
from cspr_bot.mail.message_charset import decode

_WORD = r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?="
_ENCODED = re.compile(rf"{_WORD}(?:\s*{_WORD})*")
_ONE_WORD = re.compile(_WORD)
# An unclosed quote is taken to the end: looking for its end from every later quote would take quadratic time.
_STRUCTURED = re.compile(rf'"(?:[^"\\]|\\.)*+\\?(?:"|$)|{_ENCODED.pattern}')
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*+"|[^;]*)')
_PIECE_NUMBER = re.compile(r"[0-9]{0,3}")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
MOST_NAME_CHARACTERS = 255

# Only these are decoded. Trace and verdict headers never are: what a stranger may write inside one of them would come
# out of an encoded word as syntax, such as "; dmarc=pass" out of a return address.
_TEXT_HEADERS = frozenset({"subject", "comments", "keywords", "thread-topic", "content-description"})
_ADDRESS_HEADERS = frozenset({"from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-to", "resent-cc"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """A structured value: what stands before the first semicolon, lower-case, and its parameters, decoded."""

    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def decoded_headers(block: HeaderBlock) -> tuple[tuple[str, str], ...]:
    """Give the headers of a mail in words."""
    return tuple((name, _decoded(name.lower(), value)) for name, value in block.fields)


def decode_words(value: str) -> str:
    """Decode the encoded words of a text; what cannot be decoded stays as it is."""
    return _ENCODED.sub(lambda run: without_controls(_words(run[0])), value)


def decode_phrases(value: str) -> str:
    """Decode the names among addresses, so that what was a name can never become an address.

    A decoded name that holds a special is put in quotes, as RFC 5322 would have it.
    """
    return _STRUCTURED.sub(lambda found: _phrase(found[0]), value)


def labelled(value: str) -> Labelled:
    """Split a Content-Type or Content-Disposition; of a parameter given twice the first one counts."""
    raw: dict[str, str] = {}
    for found in _PARAMETER.finditer(value):
        raw.setdefault(found[1].lower(), _unquoted(found[2]))
    return Labelled(value.partition(";")[0].strip().lower(), _joined(raw))


def file_name(disposition: Labelled, content_type: Labelled) -> str:
    """Give the name that the sender gave a file, its end kept where it is absurdly long."""
    name = disposition.parameters.get("filename") or content_type.parameters.get("name") or ""
    return without_controls(name).strip()[-MOST_NAME_CHARACTERS:]


def _decoded(name: str, value: str) -> str:
    if name in _TEXT_HEADERS:
        return decode_words(value)
    return decode_phrases(value) if name in _ADDRESS_HEADERS else value


def _words(run: str) -> str:
    """Decode neighbouring words; those of one charset are joined first, for some cut a character in two."""
    words = [(word[1].partition("*")[0], _content(word[2].lower(), word[3])) for word in _ONE_WORD.finditer(run)]
    texts = []
    for charset, group in groupby(words, key=lambda word: word[0].lower()):
        texts.append(decode(b"".join(content for _, content in group), charset)[0])
    return "".join(texts)


def _content(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8")
    return binascii.a2b_qp(raw, header=True) if encoding == "q" else decode_base64(raw)[0]


def decode_base64(content: bytes) -> tuple[bytes, bool]:
    """Decode as far as it goes; the second value is False where something was wrong with it."""
    try:
        return binascii.a2b_base64(content), True
    except binascii.Error:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    # Padding was forgotten, or one letter too many stands at the end.
    whole = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)), False


def _phrase(found: str) -> str:
    if found.startswith('"'):
        return _ENCODED.sub(lambda run: _escaped(without_controls(_words(run[0]))), found)
    text = without_controls(_words(found))
    return f'"{_escaped(text)}"' if _SPECIALS.search(text) else text


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.strip('"')


def _joined(raw: Mapping[str, str]) -> dict[str, str]:
    """Join the pieces of RFC 2231 (`name*0*`, `name*1`) and decode what is encoded in either manner."""
    whole = {name: decode_words(value) for name, value in raw.items() if "*" not in name}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in raw.items():
        base, star, rest = name.partition("*")
        number = rest.removesuffix("*")
        if star and _PIECE_NUMBER.fullmatch(number):
            pieces.setdefault(base, []).append((int(number or 0), name.endswith("*"), value))
    for name, parts in pieces.items():
        whole[name] = _extended(sorted(parts, key=lambda part: part[0]))
    return whole


def _extended(parts: list[tuple[int, bool, str]]) -> str:
    """Decode `utf-8''%e2%82%ac`, whose charset stands in the first piece only."""
    charset = ""
    if parts[0][1] and parts[0][2].count("'") >= 2:
        charset, _, first = parts[0][2].split("'", 2)
        parts = [(0, True, first), *parts[1:]]
    content = b"".join(_percent(value) if is_encoded else value.encode("utf-8") for _, is_encoded, value in parts)
    return decode(content, charset)[0]


def _percent(value: str) -> bytes:
    return _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), value.encode("utf-8"))
