"""What a referrer sends later: a corrected form, or facts in a reply; and how they join the form that is there."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from functools import lru_cache
from typing import TypeVar

from cspr_bot.referral.completeness import complete, missing_in
from cspr_bot.referral.differences import field_of
from cspr_bot.referral.form import Child, Criteria, Doubt, EthnicOrigin, FormDate, ReferralForm, Referrer
from cspr_bot.referral.pages import Page
from cspr_bot.referral.reading import read_draft
from cspr_bot.referral.rows import Section, rows_of
from cspr_bot.referral.rules import FormRules
from cspr_bot.referral.wording import Wording, wording_of

MOST_LINES = 500  # of a reply; nobody writes more of their own
_LONGEST_LINE = 2_000
_BULLET = re.compile(r"^\s*(?:[-*•·–—]\s+|\d{1,2}[.)]\s+)?")
_PARTED = re.compile(r"^(?P<label>[^:?=]{2,150}?)\??(?:\s*[:=]|\s+[-–—])\s*(?P<answer>.*)$")
_GROUPS = ("referrer", "child", "criteria")
_TABLES = ("family", "other_agencies", "other_processes")

Part = TypeVar("Part", Referrer, Child, Criteria)


def merged(before: ReferralForm | None, sent: ReferralForm, rules: FormRules) -> ReferralForm:
    """Join what was sent to the form that is there: an answer takes the place of another, a blank takes away nothing.

    A table is one answer, for nobody could say which of its rows is which. Doubts go with the answer they are about.
    """
    old = before or ReferralForm()
    taken = set(_given(sent))
    joined = replace(
        sent,
        referrer=_joined(old.referrer, sent.referrer, "referrer", taken),
        child=_joined(old.child, sent.child, "child", taken),
        criteria=_joined(old.criteria, sent.criteria, "criteria", taken),
        family=sent.family or old.family,
        other_agencies=sent.other_agencies or old.other_agencies,
        other_processes=sent.other_processes or old.other_processes,
        summary=sent.summary or old.summary,
        doubts=_doubts(old, sent, taken),
    )
    return replace(joined, missing=missing_in(joined, rules))


def facts_in(text: str, form: ReferralForm, rules: FormRules) -> ReferralForm | None:
    """Read answers such as "Date of birth: 3 April 2019" in a reply; None where there are none to be taken.

    Only what is missing in the form, or in doubt, is taken: all else in a reply is a signature, or a person's to judge.
    Where one of these answers is itself doubtful none is taken, for then a person has to read the whole.
    """
    asked = {*form.missing, *(field_of(doubt.field) for doubt in form.doubts)}
    read = _read(text, with_titles(rules))
    found = {path for path in _given(read) if path in asked}
    is_clear = not any(field_of(doubt.field) in asked for doubt in read.doubts)
    return _only(read, found) if found and is_clear else None


def _read(text: str, rules: FormRules) -> ReferralForm:
    wording = wording_of(rules)
    try:
        groups = _groups(text.split("\n")[:MOST_LINES], wording)
        sections = [Section(None, tuple(rows_of(Page(tuple(lines)), wording))) for lines in groups]
        return complete(read_draft(sections, wording), rules, wording)
    finally:
        wording.forget()


def is_of_another_child(before: ReferralForm | None, sent: ReferralForm) -> bool:
    """Say whether a form may be about another child: only where it cannot be is it joined to the first by itself.

    Siblings share a surname, and twins a day of birth. So the whole name has to agree, or the given name where no
    date of birth speaks against it; where one of the forms names nobody, the dates of birth must not differ.
    """
    if before is None:
        return False
    old, new = _name(before), _name(sent)
    if old == new and old:
        return False
    born, born_too = before.child.dob.iso, sent.child.dob.iso
    differs = bool(born and born_too and born != born_too)
    return differs if not old or not new else differs or old[0] != new[0]


@lru_cache(maxsize=8)
def with_titles(rules: FormRules) -> FormRules:
    """Give the rules in which an answer may also stand behind its title, for by this our mails have asked for it."""
    return replace(rules, fields=tuple(replace(rule, labels=(*rule.labels, rule.title)) for rule in rules.fields))


def _name(form: ReferralForm) -> tuple[str, ...]:
    return tuple(form.child.name.casefold().replace("-", " ").split())


def _given(form: ReferralForm) -> Iterator[str]:
    """Give the paths of what was answered; a table is one path."""
    for group in _GROUPS:
        part = getattr(form, group)
        yield from (f"{group}.{one.name}" for one in fields(part) if _is_answer(getattr(part, one.name)))
    yield from (name for name in ("summary", *_TABLES) if getattr(form, name))


def _is_answer(value: object) -> bool:
    match value:
        case FormDate():
            return bool(value.raw)
        case EthnicOrigin():
            return bool(value.code or value.codes or value.specify)
        case _:
            return bool(value)


def _joined(old: Part, new: Part, group: str, taken: set[str]) -> Part:
    values = {one.name: getattr(new, one.name) for one in fields(new) if f"{group}.{one.name}" in taken}
    return replace(old, **values)


def _doubts(old: ReferralForm, sent: ReferralForm, taken: set[str]) -> tuple[Doubt, ...]:
    renewed = taken | {field_of(doubt.field) for doubt in sent.doubts}
    return (*(doubt for doubt in old.doubts if field_of(doubt.field) not in renewed), *sent.doubts)


def _only(read: ReferralForm, paths: set[str]) -> ReferralForm:
    """Keep some answers of a form."""
    blank = ReferralForm()
    return ReferralForm(
        referrer=_joined(blank.referrer, read.referrer, "referrer", paths),
        child=_joined(blank.child, read.child, "child", paths),
        criteria=_joined(blank.criteria, read.criteria, "criteria", paths),
        summary=read.summary if "summary" in paths else "",
    )


def _groups(lines: Iterable[str], wording: Wording) -> list[list[str]]:
    """Cut a reply at its labels. To each belongs its own line, or the next one that says anything.

    The summary alone goes on to the next label, for nobody can say where it ends: a greeting too many is harmless.
    """
    groups: list[list[str]] = []
    path, is_open = "", False
    for line in lines:
        asked = _as_asked(_BULLET.sub("", line[:_LONGEST_LINE], count=1).strip(), wording)
        label = wording.marked_label(asked, None) if asked else None
        if label is not None:
            groups.append([asked])
            path, is_open = label.path, not label.rest
        elif asked and groups and (is_open or path == "summary"):
            groups[-1].append(asked)
            is_open = False
    return groups


def _as_asked(line: str, wording: Wording) -> str:
    """Write a line with the sign that stands behind a label on the form: "DOB - 3/4/2019", "Is the child dead = no"."""
    found = _PARTED.match(line)
    label = wording.label(found["label"].strip(), None) if found else None
    if found is None or label is None or label.rest:
        return line
    sign = "?" if label.path.startswith("criteria.") else ":"
    return f"{found['label'].strip()}{sign} {found['answer']}".strip()
