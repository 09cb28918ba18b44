"""What a scan may say about the child: a guess for the person who looks at it, and never an answer."""

import re
from collections.abc import Iterator

from cspr_bot.referral.dates import CHILD_YEARS, read_date
from cspr_bot.referral.rules import FormRules
from cspr_bot.referral.wording import wording_of

NAME = "child.name"
DATES = ("child.dob", "child.date_of_death_or_incident")
_ENDS = ("child.home_address", "child.carer", "child.location_of_incident", "child.ethnic_origin")
_LONGEST = 60
_FRAME = " \t:|_[](){}=-–—.,;!~'\"“”‘’"
_DATE = re.compile(r"\d{1,4}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{2,4}|\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9}\s+\d{4}")


def guesses(words: str, rules: FormRules) -> tuple[tuple[str, str], ...]:
    """Give (path, words) of the child's name and dates, as far as a line of a scan seems to say them.

    What a scan has in a row of a table stands in one line: each label ends the answer of the one before.
    """
    found: dict[str, str] = {}
    labels = _labels(rules)
    for line in words.splitlines():
        for path, text in _answers(line, labels):
            if path == NAME and _is_name(text, rules):
                found.setdefault(path, text)
            elif path in DATES and (date := _date(text)):
                found.setdefault(path, date)
    return tuple((path, found[path]) for path in (NAME, *DATES) if path in found)


def _labels(rules: FormRules) -> re.Pattern[str]:
    """Find the labels that only the child's section has; "Name" alone may be anybody's."""
    groups = []
    for number, path in enumerate((NAME, *DATES, *_ENDS)):
        words = {label for rule in rules.fields if rule.path == path for label in rule.labels}
        own = sorted((word for word in words if path != NAME or "child" in word.lower()), key=len, reverse=True)
        groups.append(f"(?P<p{number}>{'|'.join(map(re.escape, own))})" if own else f"(?P<p{number}>(?!))")
    return re.compile(rf"(?<!\w)(?:{'|'.join(groups)})(?!\w)", re.IGNORECASE)


def _answers(line: str, labels: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    paths = (NAME, *DATES, *_ENDS)
    marks = list(labels.finditer(line))
    ends = [*(mark.start() for mark in marks), len(line)][1:]
    for mark, end in zip(marks, ends, strict=True):
        path = next(paths[number] for number in range(len(paths)) if mark[f"p{number}"])
        text = " ".join(line[mark.end() : end].strip(_FRAME).split())
        if text:
            yield path, text


def _is_name(text: str, rules: FormRules) -> bool:
    letters = sum(char.isalpha() or char.isspace() for char in text)
    return len(text) <= _LONGEST and 4 * letters >= 3 * len(text) and not wording_of(rules).is_placeholder(text)


def _date(text: str) -> str:
    found = _DATE.search(text)
    return found[0] if found and read_date(found[0], CHILD_YEARS)[0].iso else ""
