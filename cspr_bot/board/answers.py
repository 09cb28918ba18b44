"""What a page function is given, and what it may answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cspr_bot.board.desk import Desk
from cspr_bot.board.values import Visitor

LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who is signed in. `fields` are those of the form, or of the address."""

    desk: Desk
    visitor: Visitor
    path: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """Give a number in the path; 0, which nothing has, where it is none."""
        text = self.path[name]
        is_number = text.isascii() and text.isdecimal() and len(text) <= 19
        return int(text) if is_number and int(text) <= LARGEST_NUMBER else 0

    def word(self, name: str) -> str:
        """Give a field without the blanks around it; "" where it was not sent."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be rendered."""

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """Something was done: the browser goes to a page that can be reloaded, and is told what it was."""

    address: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as SVG."""

    content: bytes


Answer = Page | Redirect | Drawing
View = Callable[[Visit], Answer]


def missing(what: str) -> Page:
    """Say that there is no such thing."""
    return Page("missing.html", {"what": what}, 404)
