"""What may go wrong with a mailbox, row by row: every transport comes through each, or says why it has none of it."""

from collections.abc import Iterable

THROTTLED = "throttled, in every shape"
BUSY = "out of order for a while"
UNANSWERED = "sent, and the answer lost"
CUT = "a mail cut on the way"
LOGIN = "token or login lost"
TWICE = "listed twice, or under another id"
HANDS = "a person's hands in between"
GONE = "folder, right or mailbox gone"
FORGOTTEN = "what was remembered is lost"
FULL = "the mailbox is full"
REFUSED = "one recipient refused"
DAYS = "away for three days"
UNTRUSTED = "no TLS, or a proxy's page"
LINE = "the line lost anywhere"

ROWS = (
    THROTTLED, BUSY, UNANSWERED, CUT, LOGIN, TWICE, HANDS, GONE, FORGOTTEN, FULL, REFUSED, DAYS, UNTRUSTED, LINE,
)  # fmt: skip
# What a transport cannot suffer, and why.
NONE = {
    ("ews", FORGOTTEN): "Exchange is listed whole each time: nothing is remembered",
    ("imap", FORGOTTEN): "IMAP is listed whole each time: nothing is remembered",
}


def rows_of(named: dict[str, Iterable[str]], faults: Iterable[str]) -> dict[str, str]:
    """Give the row of every fault; what stands in no row is the line that is lost somewhere."""
    found = dict.fromkeys(faults, LINE)
    for row, names in named.items():
        for name in names:
            assert name in found, f"there is no fault {name!r}"
            found[name] = row
    return found
