"""A form while it is being read: the words found beside each label, and what was doubtful about them."""

from dataclasses import dataclass, field

from cspr_bot.referral.form import Doubt
from cspr_bot.referral.ticks import Tick

_MOST_DOUBTS = 100
GIVEN_TWICE = "the form answers this twice, and differently"


@dataclass(slots=True)
class Draft:
    """What has been found so far. `seen` are the paths whose labels are there, answered or not.

    `boxes` are those of a question whose answer is known only when all are; `left` are names of boxes without a box.
    """

    seen: set[str] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    ticks: dict[str, list[str]] = field(default_factory=dict)
    typed: dict[str, list[str]] = field(default_factory=dict)
    boxes: dict[str, list[tuple[str, Tick]]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    lists: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    doubts: dict[Doubt, None] = field(default_factory=dict)

    def answer(self, path: str, text: str) -> None:
        """Note an answer. The first that says anything counts; another one that differs makes it doubtful."""
        self.seen.add(path)
        if not text:
            return
        kept = self.answers.setdefault(path, text)
        if " ".join(kept.casefold().split()) != " ".join(text.casefold().split()):
            self.doubt(path, GIVEN_TWICE, text)

    def tick(self, path: str, choice: str, words: str = "") -> None:
        """Note a ticked box; the same box twice is one tick."""
        ticked = self.ticks.setdefault(path, [])
        if choice not in ticked:
            ticked.append(choice)
        self.write(path, words or choice)

    def write(self, path: str, text: str) -> None:
        """Note words that stand where boxes are."""
        if text:
            self.typed.setdefault(path, []).append(text)

    def add_row(self, name: str, row: dict[str, str]) -> None:
        """Note a row of a list; one in which nothing was written is none."""
        if any(row.values()):
            self.lists.setdefault(name, []).append(row)

    def doubt(self, path: str, why: str, raw: str = "") -> None:
        """Note, once, that an answer could not be read in one way. Nobody reads a hundred of these."""
        if len(self.doubts) < _MOST_DOUBTS:
            self.doubts[Doubt(path, why, raw)] = None

    @property
    def is_blank(self) -> bool:
        """Whether nobody has written or ticked anything."""
        return not (self.answers or self.ticks or self.typed or self.lists or self.summary)
