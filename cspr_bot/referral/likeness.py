"""Whether two forms are about the same child, or are the same form: marks that are equal where they may be.

Two agencies often refer one incident, and neither knows of the other. The marks are made of names and dates, so they
are kept only as keyed hashes.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256

from cspr_bot.referral.form import ReferralForm


def mark_of_form(form: ReferralForm) -> str:
    """Give the mark of everything that a form says: the same one saved again, or printed, has the same."""
    return f"form {sha256(repr(form).encode('utf-8', 'replace')).hexdigest()}"


def marks_of_child(form: ReferralForm) -> tuple[str, ...]:
    """Give the marks of the child and of what happened: name and birth, name and day, birth and day.

    One that is equal is enough for a person to compare the two: a name may be misspelt, a date mistyped.
    """
    return tuple(_marks(form))


def is_of_another_child(form: ReferralForm, others: Iterable[ReferralForm]) -> bool:
    """Say whether a form names a child whom none of the others is about: by another name, or born on another day.

    Where it names nobody it adds nothing to what the others say.
    """
    name, born = _plain(form.child.name), form.child.dob.iso
    return bool(name) and not any(
        _plain(other.child.name) == name and (born or other.child.dob.iso) == (other.child.dob.iso or born)
        for other in others
    )


def _marks(form: ReferralForm) -> Iterator[str]:
    name = _plain(form.child.name)
    born, day = form.child.dob.iso, form.child.date_of_death_or_incident.iso
    if name and born:
        yield f"child {name} {born.isoformat()}"
    if name and day:
        yield f"incident {name} {day.isoformat()}"
    if born and day:
        yield f"born {born.isoformat()} {day.isoformat()}"


def _plain(name: str) -> str:
    """Give a name without case, accents, signs and order of its parts: `LEE-Śmith, Ana` is `ana lee smith`."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))
    return " ".join(sorted("".join(sign if sign.isalnum() else " " for sign in bare).split()))
