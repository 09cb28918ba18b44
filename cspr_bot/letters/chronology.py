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
    mails: Sequence[tuple[str, str, str, str, str]]
    received: Sequence[tuple[str, str, str, str]]


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
    paper.table(("When", "What", "Who", "Details"), (4, 8, 5, 8.5), told.events)
    paper.heading("Deadlines, and whether they were kept")
    paper.table(("Duty", "Whose", "Due", "How it ended", "Clause"), (8, 5, 4, 4.5, 4), told.deadlines)
    if told.recommendations:
        paper.heading("Recommendations, and how they stand")
        head = ("What", "Whose", "By", "State", "How it stands")
        paper.table(head, (9, 5, 3.5, 2, 6), told.recommendations)
    paper.heading("Mails that were sent")
    paper.table(("When", "About", "To", "Level", "State"), (4, 9, 7.5, 2, 3), told.mails)
    paper.heading("Mails that were received")
    paper.table(("When", "Mail", "From", "What became of it"), (4, 3, 7.5, 11), told.received)
    return paper.content()
