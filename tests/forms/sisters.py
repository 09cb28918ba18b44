"""Forms of other partnerships that ask for the same, and forms that ask for something else."""

from collections.abc import Iterator

from tests.forms.answers import ETHNIC, PLAN, Answers
from tests.forms.blank import option
from tests.forms.children import CHILDREN
from tests.forms.paper import Block, Cell, Grid, Para, Row, Words, cell, grid, heading, words


def SISTERS() -> Iterator[tuple[str, str, Answers, tuple[Block, ...]]]:  # noqa: N802
    """Give (kind, name, what is written, the form) of sister forms."""
    for number in (0, 2, 5, 12):
        base = CHILDREN[number].but(deceased=None, harmed=None, abuse=None, concern=None)
        yield "sister: consideration of case", base.name, _prose(base), _consideration(_prose(base))
        yield "sister: tables of a header row", base.name, _prose(base), _header_rows(_prose(base))


def _prose(base: Answers) -> Answers:
    """Ethnic origin is a word on these forms: one of ours where it is one of ours."""
    code = base.ethnic[0]
    return base.but(ethnic=("A1",) if code == "E1" else (code,), specify="")


def _consideration(a: Answers) -> tuple[Block, ...]:
    return (
        heading("CONSIDERATION OF CASE FOR SCR"),
        heading("1. Referrer"),
        grid(
            ("Name of referrer", a.referrer),
            ("Designation", a.role),
            ("Agency", a.agency),
            ("Telephone number", a.tel),
            ("Email address", a.email),
            ("Date of referral", a.submitted.raw),
        ),
        heading("2. Child and Family"),
        grid(
            ("Name Of Child", a.name),
            ("Date of Birth", a.dob.raw),
            ("Date of critical incident", a.incident.raw),
            ("Home Address", a.address),
            ("Ethnic origin", ETHNIC[a.ethnic[0]]),
            ("Religion", a.faith),
            ("Disability", a.disability),
            ("Is/was subject to Child Protection Plan", PLAN[a.plan or "no"]),
            ("Whereabouts at time of critical incident", a.location),
            ("Carer at time of critical incident", a.carer),
        ),
        heading("3. Family composition/Significant Others"),
        grid(
            ("Name", "Relationship to child", "DOB", "Address", "Legal Status", "Ethnic Origin"),
            *((row.name, row.relationship, row.dob.raw, row.address, "", row.ethnic) for row in a.family),
        ),
        heading("4. Other agencies involved"),
        grid(("Name", "Agency", "Contact Details", "Are they still involved?"), *a.agencies),
        heading("5. Circumstances"),
        *(words(line) for line in a.summary.split("\n")),
        heading("6. Parallel processes"),
        grid(("Process", "Current status"), *a.processes),
        heading("For office use only"),
        grid(("Date received", "01/06/2026"), ("Decision", "")),
    )


def _header_rows(a: Answers) -> tuple[Block, ...]:
    return (
        heading("Referral for a Serious Case Review"),
        heading("Referrer"),
        grid(
            ("NAME", "ROLE", "AGENCY"),
            (a.referrer, a.role, a.agency),
            ("TELEPHONE", "EMAIL", "DATE OF REFERRAL"),
            (a.tel, a.email, a.submitted.raw),
        ),
        heading("Details of the child"),
        grid(
            ("Child's name", "DoB", "Date of incident"),
            (a.name, a.dob.raw, a.incident.raw),
            ("Home address", "Primary carer", "Location of incident"),
            (a.address, a.carer, a.location),
            ("Ethnicity", "Religion", "Disability"),
            (ETHNIC[a.ethnic[0]], a.faith, a.disability),
        ),
        grid(("CP plan", PLAN[a.plan or "no"])),
        heading("Significant others"),
        grid(
            ("Full name", "Relationship", "D.O.B.", "Address", "Ethnicity"),
            *(row.cells for row in a.family),
        ),
        heading("Reason for referral"),
        *(words(line) for line in a.summary.split("\n")),
        heading("Agencies involved"),
        grid(("Professional", "Organisation", "Contact", "Still involved?"), *a.agencies),
        heading("Other proceedings"),
        grid(("Process", "Status"), *a.processes),
    )


def other_forms() -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Give forms that are none of ours, filled in."""
    for number in (1, 4):
        a = CHILDREN[number]
        yield f"safeguarding referral {number}", _safeguarding(a)
        yield f"early help request {number}", _early_help(a)


def _safeguarding(a: Answers) -> tuple[Block, ...]:
    boxes = Cell(tuple(Para(option(name, "box", is_chosen=code in a.ethnic)) for code, name in ETHNIC.items()))
    return (
        heading("Multi-Agency Safeguarding Hub: Referral form"),
        heading("Details of referrer"),
        grid(
            ("Name", a.referrer, "Role", a.role),
            ("Agency", a.agency, "Telephone", a.tel),
            ("Email", a.email, "Date of referral", a.submitted.raw),
        ),
        heading("Details of child"),
        grid(
            ("Name of child", a.name, "Date of birth", a.dob.raw),
            ("Home address", a.address, "Religion", a.faith),
            ("Disability", a.disability, "School", "Wexcombe"),
        ),
        Grid((Row((cell("Ethnicity"), boxes)),)),
        Grid((Row((cell("Is the child subject to a child protection plan"), Cell((Para((Words("Yes / No"),)),)))),)),
        heading("Family composition"),
        grid(("Name", "Relationship to child", "DOB", "Address", "Ethnicity"), *(row.cells for row in a.family)),
        heading("Reason for referral"),
        *(words(line) for line in a.summary.split("\n")),
        heading("Agencies involved"),
        grid(("Name", "Agency", "Contact details"), *(row[:3] for row in a.agencies)),
        words("Has the parent given consent to this referral? Yes"),
        heading("Signed"),
    )


def _early_help(a: Answers) -> tuple[Block, ...]:
    return (
        heading("Request for Early Help"),
        grid(
            ("Your name", a.referrer),
            ("Organisation", a.agency),
            ("Phone number", a.tel),
            ("Email", a.email),
            ("Job title", a.role),
        ),
        grid(
            ("Child's name", a.name),
            ("Date of birth", a.dob.raw),
            ("Address", a.address),
            ("Ethnicity", "White British"),
            ("Main carer", a.carer),
        ),
        heading("What are you worried about?"),
        *(words(line) for line in a.summary.split("\n")),
        heading("What is going well?"),
        words("The family is engaged."),
    )
