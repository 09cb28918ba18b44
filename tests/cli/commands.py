"""What the tests of the commands share: the words for what was typed and said."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[1] / "samples"
FORM = SAMPLES / "sample-1-word.docx"
START = "2026-12-15T09:00"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - it is whatever the command prints
        """Everything on stdout as one JSON document."""
        return json.loads(self.out)

    @property
    def problems(self) -> list[str]:
        """Every line on stderr."""
        return self.err.splitlines()


Type = Callable[..., Said]
