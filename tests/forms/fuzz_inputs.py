"""What the fuzz targets are fed with: files of our own, whole and in pieces, in which a little is changed.

Each input follows from its target's name, a seed and its number alone.
"""

import importlib
import io
import re
import zipfile
from collections.abc import Callable
from functools import cache
from random import Random

from lxml import etree, html

from cspr_bot.referral.pages import MARKED, STRUCK, TICKED, UNTICKED
from tests.forms import odd_files

BYTES = frozenset({"kinds", "zips", "winmails", "packed", "containers", "office", "mails"})  # made of bytes, not words
_WHOLE = 0.1  # of the documents; the others are pieces, for which there is time ten times as often
_MOST_PIECES = 400
_PIECE = 3  # paragraphs and tables in a row
_PARTS = {"docx": "word/document.xml", "odt": "content.xml"}
_KINDS = {"pdf": "pdf", "docx": "word", "odt": "odt", "html": "html", "texts": "text"}
_ODT_TEXT = ".//{urn:oasis:names:tc:opendocument:xmlns:office:1.0}text"
_VALUES = ("", "0", "true", "-1", "9" * 12, "restart", "F0FE", "x")

_WORDS = (
    *"0123456789/-. :\n\t|>,;()[]x✓?'’",
    *(TICKED, UNTICKED, MARKED, STRUCK, "\f", "\n\n", "\r\n", "^"),
    *("2026", "26", "03/04/2026", "29/02/2024", "April", "3rd", "at", "15:10", "pm", "Friday", "N/K", "unknown"),
    *("Name:", "Name of child:", "Date of birth:", "Email:", "Role", "Agency", "DoB", "Address", "Ethnic origin:"),
    *("Carer:", "1. Referrer", "2. Details of child or young person", "4. Rapid Review criteria", "Criterion"),
    *("5. Summary of events", "6. Other information", "Is the child deceased?", "Yes", "no", "Known", "Suspected"),
    "Is the child seriously harmed (please describe below)?",
    "Is abuse or neglect known or suspected to be a cause of the death or harm to the child?",
    *("Relationship to child", "Contact details", "Process", "Current status", "Please specify", "Appendix 3"),
    *("Request for a Child Safeguarding Practice Review", "British", "Irish", "Other", "Has been", "Not known"),
    *(
        "Child protection plan:",
        "Add rows as needed",
        "☒ ",
        "É",
        "\u0301",
        "\u202e",
        "٣",
        "\x00",
        "\x1c",
        "\ud7ff",
        "😀",
    ),
)

Parts = dict[str, bytes]


def data_of(name: str, seed: int, number: int) -> bytes:
    """Make one input again."""
    return maker(name)(Random(f"{name} {seed} {number}"))  # noqa: S311 - chance that can be had again


@cache
def maker(name: str) -> Callable[[Random], bytes]:
    """Give what makes the inputs of a target."""
    if name in _PARTS:
        return lambda chance: _in_zip(chance, name)
    if name == "html":
        return lambda chance: _changed(chance, wholes(name) if chance.random() < _WHOLE else _pages())
    if name == "pdf" or name in BYTES:
        return lambda chance: _changed(chance, wholes(name))
    return lambda chance: sentence(chance, wholes(name))


@cache
def wholes(name: str) -> list[bytes]:
    """Give files of our own to begin with."""
    if name == "mails":
        return odd_files.mails()
    if name in BYTES:
        return odd_files.seeds(name)
    wanted = _KINDS.get(name)
    if wanted is None:
        return []
    made = importlib.import_module("tests.forms.cases").cases()
    found = [case.content for case in made if case.kind.startswith(wanted)]
    return found[:: max(1, len(found) // 25)]


@cache
def _documents(name: str) -> list[Parts]:
    """Give the parts of every document, for they are packed anew with one of them changed."""
    return [_unpacked(content) for content in wholes(name) if content.startswith(b"PK")]


@cache
def _pieces(name: str) -> list[Parts]:
    """Give documents that hold a few paragraphs and tables of a form, and read in no time."""
    part = _PARTS[name]
    return [
        {**parts, part: piece} for parts in _documents(name) if part in parts for piece in _xml_pieces(parts[part])
    ][:_MOST_PIECES]


def _xml_pieces(xml: bytes) -> list[bytes]:
    made = []
    count = len(_body(etree.fromstring(xml)))
    for start in range(0, count, 2 * _PIECE):
        root = etree.fromstring(xml)
        body = _body(root)
        for place, child in enumerate(list(body)):
            if not start <= place < start + _PIECE:
                body.remove(child)
        made.append(etree.tostring(root))
    return made


def _body(root: "etree._Element") -> "etree._Element":
    found = root.find(_ODT_TEXT)
    return root[0] if found is None else found


@cache
def _pages() -> list[bytes]:
    """Give a few paragraphs and tables of a form in HTML."""
    made = []
    for content in wholes("html"):
        root: etree._Element = html.document_fromstring(content)
        around = root.find(".//body")
        assert around is not None
        while len(around) == 1:  # Outlook puts a frame around everything
            around = around[0]
        blocks = list(around)
        made += [
            b"<html><body>" + b"".join(etree.tostring(block) for block in blocks[start : start + _PIECE])
            for start in range(0, len(blocks), 2 * _PIECE)
        ]
    return made[:_MOST_PIECES]


def _changed(chance: Random, made: list[bytes]) -> bytes:
    return mutated(chance, chance.choice(made), made)


def _in_zip(chance: Random, name: str) -> bytes:
    """Change the XML inside a document, for few changes of the packed bytes get past the check sum."""
    parts = chance.choice(_documents(name) if chance.random() < _WHOLE else _pieces(name))
    part = _PARTS[name]
    if part in parts:
        parts = {**parts, part: _changed_xml(chance, parts[part])}
    content = _packed(parts)
    return mutated(chance, content, [content]) if chance.random() < _WHOLE else content


def _unpacked(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: Parts) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


def _changed_xml(chance: Random, xml: bytes) -> bytes:
    """Move, repeat and remove whole elements, so that what comes out can still be parsed; rarely, plain bytes."""
    if chance.random() < 0.1:
        return mutated(chance, xml, [xml])
    text = xml.decode()
    for _ in range(chance.choice((1, 2, 5))):
        elements = _elements(chance, text)
        if not elements:
            break
        start, end = chance.choice(elements)
        piece = text[start:end]
        at = chance.choice(elements)[0]
        match chance.randrange(4):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:at] + piece + text[at:]
            case 2:
                text = text[:start] + piece * chance.choice((2, 5)) + text[end:]
            case _:
                piece = re.sub(r'="[^"]*"', f'="{chance.choice(_VALUES)}"', piece, count=2)
                text = text[:start] + piece + text[end:]
    return text.encode()


def _elements(chance: Random, text: str) -> list[tuple[int, int]]:
    """Find some elements, from where they open to where they close."""
    body = max(text.find("<w:body"), text.find("<office:text"), 0)
    found = []
    for _ in range(8):
        start = text.find("<", chance.randrange(body, len(text)))
        match = re.match(r"<([\w:]+)[^<>]*?(/?)>", text[start : start + 2_000]) if start >= 0 else None
        if not match or match[1] in {"w:body", "w:document", "office:text", "office:body"}:
            continue
        end = start + match.end()
        if not match[2]:
            close = f"</{match[1]}>"
            end = text.find(close, end) + len(close)
        if end > start:
            found.append((start, end))
    return found


def sentence(chance: Random, seeds: list[bytes]) -> bytes:
    """Make a text: a few words of ours in a row, or a seed that was cut and joined anew."""
    if seeds and chance.random() < 0.3:
        return mutated(chance, chance.choice(seeds), seeds)
    joint = chance.choice(("", " ", " ", "\n", "\t"))
    return joint.join(chance.choice(_WORDS) for _ in range(chance.randint(0, 24))).encode("utf-8", "ignore")


def mutated(chance: Random, data: bytes, others: list[bytes]) -> bytes:
    """Change some bytes: exchange, remove, repeat, insert, or put in a piece of another."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(changed) + 1)
        length = min(chance.choice((1, 1, 2, 4, 16, 64, 400)), len(changed) - at)
        match chance.randrange(6):
            case 0:
                changed[at : at + length] = chance.randbytes(length)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length] * chance.choice((1, 2, 30))
            case 3:
                changed[at:at] = chance.choice(_WORDS).encode()
            case 4 if others:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                changed[at : at + length] = other[start : start + chance.choice((4, 40, 400))]
            case _:
                changed[at : at + 1] = bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF, 0x3C, 0x3E, 0x22, 0x26))])
    return bytes(changed)
