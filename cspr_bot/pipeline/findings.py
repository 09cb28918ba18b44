"""What an examination of the live parts found: one line each, with what to do about it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "doubtful", "bad", "noted"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `mend` says what to do; a `noted` one is an answer to keep, and needs nothing."""

    what: str
    verdict: Verdict
    told: str
    mend: str = ""
