"""What the sender wrote in a reply, apart from what it quotes, signatures and what gateways add.

When in doubt a line is kept: a word too many makes a person look, a word too few would be a word lost.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from cspr_bot.correspondence.message import ParsedMail

_QUOTED = re.compile(r"\s{0,3}>(?!From )")
# "On 23 Nov 2026, at 10:00, A <a@b> wrote:" and what other languages and Outlook on a telephone make of it.
_ATTRIBUTION = re.compile(
    r"(?:on|ar|le|am|el|il|op|w dniu)\b.{0,300}"
    r"\b(?:wrote|ysgrifennodd|a écrit|schrieb|escribió|ha scritto|schreef|napisał\w*)\b.{0,80}:",
    re.IGNORECASE,
)
_SAYS_WHEN = re.compile(r"[0-9]{1,2}[:.][0-9]{2}|[0-9]{4}|[^\s@]+@[^\s@]+|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}")
_ORIGINAL = re.compile(
    r"[\s>]*-{2,}\s*(?:original (?:message|appointment|email)|neges wreiddiol|reply message|message d['’]origine"
    r"|urspr(?:ü|ue)ngliche nachricht|mensaje original|messaggio originale)\s*-*\s*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:_{20,}|-{20,})\s*")
_HEADER_LINE = re.compile(
    r"[\s*]{0,4}(?P<name>from|sent|date|to|cc|subject|reply-to|importance|oddi wrth|anfonwyd|at|pwnc)\s*\*?:\*?\s*\S",
    re.IGNORECASE,
)
_FIRST_HEADERS = frozenset({"from", "oddi wrth"})
_LATER_HEADERS = frozenset({"sent", "date", "to", "subject", "anfonwyd", "at", "pwnc"})
_SIGNATURE = re.compile(r"--[ \t]?")
_DEVICE = re.compile(
    r"(?:sent from (?:my )?(?:iphone|ipad|blackberry\W?|android(?: \w+)?|samsung(?: \w+){0,2}|galaxy(?: \w+)?|phone"
    r"|mobile(?: device)?|verizon wireless \w+|outlook for (?:ios|android)|yahoo mail.*|mail for windows.*)"
    r"|get outlook for (?:ios|android).*)\s*\.?",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"[\W_]{0,80}(?:disclaimer\b|confidentiality notice\b|please consider the environment\b"
    r"|(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication|transmission)\b.{0,120}"
    r"\b(?:confidential|intended|privileged)|this (?:e-?mail|message) and any (?:files|attachments?)\b"
    r"|if you are not the (?:intended|named) (?:recipient|addressee)\b"
    r"|mae['’]r (?:e-?bost|neges) h(?:wn|on)\b)",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+")
_BANNER = re.compile(
    r"\W{0,6}(?:caution|warning|external|attention|rhybudd|this (?:e-?mail|message)|you don['’]t)\b.{0,200}"
    r"(?:originat\w+ (?:from )?outside|from outside (?:of )?(?:the|your|our) \w+|external (?:e-?mail|sender)\b"
    r"|do not (?:click|open)\b|often get e-?mail)|\W{0,3}external(?: (?:e-?mail|sender|message))?\W{0,3}$",
    re.IGNORECASE | re.DOTALL,
)
_MARKING = re.compile(
    r"\W{0,3}(?:classification\W{0,3})?official(?:\W{1,3}sensitive)?(?:\W{1,3}(?:personal|commercial))?\W{0,3}",
    re.IGNORECASE,
)
_MOST_LINES_OF_ATTRIBUTION = 3
_MOST_LINES_OF_BANNER = 6
_MOST_CHARACTERS = 500_000


def new_text(mail: ParsedMail) -> str:
    """Give what the sender wrote; "" where there is nothing but quotation."""
    return _own_words(mail.text)


def new_texts(mail: ParsedMail) -> tuple[str, ...]:
    """Give what the sender wrote in each part of a mail: in its plain text, and in what a reader sees of its HTML."""
    return (new_text(mail), _own_words(mail.html_text)) if mail.html_text else (new_text(mail),)


def first_line(text: str) -> str:
    """Give the first line that holds anything, white space squeezed."""
    return next((" ".join(line.split()) for line in text.split("\n") if line.strip()), "")


def without_disclaimers(text: str) -> str:
    """Leave out every paragraph that lawyers wrote, also one above a greeting."""
    return "\n\n".join(part for part in _BETWEEN_PARAGRAPHS.split(text) if not _DISCLAIMER.match(part))


def parts_disagree(mail: ParsedMail) -> bool:
    """Say whether the plain text begins otherwise than the HTML that a reader sees: then nobody knows what was meant.

    A long line that the plain text breaks and the HTML does not is the same line.
    """
    if not mail.html_text:
        return False
    plain, shown = first_line(new_text(mail)).lower(), first_line(_own_words(mail.html_text)).lower()
    is_broken_line = len(plain) >= 60 and shown.startswith(plain)
    return plain != shown and not is_broken_line


def _own_words(text: str) -> str:
    # Nobody writes so much above a quotation. What lies beyond is kept as it is, for it costs nothing there.
    head, tail = text[:_MOST_CHARACTERS], text[_MOST_CHARACTERS:]
    lines = _without_top(head.split("\n"))
    end = _quotation_start(lines)
    own = "\n".join(_without_foot(_without_quotes(lines[:end])))
    return (own if end < len(lines) else own + tail).strip()


def _quotation_start(lines: Sequence[str]) -> int:
    """Find where nothing but an older mail follows: an unmarked one ends what is new, for nobody writes below it."""
    for place, line in enumerate(lines):
        if _ORIGINAL.fullmatch(line) or _heads_older_mail(lines, place):
            return place
        length = _attribution_at(lines, place)
        # Without an address in it, it may be the sender's own sentence, followed by what somebody said.
        if length and _names_address(lines, place, length) and not _introduces_quotes(lines, place, length):
            return place
    return len(lines)


def _heads_older_mail(lines: Sequence[str], place: int) -> bool:
    """Whether Outlook's block stands here: From, and two of Sent, Date, To and Subject directly below.

    Below a rule it may begin with another of them.
    """
    first = _HEADER_LINE.match(lines[place])
    if not first:
        return False
    is_below_rule = any(_RULE.fullmatch(line) for line in lines[max(place - 2, 0) : place])
    if first["name"].lower() not in _FIRST_HEADERS and not is_below_rule:
        return False
    names = {found["name"].lower() for line in lines[place + 1 : place + 6] if (found := _HEADER_LINE.match(line))}
    return len(names & (_LATER_HEADERS | _FIRST_HEADERS)) >= 2


def _attribution_at(lines: Sequence[str], place: int) -> int:
    """Give how many lines an attribution takes that begins here, 0 where none does: programs break it anywhere."""
    for length in range(1, _MOST_LINES_OF_ATTRIBUTION + 1):
        piece = lines[place : place + length]
        if not piece[-1].strip() or _QUOTED.match(piece[-1]):
            return 0
        text = " ".join(" ".join(piece).split())
        if text.endswith(":") and _ATTRIBUTION.fullmatch(text) and _SAYS_WHEN.search(text):
            return length
    return 0


def _introduces_quotes(lines: Sequence[str], place: int, length: int) -> bool:
    """Whether marked lines follow an attribution, or nothing at all follows one that names an address."""
    following = next((line for line in lines[place + length :] if line.strip()), None)
    if following is None:
        return _names_address(lines, place, length)
    return bool(_QUOTED.match(following))


def _names_address(lines: Sequence[str], place: int, length: int) -> bool:
    return "@" in "".join(lines[place : place + length])


def _without_quotes(lines: Sequence[str]) -> list[str]:
    """Leave out lines marked as quoted and the line that introduces them; what stands between them stays."""
    kept: list[str] = []
    place = 0
    while place < len(lines):
        length = _attribution_at(lines, place)
        if length and _introduces_quotes(lines, place, length):
            place += length
            continue
        if not _QUOTED.match(lines[place]):
            kept.append(lines[place])
        place += 1
    return kept


def _without_top(lines: Sequence[str]) -> Sequence[str]:
    """Leave out what gateways and labels put above a mail: a warning that it came from outside, a marking."""
    top = 0
    while top < len(lines):
        if not lines[top].strip() or _MARKING.fullmatch(lines[top]):
            top += 1
            continue
        paragraph = list(takewhile(str.strip, lines[top : top + _MOST_LINES_OF_BANNER + 1]))
        if len(paragraph) > _MOST_LINES_OF_BANNER or not _BANNER.match("\n".join(paragraph)):
            break
        top += len(paragraph)
    return lines[top:]


def _without_foot(lines: Sequence[str]) -> list[str]:
    """Leave out the signature behind `-- `, a telephone's advertisement, and paragraphs that lawyers wrote."""
    end = next((place for place, line in enumerate(lines) if _SIGNATURE.fullmatch(line)), len(lines))
    while end and (not lines[end - 1].strip() or _RULE.fullmatch(lines[end - 1])):
        end -= 1
    own = "\n".join(line for line in lines[:end] if not _DEVICE.fullmatch(line.strip()))
    paragraphs = _BETWEEN_PARAGRAPHS.split(own.strip())
    while len(paragraphs) > 1 and _DISCLAIMER.match(paragraphs[-1]):
        paragraphs.pop()
    return "\n\n".join(paragraphs).split("\n")
