"""The answers that a contact may give by mail: one line, one meaning, or else it is prose and a person decides."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

from cspr_bot.correspondence.references import is_reference
from cspr_bot.correspondence.replies import first_line, without_disclaimers
from cspr_bot.correspondence.second_thoughts import goes_on, limits, takes_back

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FLAGS = re.ASCII | re.IGNORECASE
_DONE = re.compile(rf"done(?: (?P<on>{_DATE}))?(?: ref (?P<reference>[A-Z0-9][A-Z0-9/_.-]{{0,63}}))?", _FLAGS)
_AWAY = re.compile(rf"away until (?P<until>{_DATE})", _FLAGS)
_RELEASE = re.compile(r"release as (?:(?P<choice>referral|ignore)|reply (?P<case>[A-Z0-9-]+))", _FLAGS)
_NOTE = re.compile(r"note:?\s+(?P<text>\S.*)", _FLAGS | re.DOTALL)
_AGENCY = re.compile(r"[A-Z][A-Z0-9_-]*(?: [A-Z0-9_-]+)*", _FLAGS)
PLACE_FOR_REASON = "[write the reason here]"  # stands in a reply that is ready; left as it is, it is no reason
# What speaks against an answer that holds no such word: the agency has records after all, the mail is a referral.
_KNOWS_CHILD = re.compile(
    r"\brecords? (?:of|on|for|about)\b|\bknown to\b|\bwe (?:do |did )?(?:know|knew)\b"
    r"|\b(?:is|are|was|were|been) involved\b",
    re.IGNORECASE,
)
_IS_REFERRAL = re.compile(r"\breferral\b", re.IGNORECASE)

_LABEL = re.compile(r"answer\s+(?:>\s*)*code\s*:", re.IGNORECASE)
_AFTER_LABEL = 400
_RUN = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{26,200}(?![A-Za-z0-9])")
_FIRST_RUN = re.compile(r"[\s>*_|\"'`<(\[]*([A-Z2-7]+)")
_NEXT_RUN = re.compile(r"=?[ \t]*\r?\n[\s>|]*([A-Z2-7]+)(?![A-Za-z0-9])")
_PERCENT = re.compile(r"%([0-7][0-9A-Fa-f])")
_LEAST_CODE = 26
_MOST_CODES = 100


@dataclass(frozen=True, slots=True)
class Phrase:
    """A decision as procedure.toml words it, such as "RAPID REVIEW: YES", and the event that it records.

    `takes` says what may follow it: a list of agencies, a reason in words, or nothing.
    """

    words: str
    takes: Literal["nothing", "agencies", "reason"]
    event: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """The task is done: on a day if one was given, with a reference to keep if there is one."""

    on: date | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The mail was seen."""


@dataclass(frozen=True, slots=True)
class NotInvolved:
    """The agency did not know the child: a nil return."""


@dataclass(frozen=True, slots=True)
class AwayUntil:
    """Use the deputy; `until` is the day of return."""

    until: date


@dataclass(frozen=True, slots=True)
class Status:
    """A question: which tasks are open."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the co-ordinator to read."""

    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of the procedure, in the words of one of its phrases."""

    phrase: Phrase
    agencies: tuple[str, ...] = ()
    reason: str = ""


Choice = Literal["referral", "reply", "ignore"]
RELEASES: Mapping[Choice, str] = {
    "referral": "RELEASE AS REFERRAL",
    "reply": "RELEASE AS REPLY",  # and the reference of a case behind it
    "ignore": "RELEASE AS IGNORE",
}


@dataclass(frozen=True, slots=True)
class Release:
    """What a held mail is: a referral, a reply on the case that is named, or nothing that anybody needs."""

    choice: Choice
    case: str | None = None


NO_ANSWER = "its first line is none of the possible answers"


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    """A decision that has to say why, and does not: it decides nothing."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Prose:
    """Anything else: for a person to read, who is told why it is no answer."""

    why: str = NO_ANSWER


Answer = Done | Received | NotInvolved | AwayUntil | Status | Note | Decision | Release
NoAnswer = ReasonMissing | Prose


def parse_answer(line: str, phrases: Sequence[Phrase], *, agencies: Collection[str] | None = None) -> Answer | NoAnswer:
    """Read one line as an answer.

    Case, white space and one final full stop do not matter; any other word or sign makes it prose. Where `agencies`
    is given, a decision that names another is prose too.
    """
    text = " ".join(line.split())
    note = _NOTE.fullmatch(text)
    if note:
        return Note(note["text"])
    bare = text.removesuffix(".").rstrip()
    return _fixed(bare) or _dated(bare) or _release(bare) or _decision(text, phrases, agencies) or Prose()


def answer_in(text: str, phrases: Sequence[Phrase], *, agencies: Collection[str] | None = None) -> Answer | NoAnswer:
    """Read the answer in what the sender wrote: its first line; a note takes the lines that follow as well."""
    answer = parse_answer(first_line(text), phrases, agencies=agencies)
    if isinstance(answer, Note):
        whole = _NOTE.fullmatch(text.strip())
        return Note(whole["text"]) if whole else answer
    if isinstance(answer, Prose | ReasonMissing | Status):
        return answer
    doubt = _doubt_below(answer, text.strip().split("\n")[1:], phrases, agencies)
    return Prose(doubt) if doubt else answer


def answer_in_parts(
    texts: Sequence[str], phrases: Sequence[Phrase], *, agencies: Collection[str] | None = None
) -> Answer | NoAnswer:
    """Read the answer in the plain text, the first of a mail's parts, where none of the others puts it in doubt."""
    answer, *others = (answer_in(text, phrases, agencies=agencies) for text in texts)
    if isinstance(answer, Prose | ReasonMissing):
        return answer
    return next((other for other in others if isinstance(other, Prose)), answer)


def _doubt_below(
    answer: Answer, below: Sequence[str], phrases: Sequence[Phrase], agencies: Collection[str] | None
) -> str:
    """Say what in the lines below an answer speaks against it; "" where nothing does."""
    if below and goes_on(below[0]):
        return "its first line goes on in the next"
    # Also what names an agency that nobody knows: it would be an answer, and the one above may not be the whole.
    others = (
        parse_answer(line, phrases, agencies=known) for line in below if line.strip() for known in (agencies, None)
    )
    if any(other not in (answer, Status()) and not isinstance(other, Prose | Note) for other in others):
        return "it gives more than one answer"
    # Whoever says the same twice has said nothing else.
    rest = "\n".join(line for line in below if parse_answer(line, phrases, agencies=agencies) != answer)
    if takes_back(rest):
        return "it seems to take its answer back"
    return "the words below it may limit it" if _is_limited(answer, without_disclaimers(rest)) else ""


def _is_limited(answer: Answer, rest: str) -> bool:
    """Whether words below an answer may limit it; below a reason, or the day of a return, they are free."""
    match answer:
        case AwayUntil() | Status() | Note():
            return False
        case Decision(phrase):
            return phrase.takes != "reason" and limits(rest)
        case NotInvolved():
            return limits(rest) or bool(_KNOWS_CHILD.search(" ".join(rest.split())))
        case Release("ignore"):
            return limits(rest) or bool(_IS_REFERRAL.search(rest))
        case Done() | Received() | Release():
            return limits(rest)
        case _:
            assert_never(answer)


def find_codes(subject: str, whole_body: str) -> tuple[str, ...]:
    """Give everything in a mail that may be an answer code, each once.

    A code is 26 or more of A-Z and 2-7. It stands alone, behind its label even where a mail program broke it over
    lines with quote marks, or in a `mailto:` link. One that is none does no harm: it is looked up and not found.
    """
    found: dict[str, None] = {}
    for text in (subject, whole_body):
        plain = _PERCENT.sub(lambda sign: chr(int(sign[1], 16)), text)
        for version in dict.fromkeys((text, plain)):
            for code in (*_labelled_codes(version), *(run[0] for run in _RUN.finditer(version))):
                found[code] = None
                if len(found) >= _MOST_CODES:
                    return tuple(found)
    return tuple(found)


def _labelled_codes(text: str) -> Iterator[str]:
    for label in _LABEL.finditer(text):
        piece = text[label.end() : label.end() + _AFTER_LABEL]
        run = _FIRST_RUN.match(piece)
        code = ""
        while run:
            code += run[1]
            if len(code) >= _LEAST_CODE:
                yield code
            run = _NEXT_RUN.match(piece, run.end())


_WORDS: Mapping[str, Answer] = {"received": Received(), "not involved": NotInvolved(), "status": Status()}


def _fixed(bare: str) -> Answer | None:
    return _WORDS.get(bare.lower())


def _dated(bare: str) -> Answer | None:
    done = _DONE.fullmatch(bare)
    if done:
        on = _day(done["on"]) if done["on"] else None
        return None if done["on"] and on is None else Done(on, done["reference"])
    away = _AWAY.fullmatch(bare)
    until = _day(away["until"]) if away else None
    return AwayUntil(until) if until else None


def _release(bare: str) -> Release | None:
    found = _RELEASE.fullmatch(bare)
    if not found:
        return None
    match found["choice"] and found["choice"].lower():
        case "referral":
            return Release("referral")
        case "ignore":
            return Release("ignore")
        case _:
            case = found["case"].upper()
            return Release("reply", case) if is_reference(case) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _decision(
    text: str, phrases: Sequence[Phrase], agencies: Collection[str] | None
) -> Decision | ReasonMissing | None:
    """Find the longest phrase that the line begins with, and read what follows it."""
    for phrase in sorted(phrases, key=lambda phrase: len(phrase.words), reverse=True):
        words = re.escape(" ".join(phrase.words.split()))
        found = re.fullmatch(rf"{words}(?:\.|(?: (?P<rest>.*)))?", text, _FLAGS)
        if found:
            return _with_rest(phrase, found["rest"] or "", agencies)
    return None


def _with_rest(phrase: Phrase, rest: str, agencies: Collection[str] | None) -> Decision | ReasonMissing | None:
    match phrase.takes:
        case "reason":
            reason = " ".join(rest.replace(PLACE_FOR_REASON, " ").split())
            return Decision(phrase, reason=reason) if any(map(str.isalpha, reason)) else ReasonMissing(phrase)
        case "agencies":
            named = _agencies(rest.removesuffix("."), agencies)
            return None if named is None else Decision(phrase, agencies=named)
        case "nothing":
            return None if rest.strip(". ") else Decision(phrase)
        case _:
            assert_never(phrase.takes)


def _agencies(rest: str, known: Collection[str] | None) -> tuple[str, ...] | None:
    """Read `police, Local Authority` as keys; None where one is not known, or looks like a sentence."""
    if not rest.strip():
        return ()
    names = [name.strip() for name in rest.split(",")]
    if not all(_AGENCY.fullmatch(name) for name in names) or (known is None and any(" " in name for name in names)):
        return None
    keys = tuple(dict.fromkeys(name.lower().replace(" ", "_") for name in names))
    return keys if known is None or all(key in known for key in keys) else None
