"""Fills our blank Word form as a practitioner would, so that the demonstration can send real referrals of any date."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy

from lxml import etree

from cspr_bot.referral.form import Child, Criteria, ReferralForm

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WORD_2010 = "http://schemas.microsoft.com/office/word/2010/wordml"
_MAIN = "word/document.xml"
_TICKED = "\N{BALLOT BOX WITH X}"

_ETHNIC_ORDER = ("A1", "A2", "A3", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "C4", "C5", "D1", "D2", "D3", "F1")
_PLAN_ORDER = ("yes", "no", "has_been", "not_known")
# The boxes of each question, in the order in which they stand on the form.
_CRITERIA_ORDER: Mapping[str, tuple[str, ...]] = {
    "deceased": ("yes", "no"),
    "seriously_harmed": ("yes", "no"),
    "abuse_or_neglect": ("known", "suspected", "no"),
    "agency_working_concern": ("yes", "no"),
}
_QUESTIONS = {
    "deceased": "Is the child deceased?",
    "seriously_harmed": "Is the child seriously harmed",
    "abuse_or_neglect": "Is abuse or neglect known",
    "agency_working_concern": "Is there a cause for concern",
}


def filled_form(blank: bytes, form: ReferralForm) -> bytes:
    """Fill the blank form and give a new Word file; what is empty in `form` stays blank on paper.

    `blank` is our own blank form: its labels are found by their words, and a lack of one is a bug.
    """
    source = zipfile.ZipFile(io.BytesIO(blank))
    root = etree.fromstring(source.read(_MAIN))
    _fill(root, form)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            content = source.read(entry) if entry.filename != _MAIN else _serialised(root)
            archive.writestr(zipfile.ZipInfo(entry.filename, entry.date_time), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _serialised(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _fill(root: etree._Element, form: ReferralForm) -> None:
    for label, text in _answers(form).items():
        _write(_beside(root, label), text)
    _tick_ethnic_origin(root, form.child)
    plan = form.child.child_protection_plan
    _tick(_beside(root, "Child protection plan:"), _PLAN_ORDER, _ticked(plan, _PLAN_ORDER))
    _tick_criteria(root, form.criteria)
    _add_rows(
        root,
        "Relationship to child",
        ((row.name, row.relationship, row.dob.raw, row.address, row.ethnic_origin) for row in form.family),
    )
    _add_rows(
        root,
        "Contact details",
        ((row.name, row.agency, row.contact, row.still_involved) for row in form.other_agencies),
    )
    _add_rows(root, "Current status", ((row.process, row.status) for row in form.other_processes))
    _write_summary(root, form.summary)


def _answers(form: ReferralForm) -> Mapping[str, str]:
    referrer, child = form.referrer, form.child
    return {
        "Name:": referrer.name,
        "Email:": referrer.email,
        "Role:": referrer.role,
        "Tel:": referrer.tel,
        "Agency:": referrer.agency,
        "Date submitted:": referrer.date_submitted.raw,
        "Name of child:": child.name,
        "Date of birth:": child.dob.raw,
        "Home address:": child.home_address,
        "Date of death or critical incident:": child.date_of_death_or_incident.raw,
        "Carer:": child.carer,
        "Location of incident:": child.location_of_incident,
        "Faith:": child.faith,
        "Disability:": child.disability,
    }


def _tick_ethnic_origin(root: etree._Element, child: Child) -> None:
    """Tick the boxes of the grid; group E has none, and is chosen by what is typed there."""
    origin = child.ethnic_origin
    grid = _table_of(_cell(root, "Ethnic origin:"))
    codes = origin.codes or ((origin.code,) if origin.code else ())
    _tick(grid, _ETHNIC_ORDER, codes)
    if origin.specify:
        paragraph = next(_all(_cell(root, "Please specify"), "p"))
        paragraph.append(_run(": " + origin.specify))


def _tick_criteria(root: etree._Element, criteria: Criteria) -> None:
    for name, order in _CRITERIA_ORDER.items():
        row = next(item for item in _cell(root, _QUESTIONS[name]).iterancestors() if item.tag == _old("tr"))
        _tick(row, order, _ticked(getattr(criteria, name), order))


def _ticked(answer: str | None, order: Sequence[str]) -> Sequence[str]:
    """A contradiction is ticked as people make it: two boxes at once."""
    return order[:2] if answer == "conflict" else (answer,) if answer else ()


def _tick(place: etree._Element, order: Sequence[str], chosen: Iterable[str]) -> None:
    """Tick boxes by their order within a part of the form."""
    boxes = [control for control in _all(place, "sdt") if next(control.iter(_new("checkbox")), None) is not None]
    wanted = set(chosen)
    for box, name in zip(boxes, order, strict=True):
        if name in wanted:
            next(box.iter(_new("checked"))).set(_new("val"), "1")
            next(_all(box, "t")).text = _TICKED


def _add_rows(root: etree._Element, heading: str, rows: Iterable[Sequence[str]]) -> None:
    """Put rows in place of the blank ones. Without any, the blank ones stay as they are."""
    table = _table_of(_cell(root, heading))
    blank = list(_all(table, "tr"))[1:]
    written = list(rows)
    for texts in written:
        row = deepcopy(blank[0])
        for cell, text in zip(_all(row, "tc"), texts, strict=True):
            _write(cell, text)
        table.append(row)
    for row in blank if written else ():
        table.remove(row)


def _write_summary(root: etree._Element, summary: str) -> None:
    """Write the summary into the one box that follows its heading, a paragraph for each line."""
    heading = next(paragraph for paragraph in _all(root, "p") if _text(paragraph) == "5. Summary of events")
    table = next(item for item in heading.itersiblings() if item.tag == _old("tbl"))
    cell = next(_all(table, "tc"))
    for number, line in enumerate(summary.split("\n") if summary else ()):
        if number:
            cell.append(etree.Element(_old("p")))
        list(_all(cell, "p"))[-1].append(_run(line))


def _write(cell: etree._Element, text: str) -> None:
    """Put a text in place of all that is in a cell; line feeds become soft breaks."""
    paragraphs = list(_all(cell, "p"))
    for paragraph in paragraphs:
        for run in list(paragraph.iterchildren(_old("r"))):
            paragraph.remove(run)
    if text:
        paragraphs[0].append(_run(text))


def _run(text: str) -> etree._Element:
    run = etree.Element(_old("r"))
    for number, line in enumerate(text.split("\n")):
        if number:
            etree.SubElement(run, _old("br"))
        words = etree.SubElement(run, _old("t"))
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        words.text = line
    return run


def _beside(root: etree._Element, label: str) -> etree._Element:
    """Give the cell to the right of a label."""
    return next(item for item in _cell(root, label).itersiblings() if item.tag == _old("tc"))


def _cell(root: etree._Element, label: str) -> etree._Element:
    """Give the first cell that holds a label, or begins with it where it is long."""
    return next(
        cell for cell in _all(root, "tc") if _text(cell) == label or (len(label) > 20 and _text(cell).startswith(label))
    )


def _table_of(cell: etree._Element) -> etree._Element:
    return next(item for item in cell.iterancestors() if item.tag == _old("tbl"))


def _text(element: etree._Element) -> str:
    return "".join(part.text or "" for part in _all(element, "t")).strip()


def _all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return element.iter(_old(name))


def _old(name: str) -> str:
    return f"{{{_WORD}}}{name}"


def _new(name: str) -> str:
    return f"{{{_WORD_2010}}}{name}"
