"""What a form speaks of in its free text without being asked: words that may only ever raise a question (A20)."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from cspr_bot.referral.form import ReferralForm

# Signs that Word puts for the apostrophe and the hyphen that were typed.
_PLAIN = {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0xAD: "", **dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")}


def spoken_of(form: ReferralForm, words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Name the matters of which the form uses one of the words, whole and in any case; "not" before it counts too.

    A person reads what is meant. To take a word for nothing would be a guess, and a death might be laid aside by it.
    """
    text = "\n".join(_free_text(form)).translate(_PLAIN)
    return tuple(name for name, given in words.items() if given and _pattern(given).search(text))


def _free_text(form: ReferralForm) -> Iterator[str]:
    """Give what was written in the writer's own words: the summary, who people are, and where they live."""
    yield form.summary
    yield from (form.child.carer, form.child.home_address, form.child.location_of_incident, form.child.disability)
    for member in form.family:
        yield from (member.relationship, member.address)
    for agency in form.other_agencies:
        yield from (agency.agency, agency.still_involved)
    for other in form.other_processes:
        yield from (other.process, other.status)


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Make one pattern of several words: blanks and hyphens between their parts are the same, and an s may follow."""
    parts = (r"[\s\-]+".join(map(re.escape, re.split(r"[\s\-]+", word.strip()))) for word in words if word.strip())
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})s?(?!\w)", re.IGNORECASE)
