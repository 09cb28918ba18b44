"""Bytes to text: which charset a sender meant, and what to do where it is unknown or untrue."""

import codecs

# What browsers and mail clients mean by these names: Outlook's typographic quotes are cp1252 under the name latin-1.
_MEANT = {
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
# Python knows these as codecs of text, but nobody's words come in them; some raise on their own rules.
_NO_CHARSET = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"})


def decode(content: bytes, charset: str) -> tuple[str, bool]:
    """Decode as a mail client would; the second value is False where the declared charset was unknown or untrue.

    Never raises. No charset at all means UTF-8 and, where it is not that, Windows' Western European.
    """
    codec = _codec(charset) if charset else "utf-8"
    if codec is not None:
        try:
            return _tidy(content.decode(codec)), True
        except UnicodeError:
            pass
    for fallback in ("utf-8", "cp1252"):
        try:
            return _tidy(content.decode(fallback)), not charset
        except UnicodeError:
            continue
    return _tidy(content.decode("latin-1")), not charset


def _codec(charset: str) -> str | None:
    """Find the codec for a charset's name; None where there is none of text."""
    try:
        found = codecs.lookup(charset.strip().strip("\"'"))
    except (LookupError, ValueError):  # ValueError: a name with a NUL in it
        return None
    if found.name in _NO_CHARSET or not found._is_text_encoding:  # noqa: SLF001 - codecs has no public word for it
        return None
    return _MEANT.get(found.name, found.name)


def _tidy(text: str) -> str:
    """Keep out what no text may hold: a lone surrogate, which cannot be written as UTF-8, and a byte-order mark."""
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")
