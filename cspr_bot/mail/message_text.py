"""The words of a body: flowed lines joined again, and what a mail client shows of an HTML part."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

MOST_HTML_CHARACTERS = 4_000_000
RULE = "_" * 32

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(
    r"(?:text-indent|left|top|margin-left):-[0-9]{3,}|text-decoration(?:-line)?:[a-z]*line-through|"
    r"display:none|visibility:hidden|mso-hide:all|opacity:0(?:\.0+)?(?:;|$)|(?:font-size|max-height):0(?:\.0+)?(?:px|pt|em|%)?(?:;|!|$)"
)
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} (?P<name>[^\n]{1,255})\n(?P<lines>(?:[!-`][ -`]{0,84}\n){0,400000}?)(?:[` ]\n)?end[ \t]*$",
    re.MULTILINE,
)
_WHITE = re.compile(r"(?:^|;)color:(?:white|#fff(?:fff)?|rgba?\(255,255,255(?:,1)?\)|transparent)(?:;|!|$)")
_STRUCK_OUT = frozenset({"s", "strike", "del"})
_NO_WORDS = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "table", "blockquote"})
_BLOCKS = _PARAGRAPHS | {"address", "article", "center", "dd", "div", "dl", "dt", "footer", "form", "header", "hr"}
_BLOCKS |= {"li", "aside", "fieldset", "main", "nav", "section", "tr"}


def meta_charset(content: bytes) -> str:
    """Give the charset that an HTML part names in itself, for where its header names none."""
    found = _META_CHARSET.search(content[:4096])
    return found[1].decode("ascii") if found else ""


def unix_lines(text: str) -> str:
    """Give text with one kind of line end and without NULs."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def without_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Take the files out that an old mail program wrote into the text between `begin` and `end`.

    What does not decode to its end stays where it is: it is somebody's text.
    """
    files: list[tuple[str, bytes]] = []

    def taken(found: re.Match[str]) -> str:
        try:
            content = b"".join(binascii.a2b_uu(line) for line in found["lines"].splitlines())
        except (binascii.Error, ValueError):
            return found[0]
        files.append((found["name"].strip(), content))
        return ""

    return (_UUENCODED.sub(taken, text), files) if "\nend" in text else (text, [])


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join the lines that a mail program broke for the wire (RFC 3676, format=flowed)."""
    lines: list[list[str]] = []
    quoted_before: str | None = None
    for line in text.split("\n"):
        body = line.lstrip(">")
        quoted = line[: len(line) - len(body)]
        body = body.removeprefix(" ")
        is_soft = body.endswith(" ") and body != "-- "
        words = body[:-1] if is_soft and delete_space else body
        if quoted_before == quoted and body != "-- ":
            lines[-1].append(words)
        else:
            lines.append([f"{quoted} {words}" if quoted else words])
        quoted_before = quoted if is_soft else None
    return "\n".join("".join(pieces) for pieces in lines)


def text_of_html(html: str) -> tuple[str, bool]:
    """Give the words that an HTML part shows, quotations marked with `>`; the second value tells of hidden words.

    An empty text where it is too large or nothing can be made of it.
    """
    from lxml import etree  # noqa: PLC0415 - heavy, and most mails bring their own plain text
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415

    if not html.strip() or len(html) > MOST_HTML_CHARACTERS:
        return "", False
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = document_fromstring(html.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):  # nothing but comments or blanks
        return "", False
    writer = _Writer()
    writer.write(root)
    return writer.text(), writer.has_hidden_words


class _Writer:
    """Walks a document once, without recursion, for a stranger chooses its depth."""

    def __init__(self) -> None:
        self.has_hidden_words = False
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._preformatted = 0

    def write(self, root: HtmlElement) -> None:
        for step, element in _walk(root):
            name = element.tag if isinstance(element.tag, str) else ""
            match step:
                case "start":
                    self._open(name, element)
                case "hidden":
                    self.has_hidden_words = self.has_hidden_words or bool("".join(element.itertext()).strip())
                case "end":
                    self._close(name)
            if step != "start" and element is not root:
                self._add(element.tail or "")

    def text(self) -> str:
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _open(self, name: str, element: HtmlElement) -> None:
        if name == "br":
            self._break()
        elif name in {"td", "th"} and self._line:
            self._line.append("\t")
        elif name in _BLOCKS:
            self._end_block(name)
        self._depth += name == "blockquote"
        self._preformatted += name in {"pre", "textarea"}
        if name == "hr":
            self._line.append(RULE)
            self._break()
        self._add(element.text or "")

    def _close(self, name: str) -> None:
        if name in _BLOCKS:
            self._end_block(name)
        self._depth -= name == "blockquote"
        self._preformatted -= name in {"pre", "textarea"}

    def _end_block(self, name: str) -> None:
        if self._line:
            self._break()
        if name in _PARAGRAPHS and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._quote())

    def _add(self, text: str) -> None:
        if self._preformatted:
            first, *others = unix_lines(text).split("\n")
            self._line.append(first)
            for line in others:
                self._break()
                self._line.append(line)
        elif text.strip(" \t\r\n\f"):
            squeezed = re.sub(r"[ \t\r\n\f]+", " ", text)
            self._line.append(squeezed if self._line else squeezed.lstrip(" "))
        elif text and self._line:
            self._line.append(" ")

    def _break(self) -> None:
        self._lines.append(self._quote() + "".join(self._line).replace("\0", "").rstrip())
        self._line = []

    def _quote(self) -> str:
        return ">" * min(self._depth, 20) + " " if self._depth else ""


def _walk(root: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Give ("start" | "end" | "hidden", element) in document order; what is hidden is not entered."""
    from lxml import etree  # noqa: PLC0415 - loaded already where this is called

    walker = etree.iterwalk(root, events=("start", "end"))
    for step, element in walker:
        if step == "start" and _is_hidden(element):
            walker.skip_subtree()
            yield "hidden" if element.tag not in _NO_WORDS else "none", element
        elif step == "start":
            yield "start", element
        elif not _is_hidden(element):
            yield "end", element


def _is_hidden(element: HtmlElement) -> bool:
    """Whether a reader does not see these words, or sees them struck out: either way nobody says them."""
    if element.tag in _NO_WORDS or element.tag in _STRUCK_OUT or element.get("hidden") is not None:
        return True
    style = re.sub(r"\s+", "", (element.get("style") or "").lower())
    if element.tag == "font" and (element.get("color") or "").lower() in {"white", "#fff", "#ffffff"}:
        return "background" not in style
    return bool(_HIDDEN_STYLE.search(style)) or (bool(_WHITE.search(style)) and "background" not in style)
