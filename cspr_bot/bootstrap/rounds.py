"""What the last rounds of the daemon came to, in a file beside the database: the daemon notes it, the board asks.

The database would not do: that it does not answer is one of the things to be told of.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FILE = "last-round.json"


@dataclass(frozen=True, slots=True)
class LastRounds:
    """When a round was good last, and since when they fail, with the reason of the last one that did."""

    good_at: datetime | None = None
    failing_since: datetime | None = None
    why: str = ""


def note_round(folder: Path, at: datetime, why: str = "") -> None:
    """Note how a round ended, by the machine's clock; `why` is "" for a good one. A disk that is full keeps it out."""
    before = last_rounds(folder)
    good_at = at if not why else before.good_at
    since = (before.failing_since or at) if why else None
    content = {
        "good_at": good_at and good_at.isoformat(),
        "failing_since": since and since.isoformat(),
        "why": why,
    }
    path = folder / "var" / FILE
    unfinished = path.with_name(f"{FILE}.new")
    with suppress(OSError):
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        unfinished.chmod(0o600)
        unfinished.replace(path)


def last_rounds(folder: Path) -> LastRounds:
    """Read what was noted last; nothing where there is nothing, or it cannot be read."""
    try:
        content = json.loads((folder / "var" / FILE).read_text(encoding="utf-8"))
        return LastRounds(_moment(content["good_at"]), _moment(content["failing_since"]), str(content["why"]))
    except (OSError, ValueError, KeyError, TypeError):
        return LastRounds()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
