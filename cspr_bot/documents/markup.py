"""Parses XML from strangers: no entities, no DOCTYPE, no network, no depth without end."""

from sys import intern
from typing import TYPE_CHECKING

from cspr_bot.documents.refusal import DAMAGED, HOSTILE, Refused

if TYPE_CHECKING:
    from lxml.etree import _Element

_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


class LocalNames(dict[object, str]):
    """Tag → its name without the namespace ("" for comments), so that strict and transitional files read alike."""

    def __missing__(self, tag: object) -> str:
        name = intern(tag.rpartition("}")[2]) if isinstance(tag, str) else ""
        self[tag] = name
        return name


def parse_xml(content: bytes) -> "_Element":
    """Parse a part of a document. Raise `Refused` for a DOCTYPE, and for what is not well formed.

    The parser's own limits stay on: a depth of 256, texts of 10 MB, amplification by entities.
    """
    from lxml import etree  # noqa: PLC0415 - 24 ms, and most mails carry no document

    if any(mark in content for mark in (_DOCTYPES if b"\0" in content else _DOCTYPES[:1])):
        raise Refused("hostile", HOSTILE)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused("unreadable", DAMAGED) from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Refused("hostile", HOSTILE)
    return root


def attribute(element: "_Element", name: str) -> str | None:
    """Give an attribute by its local name, whatever namespace it is in."""
    # Nearly always it is in the same namespace as its element.
    own = element.get(f"{element.tag[: element.tag.find('}') + 1]}{name}")
    if own is not None:
        return own
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None
