"""Templates into pages: everything that is put in is escaped, and no sign gets in that could disguise another."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent / "templates"
KEPT = frozenset("\n\t\u200c\u200d")  # the two last join and part letters of Persian and of Indian scripts
STATES = {
    "late": "Late",
    "soon": "Due soon",
    "later": "In time",
    "paused": "Paused",
    "done": "Done",
    "cancelled": "Cancelled",
    "none": "Nothing due",
}


class Renderer:
    """Renders the board's own templates; nothing of a template comes from elsewhere."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["STATES"] = STATES
        self._environment.filters |= {"moment": _moment, "day": _day, "iso": _iso, "address": _address}

    def page(self, template: str, facts: Mapping[str, object]) -> str:
        """Render a page for who is signed in."""
        return self._environment.get_template(template).render(facts)

    def plain(self, template: str, facts: Mapping[str, object]) -> str:
        """Render a page for who is not."""
        return self._environment.get_template(template).render({"problem": "", **facts})


def _shown(value: object) -> object:
    """Make every sign visible that is none, such as those that turn the direction of a text."""
    return value if isinstance(value, Markup) else _visible(str(value))


def _visible(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign in KEPT else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _moment(at: datetime) -> str:
    """Write a moment, which is local already, as people here do."""
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M}"


def _day(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}"


def _iso(value: date) -> str:
    return value.isoformat()


def _address(text: str) -> Markup:
    """Let an address that is too long for its place break behind its @ and its dots, and not within a word."""
    return Markup(str(escape(_visible(text))).replace("@", "@<wbr>").replace(".", ".<wbr>"))  # noqa: S704 - escaped first
