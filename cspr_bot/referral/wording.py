"""Finds what a piece of text is on the form: a label, a heading, a printed sentence, a box's name, or an answer."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cspr_bot.referral.memory import Memory, remembered, remembered_about
from cspr_bot.referral.pages import INVISIBLE, MARKED, STRUCK, TICKED, UNTICKED, squeeze
from cspr_bot.referral.rules import FormRules

SPECIFY = "child.ethnic_origin.specify"
LISTS = ("family", "other_agencies", "other_processes")

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‘’‛′´ʼ", "'"),
        **dict.fromkeys("“”„″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys(f"{INVISIBLE}\u200c\u200d", None),
        "\u00a0": " ",
    }
)
_BLANK = f"{INVISIBLE} "
_SIGNS_BEHIND = (":", "?")
_COLON = re.compile("[:\uff1a]")
_REST_BEHIND = re.compile("[:\uff1a\n]")
_NUMBERING = re.compile(
    r"^(?:section|part|question|q)?\s*\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-h](?=[.)]))[.):]?\s*[-.:]?\s+", re.IGNORECASE
)
_NUMBERED_TIGHT = re.compile(r"^\d{1,2}[.)]\s*")
_NUMBERS_BEGIN = frozenset("(sSpPqQ")
_PAGE_BEHIND = re.compile(r"[\s.…]\d{1,3}$")  # a table of contents has the title too
_SLASH = re.compile(r"\s*/\s*")
_BEHIND = re.compile(r"\s*\([^()]*\)$")
_LEADERS = re.compile(r"[._…\u2024\u2025]{3,}|…")
_SHORTEST_PIECE = 12  # of a printed sentence, so that a wrapped line of it is known and a common word is not
_LONGEST_ANSWER = 40  # that anybody would copy out of a printed sentence
_LONGEST_LABEL = 200
_WORD = re.compile(r"\w+")
_NO_WORDS: frozenset[str] = frozenset()
_MOST_WORDS = 12  # of a label
_BOXES = TICKED + UNTICKED + MARKED + STRUCK
_PARTED_BY_BOXES = dict.fromkeys(map(ord, _BOXES), "\n")
SHORTEST_QUESTION = 18
_LONG_LABEL = 18  # a label as long as this may have been cut by a line end


def _like(text: str) -> str:
    return (text if text.isascii() else text.translate(_ALIKE)).casefold()


@lru_cache(maxsize=2_048)
def normal(text: str) -> str:
    """Make texts comparable that differ in capitals, quotation marks, white space and what stands behind a label."""
    plain = " ".join(_like(text).split())
    if "/" in plain:
        plain = _SLASH.sub("/", plain)
    return plain.strip(" :?.*…_-•·\t")


def without_number(text: str) -> str:
    """Take the numbering off a heading: "6. Other information", "Section 6 - Other information"."""
    plain = text.strip()
    if not (plain[:1].isdigit() or plain[:1] in _NUMBERS_BEGIN or plain[1:2] in ".)"):
        return plain
    return _NUMBERED_TIGHT.sub("", _NUMBERING.sub("", plain, count=1), count=1)


@dataclass(frozen=True, slots=True)
class Label:
    """A label that was found: the path of its answer, and what stands behind it in the same cell.

    `is_marked`: it has a colon or a question mark behind it, or cannot be taken for an answer for another reason.
    """

    path: str
    rest: str = ""
    is_marked: bool = True

    @property
    def section(self) -> str:
        """The section of the form that the label belongs to."""
        return self.path.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Wording:
    """The rules, indexed. Ask `wording_of` for the one of some rules."""

    labels: Mapping[str, tuple[str, ...]]
    questions: tuple[tuple[str, str], ...]
    questions_by_head: Mapping[str, tuple[tuple[str, str], ...]]
    headings: Mapping[str, str]
    sentences: tuple[tuple[str, str], ...]
    sentence_heads: tuple[str, ...]
    guidance: str
    boxes: Mapping[str, Mapping[str, str]]
    printed: Mapping[str, Mapping[str, str]]
    specify: tuple[str, ...]
    titles: re.Pattern[str]
    placeholders: frozenset[str]
    not_known: frozenset[str]
    own: frozenset[str]
    first_words: Mapping[str, frozenset[str]]
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @remembered_about
    def label(self, text: str, section: str | None) -> Label | None:
        """Find the label with which a cell begins, and the rest of the cell. Columns of lists are not looked for."""
        if not text.isascii():
            text = text.lstrip(_BLANK)
        if not text or text[0] in _BOXES:
            return None
        if path := self._path(text, section):
            return Label(path, is_marked=text.rstrip(_BLANK)[-1:] in _SIGNS_BEHIND or path == SPECIFY)
        if _REST_BEHIND.search(text) and (label := self._with_rest(text, section)):
            return label
        return (len(text) >= SHORTEST_QUESTION and self.question(text)) or self._specified(text)

    @remembered_about
    def marked_label(self, text: str, section: str | None) -> Label | None:
        """Find a label in a paragraph, where a word such as "Name" without a colon is only a word."""
        label = self.label(text, section)
        return label if label and label.is_marked else None

    @remembered_about
    def fused_label(self, text: str, section: str | None) -> Label | None:
        """Find a label without a colon in front of its answer: "Tel no. 01632 960111"."""
        words = text.split(" ")
        if "\n" in text or self.first_words.get(section or "", _NO_WORDS).isdisjoint(_WORD.findall(normal(text))):
            return None
        for length in range(min(len(words) - 1, _MOST_WORDS), 0, -1):
            path = self._path(" ".join(words[:length]), section)
            if path and path.partition(".")[0] == section:
                return Label(path, " ".join(words[length:]), is_marked=False)
        return None

    def _with_rest(self, text: str, section: str | None) -> Label | None:
        first, _, others = text.partition("\n")
        colon = _COLON.search(first)
        if colon and (path := self._path(first[: colon.start()], section)):
            behind = first[colon.end() :].strip()
            return Label(path, "\n".join(part for part in (behind, others) if part.strip(_BLANK)))
        if others and (path := self._path(first, section)):
            return Label(path, others)
        return None

    def _specified(self, text: str) -> Label | None:
        """Find "Please specify Turkish": these words are an invitation to write on, and have no colon on our form."""
        begun = _like(text[:_LONGEST_LABEL])
        if not begun.startswith(self.specify):
            return None
        lengths = (len(words) for words in self.specify if begun.startswith(words))
        length = next((length for length in lengths if not begun[length : length + 1].isalnum()), 0)
        return Label(SPECIFY, text[length:].strip(" -–—\n")) if length else None

    def _path(self, text: str, section: str | None) -> str | None:
        for name in self._known(text):
            paths = self.labels.get(name, ())
            own = [path for path in paths if path.partition(".")[0] == section]
            if own:
                return own[0]
            if paths:
                return paths[0]
        return None

    @remembered
    def _known(self, text: str) -> tuple[str, ...]:
        """Give what a text may be listed as, where the form has such words: most of what people write it has not."""
        if len(text) > _LONGEST_LABEL:
            return ()
        plain, bare, short = _spellings(text)
        if plain == bare and not short:
            return (plain,) if plain in self.own else ()
        return tuple(name for name in dict.fromkeys((plain, bare, short)) if name in self.own)

    @remembered
    def question(self, text: str) -> Label | None:
        """Find a criterion, also where a line end has cut it or the answer stands behind its question mark."""
        asked, mark, behind = text.partition("?")
        plain = normal(without_number(asked))
        if len(plain) < _LONG_LABEL:
            return None
        alike = self.questions_by_head.get(plain[:_LONG_LABEL], ())
        for question, path in alike:
            if question.startswith(plain):
                return Label(path, behind.strip() if mark else "")
        for question, path in alike:
            if plain.startswith(question):
                return Label(path, behind.strip())
        return None

    @remembered
    def is_part_of_question(self, text: str) -> bool:
        """Say whether a text is the rest of a criterion that a line end has cut."""
        plain = normal(text)
        if " " not in plain:
            return False
        is_long = len(plain) >= _LONG_LABEL
        return any(question.endswith(plain) or (is_long and plain in question) for question, _ in self.questions)

    def columns(self, texts: Iterable[str], name: str) -> dict[int, str]:
        """Give the columns of a list that some cells head: place of the cell → path."""
        found: dict[int, str] = {}
        for place, text in enumerate(texts):
            for path in self._heads(text).get(name, ()):
                if path not in found.values():
                    found[place] = path
                    break
        return found

    def may_head_column(self, text: str) -> bool:
        """Say whether a text is the title of a column in any of the lists."""
        return bool(self._heads(text))

    @remembered
    def _heads(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """Give the columns that a text may head: name of the list → paths."""
        known = self._known(text)
        if not known:
            return {}
        found = ((name, [self.labels.get(f"{name}|{one}", ()) for one in known]) for name in LISTS)
        return {name: next(filter(None, paths)) for name, paths in found if any(paths)}

    @remembered
    def heading(self, text: str) -> str | None:
        """Find the section that a heading opens."""
        if "\n" in text or not self._known(text):
            return None
        return self.headings.get(normal(text)) or self.headings.get(normal(without_number(text)))

    @remembered
    def sentence(self, text: str) -> str | None:
        """Find the section that a printed sentence, or a wrapped line of it, stands in."""
        plain = normal(text)
        if len(plain) < _SHORTEST_PIECE or not (plain in self.guidance or plain.startswith(self.sentence_heads)):
            return None
        return next((section for whole, section in self.sentences if _is_of(plain, whole)), None)

    @remembered
    def is_title(self, text: str) -> bool:
        """Say whether a paragraph is the form's title; a long paragraph that only mentions it is not."""
        if len(text) > _LONGEST_LABEL:
            return False
        return bool(self.titles.search(normal(text))) and not _PAGE_BEHIND.search(text)

    @remembered_about
    def box(self, text: str, choice: str) -> str | None:
        """Find which box of a choice has this name."""
        names = self.boxes[choice]
        return next((names[name] for name in self._known(text) if name in names), None)

    @remembered
    def answer(self, text: str) -> str:
        """Give what a person typed: white space squeezed, without placeholders and rows of dots."""
        squeezed = squeeze(text)
        if "\n" not in squeezed:
            return self._line(squeezed)
        return "\n".join([line for one in squeezed.split("\n") if (line := self._line(one))])

    def _line(self, text: str) -> str:
        line = _LEADERS.sub(" ", text).strip()
        return "" if self.is_placeholder(line) else line

    def is_placeholder(self, line: str) -> bool:
        """Say whether a line stands where an answer belongs, and is none."""
        return not (plain := normal(line)) or plain in self.placeholders or plain.strip("[]<>() ") in self.placeholders

    @remembered
    def is_not_known(self, text: str) -> bool:
        """Say whether an answer says that nobody knows."""
        return normal(text) in self.not_known

    def forget(self) -> None:
        """Drop every word of the form that was read last; the form's own words are met again in the next."""
        self.memory.forget(self._is_printed)
        normal.cache_clear()
        _spellings.cache_clear()

    def _is_printed(self, text: str) -> bool:
        """Whether a text holds nothing but the form's own words: labels, headings, guidance, names of boxes."""
        if "\n" not in text and text.isascii():
            plain, bare, _ = _spellings(text)
            return not plain or plain in self.own or bare in self.own
        lines = text.translate(_PARTED_BY_BOXES).split("\n")
        return all(not (plain := normal(line)) or plain in self.own or _first(line) in self.own for line in lines)


def _first(line: str) -> str:
    return normal(without_number(line))


def _is_of(line: str, sentence: str) -> bool:
    """Whether a line is a printed sentence or was cut out of it: few words from its middle may be an answer."""
    if line.startswith(sentence) or sentence.startswith(line):
        return True
    return (sentence.endswith(line) and line.count(" ") > 1) or (len(line) >= _LONGEST_ANSWER and line in sentence)


@lru_cache(maxsize=2_048)
def _spellings(text: str) -> tuple[str, str, str]:
    """Give a text as it may be listed: whole, without its numbering, and without a remark in brackets behind."""
    bare = normal(without_number(text))
    return normal(text), bare, normal(_BEHIND.sub("", bare)) if "(" in bare else ""


@lru_cache(maxsize=8)
def wording_of(rules: FormRules) -> Wording:
    """Index the rules once; they are the same for every form."""
    labels: dict[str, tuple[str, ...]] = {}
    for rule in rules.fields:
        section = rule.path.partition(".")[0]
        for label in rule.labels:
            key = f"{section}|{normal(label)}" if section in LISTS else normal(label)
            labels[key] = (*labels.get(key, ()), rule.path)
    boxes: dict[str, dict[str, str]] = {}
    printed: dict[str, dict[str, str]] = {}
    for option in rules.options:
        printed.setdefault(option.choice, {})[option.value] = option.labels[0]
        for label in option.labels:
            boxes.setdefault(option.choice, {}).setdefault(normal(label), option.value)
    sentences = tuple((normal(text), section.name) for section in rules.sections for text in section.guidance)
    headings = {normal(text): section.name for section in rules.sections for text in section.headings}
    own = {name.rpartition("|")[2] for name in labels} | {name for names in boxes.values() for name in names}
    questions = tuple(
        (normal(label), rule.path)
        for rule in rules.fields
        if rule.path.startswith("criteria.")
        for label in rule.labels
    )
    others = map(normal, (*rules.titles, *rules.printed, *rules.placeholders, *rules.not_known))
    return Wording(
        first_words=_first_words(labels),
        labels=labels,
        questions=questions,
        questions_by_head=_by_head(questions),
        headings=headings,
        sentences=sentences,
        sentence_heads=tuple(whole for whole, _ in sentences),
        guidance="\n".join(whole for whole, _ in sentences),
        boxes=boxes,
        printed=printed,
        specify=tuple(label for label, paths in labels.items() if SPECIFY in paths),
        titles=re.compile("|".join(re.escape(normal(title)) for title in rules.titles) or "(?!)"),
        placeholders=frozenset(normal(text) for text in rules.placeholders),
        not_known=frozenset(normal(text) for text in rules.not_known),
        own=frozenset({*own, *headings, *(whole for whole, _ in sentences), *others}),
    )


def _by_head(questions: Iterable[tuple[str, str]]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Sort the questions by how they begin. One that is shorter than that is known whole or not at all."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for question, path in questions:
        head = question[:_LONG_LABEL]
        if len(head) == _LONG_LABEL:
            found[head] = (*found.get(head, ()), (question, path))
    return found


def _first_words(labels: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    """Give the words with which the labels of each section begin: a text without any of them begins with no label."""
    found: dict[str, set[str]] = {}
    for label, paths in labels.items():
        if "|" in label or not (first := _WORD.search(label)):
            continue
        for path in paths:
            found.setdefault(path.partition(".")[0], set()).add(first[0])
    return {section: frozenset(words) for section, words in found.items()}
