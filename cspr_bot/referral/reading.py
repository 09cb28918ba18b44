"""Reads every referral form on a page: by its labels, wherever they stand."""

from collections.abc import Sequence

from cspr_bot.referral.completeness import complete
from cspr_bot.referral.criteria import read_criteria
from cspr_bot.referral.draft import Draft
from cspr_bot.referral.form import Reading, ReferralForm
from cspr_bot.referral.lists import read_list
from cspr_bot.referral.pages import Page
from cspr_bot.referral.rows import Row, Section, rows_of, split_forms
from cspr_bot.referral.rules import PATHS, FormRules
from cspr_bot.referral.scalars import conclude_boxes, read_scalars
from cspr_bot.referral.wording import Wording, without_number, wording_of

BLANK = "This is the referral form, and nothing is filled in."
NOT_A_FORM = "This is not the referral form: too few of its questions are in it."
PARTLY_OURS = (
    "Some of the referral form's questions are in it, and too few of them to read it as one. A person has to read it."
)
PARTLY = "A form was read, but not everything beside it could be."
BESIDE = f"{PARTLY} More answers to its questions stand in the document, and may be about another child."
ANOTHER_FORM = "This is another form about a child: this is not a request for a review."

MOST_ROWS = 20_000
MOST_CELLS_OF_ROW = 200  # every cell of a row is compared with its neighbours
MOST_CELLS = 60_000
TOO_LONG = "The document is longer than any referral form. Please ask for the form alone."
# Halves of a name stand on other forms only, and group E's line is part of its question.
_COUNTED = frozenset(PATHS) - {"child.forename", "child.surname", "child.ethnic_origin.specify"}
_ENOUGH_CRITERIA = 2
_ENOUGH_ANSWERS = 3  # before a form, for what may be another one and no letter
_ENOUGH_OF_OURS = 6  # questions, beside our title or a criterion, which no other form and no letter has


def read_page(page: Page, rules: FormRules) -> Reading:
    """Read a page, and say what it is: a form or several, a blank one, or none of ours."""
    wording = wording_of(rules)
    try:
        return _read(page, rules, wording)
    finally:
        wording.forget()


def _read(page: Page, rules: FormRules, wording: Wording) -> Reading:
    if len(page.blocks) > MOST_ROWS:
        return Reading("too_large", TOO_LONG)
    rows = rows_of(page, wording)
    if _is_endless(rows):
        return Reading("too_large", TOO_LONG)
    parts = split_forms(rows, wording)
    drafts = [(part, read_draft(part, wording)) for part in parts]
    ours = [draft for part, draft in drafts if _has_our_labels(draft) and _is_ours(part, draft)]
    filled = tuple(complete(draft, rules, wording) for draft in ours if not draft.is_blank)
    if filled:
        return _with_rest(filled, [draft for _, draft in drafts], ours, rules, wording)
    if ours:
        return Reading("blank_form", BLANK)
    if any(_has_our_labels(draft) for _, draft in drafts):
        return Reading("not_a_form", ANOTHER_FORM)
    if _is_partly_ours(rows, [draft for _, draft in drafts], wording):
        return Reading("not_a_form", PARTLY_OURS, is_partly_ours=True)
    return Reading("not_a_form", NOT_A_FORM)


def _with_rest(
    filled: tuple[ReferralForm, ...], drafts: Sequence[Draft], ours: Sequence[Draft], rules: FormRules, wording: Wording
) -> Reading:
    """Read also what was cut off and has too few labels: behind a form, the name of another child makes one of it.

    Any other answers there may be a child's too, or the rest of a summary: a person is told. What stands before the
    first form is a letter as a rule, and is told of only where it answers as much as a form does.
    """
    names = {_plain(form.child.name) for form in filled}
    begun = False
    siblings: list[ReferralForm] = []
    is_partial = False
    for draft in drafts:
        if any(draft is one for one in ours):
            begun = begun or not draft.is_blank
        elif not draft.is_blank:
            form = complete(draft, rules, wording)
            name = _plain(form.child.name)
            if begun and name and name not in names:
                names.add(name)
                siblings.append(form)
            else:
                is_other = bool(name) and name not in names
                is_partial = is_partial or begun or is_other or len(draft.answers) >= _ENOUGH_ANSWERS
    return Reading("ok", BESIDE if is_partial else "", (*filled, *siblings), is_partial=is_partial)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _is_partly_ours(rows: Sequence[Row], drafts: Sequence[Draft], wording: Wording) -> bool:
    """Whether somebody may have written it as our form, and left out most of it: it must not pass for a letter."""
    seen = {path for draft in drafts for path in draft.seen & _COUNTED}
    is_asked = any(path.startswith("criteria.") for path in seen)
    return len(seen) >= _ENOUGH_OF_OURS and (is_asked or any(wording.is_title(row.alone) for row in rows))


def _is_endless(rows: Sequence[Row]) -> bool:
    """Whether no person filled this in: every step from here on looks at all cells, some at them in pairs."""
    widths = [len(row.cells) for row in rows]
    return len(rows) > MOST_ROWS or max(widths, default=0) > MOST_CELLS_OF_ROW or sum(widths) > MOST_CELLS


def read_forms(page: Page, rules: FormRules) -> tuple[ReferralForm, ...]:
    """Read every filled form on a page."""
    return read_page(page, rules).forms


def read_draft(sections: Sequence[Section], wording: Wording) -> Draft:
    """Gather all answers of what may be a form, section after section."""
    draft = Draft()
    for section in sections:
        match section.name:
            case "end":
                continue
            case "summary":
                _read_summary(section.rows, wording, draft)
            case "criteria":
                read_criteria(section.rows, wording, draft)
            case "family" | "other_agencies" | "other_processes" as name:
                read_list(name, section.rows, wording, draft)
            case name:
                read_scalars(section.rows, None if name == "title" else name, wording, draft)
                read_criteria(section.rows, wording, draft)
    conclude_boxes(draft)
    return draft


def _read_summary(rows: Sequence[Row], wording: Wording, draft: Draft) -> None:
    """Take everything under the heading as the answer, but for what is printed there."""
    draft.seen.add("summary")
    for row in rows:
        for cell, text in zip(row.cells, row.texts, strict=True):
            if text and not cell.is_continued and not _is_printed(text, wording):
                draft.summary.extend(line for line in wording.answer(text).split("\n") if line)


def _is_printed(text: str, wording: Wording) -> bool:
    """Whether it is guidance, or the heading once more: "5. Summary of events", where an answer has no number."""
    return bool(wording.sentence(text) or (wording.heading(text) == "summary" and without_number(text) != text.strip()))


def _has_our_labels(draft: Draft) -> bool:
    return 2 * len(draft.seen & _COUNTED) >= len(_COUNTED)


def _is_ours(sections: Sequence[Section], draft: Draft) -> bool:
    """Whether it asks for a review: by its title, or by the criteria in it.

    A general safeguarding referral has many of our labels, and asks nothing about whether a child died or why.
    """
    if any(section.name == "title" for section in sections):
        return True
    asked = [path for path in draft.seen if path.startswith("criteria.")]
    return len(asked) >= _ENOUGH_CRITERIA
