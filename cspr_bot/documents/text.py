"""Reads plain text: the table that a mail program has turned into tabs, bars or lines of their own."""

import re

from cspr_bot.documents.boxes import alike, with_brackets
from cspr_bot.referral.pages import Block, Cell, Page, Table

_QUOTED = re.compile(r"^(?:[ \t]?>)+ ?", re.MULTILINE)
_LINK_BEHIND = re.compile(r"(?<=\S)[ \t]?<(?:mailto:|tel:)[^<>\s]{1,300}>", re.IGNORECASE)
_RULE_SIGNS = frozenset("|+:=_- \t")


def read_text(text: str) -> Page:
    """Read text line by line. Lines with tabs or bars are rows; marks of quoting are left out.

    So is the target that Outlook writes behind a linked address: "a@b.example<mailto:a@b.example>".
    """
    written = _LINK_BEHIND.sub("", _QUOTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    lines = with_brackets(alike(written)).split("\n")
    blocks: list[Block] = []
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        cells = _cells(line)
        if cells:
            rows.append(cells)
            continue
        if _is_rule(line):
            continue
        if rows:
            blocks.append(Table(tuple(rows)))
            rows = []
        blocks.append(line.strip())
    if rows:
        blocks.append(Table(tuple(rows)))
    return Page(tuple(blocks))


def _cells(line: str) -> tuple[Cell, ...]:
    """Give the cells of a line that is a row; a line in which a tab only indents is none, nor is one of dashes."""
    bare = line.strip()
    if not bare or _is_rule(bare):
        return ()
    if len(bare) > 1 and bare.startswith("|") and bare.endswith("|"):
        parts = bare[1:-1].split("|")
    elif "\t" in bare or line.endswith("\t"):
        parts = line.split("\t")
    else:
        return ()
    return tuple(Cell(part.strip(), column) for column, part in enumerate(parts))


def _is_rule(line: str) -> bool:
    """Whether a line is drawn, and not written: "-----", "|---|---|", "+====+"."""
    return _RULE_SIGNS.issuperset(line) and any(sign * 3 in line for sign in "-=_")
