"""The words that every mail shares: days and hours, what is left of them, greetings, replies, paragraphs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, assert_never
from urllib.parse import quote

from markupsafe import Markup, escape

from cspr_bot.correspondence.answers import PLACE_FOR_REASON, RELEASES, Choice
from cspr_bot.pipeline.facts import LetterFacts, TaskFacts

# Written out here, so that the language of the machine changes nothing.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WIDTH = 76
LONGEST_NAME = 80
NOBODY_IN_PARTICULAR = "colleague"
# What a name that is none would be used for: to make our mail carry somebody's link.
_NO_NAME = re.compile(r"[/@<>{}\\]|www\.|https?:", re.IGNORECASE)


# ---------------------------------------------------------------------------------------------------------------------
# Days and hours


def day(on: date) -> str:
    """Give a day in full, such as "Monday 30 November 2026"."""
    return f"{WEEKDAYS[on.weekday()]} {on.day} {MONTHS[on.month - 1]} {on.year}"


def short_day(on: date) -> str:
    """Give a day as a subject has room for it, such as "Mon 30 Nov 2026"."""
    return f"{WEEKDAYS[on.weekday()][:3]} {on.day} {MONTHS[on.month - 1][:3]} {on.year}"


def moment(at: datetime, zone: tzinfo) -> str:
    """Give a moment in local time, such as "17:00 on Monday 30 November 2026"."""
    local = at.astimezone(zone)
    return f"{local:%H:%M} on {day(local)}"


def working_days(number: int) -> str:
    """Give a number of working days in words."""
    return "1 working day" if number == 1 else f"{number} working days"


def in_words(key: str) -> str:
    """Give a key of the procedure as a reader would write it."""
    return key.replace("_", " ")


def is_late(task: TaskFacts | None) -> bool:
    """Say whether the time of a task has run out."""
    return task is not None and (task.is_overdue or task.days_left < 0)


def by_day(task: TaskFacts) -> str:
    """Say by when, as a subject has room for it, or since when it is overdue."""
    return f"(overdue since {short_day(task.due_on)})" if is_late(task) else f"by {short_day(task.due_on)}"


def time_left(task: TaskFacts) -> str:
    """Say how much time is left, or how late it is."""
    if is_late(task):
        return f"{working_days(-task.days_left)} late" if task.days_left < 0 else "late since the office closed today"
    return f"{working_days(task.days_left)} left" if task.days_left else "today"


# ---------------------------------------------------------------------------------------------------------------------
# People


def greeting(name: str) -> str:
    """Make a name fit to be greeted by. What is none, or is far too long, is greeted as a colleague."""
    cleaned = "".join(sign for sign in " ".join(name.split()) if sign.isprintable()).strip()
    return (
        cleaned if cleaned and len(cleaned) <= LONGEST_NAME and not _NO_NAME.search(cleaned) else NOBODY_IN_PARTICULAR
    )


# ---------------------------------------------------------------------------------------------------------------------
# Replies


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that may be given: its first line, what has to follow on it, what it means, and it as a link."""

    words: str
    follows: str
    meaning: str
    link: str


FOLLOWS = {
    "agencies": "the agencies that take part, such as police, health, education",
    "reason": "the reason in a few words, without names",
    "reference": "the reference of that case",
    "nothing": "",
}


HELD_FOLLOWS: Mapping[Choice, str] = {"referral": "nothing", "reply": "reference", "ignore": "nothing"}
HELD_MEANS: Mapping[Choice, str] = {
    "referral": "it is a referral: a case is opened, and counts from the moment at which the mail came",
    "reply": "it belongs to a case that is there already, and is filed on it",
    "ignore": "nothing in it is of use, and nothing is done with it",
}


def replies(facts: LetterFacts, reference: str, mailbox: str, code: str) -> tuple[Reply, ...]:
    """Give every reply that closes or moves this task."""
    found = []
    if facts.takes_done:
        has_parts = facts.task is not None and bool(facts.task.still_open)
        found.append(("DONE", "", "all of this has been done" if has_parts else "this has been done"))
    found += [(answer.words, FOLLOWS.get(answer.takes, ""), answer.meaning) for answer in facts.answers]
    if facts.takes_not_involved:
        found.append(("NOT INVOLVED", "", "the agency was not involved"))
    if facts.takes_received:
        meaning = "yes, mail that is sent here is read" if facts.asks_address else "this notice has been seen"
        found.append(("RECEIVED", "", meaning))
    if facts.held is not None:
        found += [(words, FOLLOWS[HELD_FOLLOWS[choice]], HELD_MEANS[choice]) for choice, words in RELEASES.items()]
    return tuple(
        Reply(words, follows, meaning, reply_link(_first_line(words, follows), reference, mailbox, code))
        for words, follows, meaning in found
    )


def _first_line(words: str, follows: str) -> str:
    """Give the first line of a ready reply, open at its end where the writer still has to add something."""
    place = PLACE_FOR_REASON if follows == FOLLOWS["reason"] else ""
    return f"{words} {place}" if follows else words


def reply_link(first_line: str, reference: str, mailbox: str, code: str) -> str:
    """Give a `mailto:` link with the reply ready (RFC 6068)."""
    body = f"{first_line}\r\n\r\nAnswer code: {code}\r\n"
    return f"mailto:{quote(mailbox, safe='@')}?subject={_escaped(f'{reference} answer')}&body={_escaped(body)}"


def example_of_absence(written_on: date) -> date:
    """Give a Monday some two weeks ahead, for the example beside AWAY UNTIL."""
    return written_on + timedelta(days=14 - written_on.weekday())


def _escaped(text: str) -> str:
    return quote(text, safe="")


# ---------------------------------------------------------------------------------------------------------------------
# Paragraphs


Kind = Literal["paragraph", "bullets", "verbatim"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of prose: a paragraph (one item), a list (one item a bullet), or lines that stay as they are."""

    kind: Kind
    items: tuple[str, ...]


def blocks(prose: str) -> tuple[Block, ...]:
    """Read prose: an empty line ends a block, "- " begins a bullet, two blanks at the start keep a line as it is.

    A line within a bullet may be indented. A list needs no empty line before it.
    """
    return tuple(block for piece in re.split(r"\n[ \t]*\n", prose) for block in _of_piece(piece))


def filled(prose: str) -> str:
    """Lay prose out as plain text, no line longer than a screen is wide unless it is one word or verbatim."""
    return "\n\n".join("\n".join(_laid_out(block)) for block in blocks(prose)) + "\n"


def unbroken(prose: tuple[Block, ...], reference: str) -> tuple[Block, ...]:
    """Give prose for a page, on which a reference is never broken at its hyphen."""
    whole = Markup('<span style="white-space:nowrap;">{}</span>').format(reference)
    return tuple(
        replace(block, items=tuple(escape(item).replace(escape(reference), whole) for item in block.items))
        for block in prose
    )


def _of_piece(piece: str) -> Iterator[Block]:
    """Read lines between two empty ones: a line that is no beginning of its own goes on with the last one."""
    kind: Kind = "paragraph"
    items: list[str] = []
    for line in filter(str.strip, piece.splitlines()):
        begins = _kind_begun(line, kind, has_items=bool(items))
        if items and begins not in ("", kind):
            yield Block(kind, tuple(items))
            items = []
        if begins or not items:
            kind = begins or kind
            items.append(_squeezed(line.removeprefix("- ")))
        else:
            items[-1] = _squeezed(f"{items[-1]} {line}")
    if items:
        yield Block(kind, tuple(items))


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _kind_begun(line: str, kind: Kind, *, has_items: bool) -> Kind | Literal[""]:
    if line.startswith("- "):
        return "bullets"
    if line.startswith("  ") and (kind == "verbatim" or not has_items):
        return "verbatim"
    return "paragraph" if kind == "verbatim" else ""


def _laid_out(block: Block) -> Iterator[str]:
    for item in block.items:
        match block.kind:
            case "verbatim":
                yield f"  {item}"
            case "bullets":
                yield _wrapped(item, "- ", "  ")
            case "paragraph":
                yield _wrapped(item, "", "")
            case _:
                assert_never(block.kind)


def _wrapped(text: str, first: str, rest: str) -> str:
    """Fill lines with words; one that is longer than a line keeps its own."""
    words = text.split()
    lines = [first + "".join(words[:1])]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(rest + word)
    return "\n".join(lines)
