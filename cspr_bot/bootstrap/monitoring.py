"""Joins the monitor to an office: what it tells is read from the store when it is asked, and from the rounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cspr_bot.bootstrap.office import Office
from cspr_bot.monitor import Monitor, Pulse
from cspr_bot.pipeline.ports import Clock

if TYPE_CHECKING:
    from cspr_bot.store.reports import Reports

PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """`Figures` over the store."""

    reports: "Reports"

    def queues(self) -> Mapping[str, Mapping[str, int]]:
        """Give queue → state → number of rows."""
        counts = self.reports.counts()
        return {"inbox": counts.inbox, "events": counts.events, "outbox": counts.outbox}

    def duties(self) -> Mapping[str, int]:
        """Give how many duties are open, and how many of those are late."""
        due = self.reports.due_rows()
        return {"open": len(due), "late": sum(row.is_overdue for row in due)}


def start_monitor(office: Office, pulse: Pulse, machine: Clock) -> Monitor | None:
    """Let the daemon be asked how it is, where bot.toml says at which address; None where it does not, or cannot be."""
    settings = office.home.settings
    if not settings.metrics.listen:
        return None
    patience = PATIENCE + timedelta(seconds=settings.mailbox.poll_seconds)
    monitor = Monitor(pulse, StoreFigures(office.store.reports), machine.now, patience, settings.installation)
    return monitor if monitor.start(settings.metrics.listen) else None
