"""The referral form filled in, as a page: a whole one, of which each test changes what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cspr_bot.referral.pages import Block, Cell, Table

BEFORE = (
    "Before submitting the referral please check the criteria in appendix 3 of this form. Once completed, please send"
    " this form to….."
)
GUIDANCE_4 = (
    "Please demonstrate how you believe the criteria for a Rapid Review to be met. The criteria can be found in"
    " Appendix 1."
)
GUIDANCE_5 = (
    "Please provide a summary of the events leading to the death or harm caused to the child, making clear why you"
    " believe that these circumstances meet the criteria for SCR."
)
AGENCIES = "If you are aware of any other agencies involved in the care of this child please list below:"
PROCESSES = (
    "If you aware of any other processes that this case is currently subject to, ie. Coroner’s inquest, Child Death"
    " Overview Panel, criminal proceedings, etc. please list below:"
)
CONCERN = (
    "Is there a cause for concern as to the way in which agencies or other relevant persons have worked together to"
    " safeguard the child?"
)
ABUSE = "Is abuse or neglect known or suspected to be a cause of the death or harm to the child?"
Rows = Sequence[Sequence[str]]


def table(*rows: Sequence[str]) -> Table:
    return Table(tuple(tuple(Cell(text, column) for column, text in enumerate(row)) for row in rows))


@dataclass(frozen=True)
class Filled:
    """The form, part by part; a part is rows of a table, or blocks where it is not."""

    title: str = "APPENDIX 2:  Request for a Child Safeguarding Practice Review"
    referrer: Rows = (
        ("Name: ", "Verity Lockhart", "Email:", "verity@northmoor.example"),
        ("Role:", "Social Worker", "Tel:", "01632 960160"),
        ("Agency:", "North Moor", "Date submitted:", "11/05/2026"),
    )
    child: Rows = (
        ("Name of child: ", "Isaac Fairbourne", "Date of birth: ", "14/03/2023"),
        ("Home address:", "22 Sycamore Road, ZZ99 7CD", "Date of death or critical incident:", "09/05/2026"),
        ("Carer:", "Mother", "Location of incident:", "Home"),
    )
    ethnic: Rows = (
        ("Ethnic origin:",),
        ("(A) White", "(B) Mixed", "(C) Asian or Asian British"),
        ("☒ British\n☐ Irish\n☐ Any other White Background", "☐ Asian and White", "☐ Indian\n☐ Chinese"),
        ("(D) Black  or Black British", "(E) Other Ethnic Groups", "(F) Not Declared"),
        ("☐ Caribbean\n☐ African", "Please specify", "☐ Not Declared"),
    )
    faith: Rows = (("Faith:", "None", "Disability:", "None"),)
    plan: Rows = (("Child protection plan:", "☐ Yes  ☒ No  ☐ Has been  ☐ Not known  "),)
    family: Rows = (
        ("Name", "Relationship to child", "DoB", "Address", "Ethnic origin"),
        ("Natalie Fairbourne", "Mother", "03/07/1998", "22 Sycamore Road", "White British"),
    )
    criteria: Rows = (
        ("Criterion ", "Yes", "no"),
        ("Is the child deceased? ", "☐", "☒"),
        ("Is the child seriously harmed (please describe below)?", "☒", "☐"),
        (ABUSE, "☐ Known\n☒ Suspected", "☐"),
        (CONCERN, "☒", "☐"),
    )
    summary: Sequence[Block] = (Table(((Cell("Isaac was found at home."),),)),)
    agencies: Rows = (
        ("Name", "Agency", "Contact details", "Are they still involved?"),
        ("Dr Prior", "Hospital", "01632 960701", "Yes"),
    )
    processes: Rows = (("Process", "Current status"), ("Police investigation", "Ongoing"))
    front: Sequence[Block] = field(default=())

    def but(self, **parts: object) -> "Filled":
        """Give the form with some parts otherwise."""
        return replace(self, **parts)  # type: ignore[arg-type]

    @property
    def blocks(self) -> tuple[Block, ...]:
        return (
            *self.front,
            self.title,
            BEFORE,
            "1. Referrer",
            table(*self.referrer),
            "2. Details of child or young person",
            table(*self.child),
            table(*self.ethnic),
            table(*self.faith),
            table(*self.plan),
            "3. Composition of family and significant others",
            table(*self.family),
            "4. Rapid Review criteria",
            GUIDANCE_4,
            table(*self.criteria),
            "5. Summary of events",
            GUIDANCE_5,
            *self.summary,
            "6. Other information",
            AGENCIES,
            table(*self.agencies),
            PROCESSES,
            table(*self.processes),
            "Appendix 3 ",
            "Criteria for referring cases to the NSSCP",
            "• Abuse or neglect is known or suspected AND",
        )
