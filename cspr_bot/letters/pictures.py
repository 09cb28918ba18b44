"""Pictures for mails: the timeline of a case as PNG, and what it shows in words."""

from dataclasses import dataclass
from datetime import datetime

from cspr_bot.letters.case_timeline import timeline_of
from cspr_bot.letters.raster import as_png
from cspr_bot.letters.timeline import drawn
from cspr_bot.pipeline.ports import Picture
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case


@dataclass(frozen=True, slots=True)
class TimelinePainter:
    """Draws the timelines of one partnership's cases."""

    rules: Rules

    def picture(self, case: Case, name: str, now: datetime) -> Picture:
        """Draw what is open on a case: its deadlines on an axis of working days."""
        drawing = drawn(timeline_of(case, self.rules.showing(case.procedure), now), self.rules.calendar)
        return Picture(name, as_png(drawing), drawing.in_words)
