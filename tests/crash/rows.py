"""The crash matrix: each row a place between two lines, and the points at which a process is killed there."""

from dataclasses import dataclass

from tests.crash.bench import Point

KEEP, REGISTER, COMMIT = "INSERT INTO inbox", "UPDATE inbox", "UPDATE cases SET version"


@dataclass(frozen=True)
class Row:
    """One row: its number in the matrix, the two things between which the process dies, and where that is.

    A point is (when, name); each is tried at its first coming, and at others by the long run.
    """

    number: str
    between: str
    points: tuple[tuple[str, str], ...]


ROWS = (
    Row("C1", "list of messages, download", (("after", "list_new"), ("before", "download"))),
    Row("C2", "download, its bytes kept", (("after", "download"), ("before", "keep_mail"))),
    Row("C3", "bytes, inbox row: one transaction", (("statement", "INSERT INTO originals"), ("statement", KEEP))),
    Row("C4", "bytes kept, registered", (("after", "keep_mail"), ("before", "claim_mail"))),
    Row("C5", "inbox row, parse", (("before", "read"), ("after", "read"))),
    Row(
        "C6", "parse, case and outbox", (("before", "register"), ("statement", "INSERT INTO cases"), ("after", "write"))
    ),
    Row("C7", "registered, moved in the mailbox", (("before", "file"), ("after", "file"), ("before", "mark_moved"))),
    Row("C8", "outbox claim, draft", (("after", "claim_outgoing"), ("before", "prepare"))),
    Row(
        "C9", "draft, draft noted", (("after", "prepare"), ("statement", "INSERT INTO drafts"), ("after", "note_draft"))
    ),
    Row("C10", "send accepted, noted as sent", (("after", "send"), ("before", "mark_sent"))),
    Row("C12", "answer taken, task closed", (("statement", "UPDATE codes"), ("statement", "INSERT INTO events"))),
    Row("C13", "audit row, state change", (("statement", "INSERT INTO audit"), ("statement", "UPDATE audit_head"))),
)


def points_of(row: Row, numbers: tuple[int, ...]) -> list[Point]:
    """Give the points of a row, each at these comings of it."""
    return [Point(when, name, number) for when, name in row.points for number in numbers]
