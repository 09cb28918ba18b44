"""What is due across cases, and the next reminder of it: for the command and for the board."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cspr_bot.bootstrap.office import Office
from cspr_bot.procedure.case import Case, Task
from cspr_bot.procedure.definition import Timer
from cspr_bot.procedure.reminders import Rung, ladder_of, next_rung


@dataclass(frozen=True, slots=True)
class OpenDuty:
    """An open duty of a case, and the next rung that will be sent of it, if any is left."""

    case: str
    task: Task
    timer: Timer
    state: Case
    rung: Rung | None


def open_duties(office: Office, until: datetime | None) -> Iterator[OpenDuty]:
    """Give every duty that is due by a moment, or all, soonest first; a held mail's are `held:ID`'s."""
    calendar = office.home.calendar
    cases: dict[str, Case] = {}
    for row in office.store.reports.due_rows(until):
        if row.case not in cases:
            cases[row.case] = office.store.progression.load_case(row.case).case
        procedure = office.rules_of(cases[row.case]).procedure
        timer, task = procedure.timers.get(row.timer), cases[row.case].task(row.task)
        if timer is not None and task is not None:
            rung = next_rung(task, ladder_of(timer, task, procedure, calendar), calendar)
            yield OpenDuty(row.case, task, timer, cases[row.case], rung)
