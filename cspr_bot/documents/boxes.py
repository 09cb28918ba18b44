"""Makes every kind of tick box alike: glyphs of many fonts, and boxes drawn with brackets."""

import re

from cspr_bot.referral.pages import TICKED, UNTICKED

_TICKED = "▣☑☒✓✔✗✘✅☓⊠⊗🗹🗷🗸🗵❎\u2bbd\u2bbf\U0001f5f4\U0001f5f6\u2713"
_UNTICKED = "▦☐□▢◻❏❐❑❒⬜⬚\U0001f78e\U0001f78f\U0001f790\u25fd\u2b1c"
_GLYPHS = str.maketrans({**dict.fromkeys(_TICKED, TICKED), **dict.fromkeys(_UNTICKED, UNTICKED)})
_BRACKETS = re.compile(r"(?<!\w)(?P<open>[\[(])\s{0,3}(?P<mark>[xX✓✔✗✘√]?)\s{0,3}[\])](?!\w)")

# Where a symbol font has a box or a tick: its code, with or without the F000 that Word adds.
_SYMBOLS = {
    "wingdings": {**dict.fromkeys(b"\xfe\xfd\xfc\xfb\x78", TICKED), **dict.fromkeys(b"\xa8\x6f\x71\x72", UNTICKED)},
    "wingdings 2": {
        **dict.fromkeys(b"\x4f\x50\x51\x52\x53", TICKED),
        0xA3: UNTICKED,
    },
    "webdings": {**dict.fromkeys(b"\x61\x72", TICKED), 0x63: UNTICKED},
}
# Private characters without a word about their font are nearly always of the first of these.
_PRIVATE = str.maketrans({0xF000 + code: box for code, box in _SYMBOLS["wingdings"].items()})
_TO_CHANGE = re.compile(
    f"[{''.join(map(re.escape, map(chr, (_GLYPHS.keys() | _PRIVATE.keys()) - {ord(TICKED), ord(UNTICKED)})))}]"
)


def symbol(code: int, font: str) -> str:
    """Give the box that a character of a symbol font shows, or "" where it shows something else."""
    return _SYMBOLS.get(_family(font), {}).get(code & 0xFF, "")


def is_symbol_font(font: str) -> bool:
    """Say whether the letters of a font are pictures."""
    return _family(font) in _SYMBOLS


def in_symbol_font(text: str, font: str) -> str:
    """Give a text as a symbol font shows it: its boxes, and nothing of the letters that stand for other pictures."""
    return "".join(symbol(ord(char), font) if not char.isspace() else char for char in text)


def alike(text: str) -> str:
    """Give a text with all its box glyphs as the two that we know."""
    if text.isascii() or not _TO_CHANGE.search(text):
        return text
    return text.translate(_GLYPHS).translate(_PRIVATE)


def with_brackets(text: str) -> str:
    """Make boxes of "[x]", "(x)" and "[ ]" too: so people tick in a mail without any boxes."""
    return _BRACKETS.sub(_bracket, text) if "[" in text or "(" in text else text


def _bracket(match: re.Match[str]) -> str:
    if match["mark"]:
        return TICKED
    return UNTICKED if match["open"] == "[" else match.group()


def _family(font: str) -> str:
    return " ".join(font.replace('"', " ").replace("'", " ").lower().split(",")[0].split())
