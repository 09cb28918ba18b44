"""A case as a chronology: every event, deadline and mail, with who did what, for the Panel or an inspection."""

from collections.abc import Sequence
from dataclasses import dataclass

from cspr_bot.letters.paper import Paper


@dataclass(frozen=True, slots=True)
class Chronology:
    """What a chronology says, row by row, in words."""

    reference: str
    partnership: str
    marking: str
    procedure: str
    written_at: str
    facts: Sequence[tuple[str, str]]
    events: Sequence[tuple[str, str, str, str]]
    deadlines: Sequence[tuple[str, str, str, str, str]]
    recommendations: Sequence[tuple[str, str, str, str, str]]
    mails: Sequence[tuple[str, str, str, str, str, str]]
    received: Sequence[tuple[str, str, str, str]]
    files: Sequence[tuple[str, str, str]] = ()


LEVELS = (
    "Level says who was reminded: L0 those of whom it was asked; L1 their deputies and the co-ordinator too; L2 the "
    "Sub-Group's chair and whom they escalate to as well; L3 also the Service Leader and the Assistant Director, and "
    "the Executive where it is a duty in law."
)


def chronology_file(told: Chronology) -> bytes:
    """Write the Word file."""
    paper = Paper(f"Chronology of the case {told.reference}", told.marking, is_wide=True)
    paper.paragraph(
        f"{told.partnership}. {told.procedure}. Written at {told.written_at} from the program's own record."
    )
    paper.paragraph(
        "This is a record of the procedure: what happened, when it was known, who recorded it, what was due and which "
        "mails went. It holds personal data, and belongs to those only who may see the case."
    )
    paper.table(("The case", ""), (6, 19.5), told.facts)
    paper.heading("What happened, and who recorded it")
    paper.table(("When", "What", "Who", "Details"), (4.1, 7, 6.7, 7.7), told.events)
    paper.heading("Deadlines, and whether they were kept")
    paper.table(("Duty", "Whose", "Due", "How it ended", "Clause"), (7, 4.8, 4.1, 5.6, 4), told.deadlines)
    if told.recommendations:
        paper.heading("Recommendations, and how they stand")
        head = ("What", "Whose", "By", "State", "How it stands")
        paper.table(head, (9, 5, 3.5, 2, 6), told.recommendations)
    paper.heading("Mails that were sent")
    paper.paragraph(LEVELS)
    columns = ("When", "About", "To whom", "Address", "Level", "State")
    paper.table(columns, (4.1, 7.9, 4.3, 5.8, 1.3, 2.1), told.mails)
    paper.heading("Mails that were received")
    paper.table(("When", "Mail", "From", "What became of it"), (4.1, 3.2, 7.4, 10.8), told.received)
    if told.files:
        paper.heading("Files that are kept with the case")
        paper.table(("In this pack", "Its name as it came", "Came with mail"), (9, 12.5, 4), told.files)
    return paper.content()
