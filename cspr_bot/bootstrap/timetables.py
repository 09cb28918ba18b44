"""A rehearsal as files: its deadlines for a calendar, and the whole timetable as a picture."""

from cspr_bot.config import Home
from cspr_bot.letters.case_timeline import course_timeline
from cspr_bot.letters.timeline import drawn
from cspr_bot.letters.vector import as_svg
from cspr_bot.mail.calendar import Deadline, calendar_file
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.rehearsal import Rehearsal

WIDE = 1400


def rehearsed_calendar(rehearsal: Rehearsal, home: Home) -> bytes:
    """Write every deadline of an imagined case; the same rehearsal a second time replaces the entries of the first."""
    mailbox = home.book.partnership.mailbox
    domain = mailbox.rpartition("@")[2]
    written_at = min(task.opened_at for task in rehearsal.case.tasks)
    timers = home.procedure.timers
    return calendar_file(
        [
            Deadline(
                uid=f"rehearsal-{task.id}@{domain}",
                title=f"Rehearsal: {timers[task.timer].title}{f' ({task.agency})' if task.agency else ''}",
                on=task.due_on,
                note=f"{task.timer}, {timers[task.timer].cite}. {timers[task.timer].guidance}",
                sequence=0,
                written_at=written_at,
                organiser=mailbox,
            )
            for task in sorted(rehearsal.case.tasks, key=lambda item: (item.due_on, item.id))
        ]
    )


def rehearsed_picture(rehearsal: Rehearsal, home: Home) -> bytes:
    """Draw every duty of an imagined case on an axis of working days."""
    rules = Rules(home.procedure, home.calendar, home.book, home.form_rules)
    title = f"{home.procedure.title}: the timetable of one imagined case"
    return as_svg(drawn(course_timeline(rehearsal.case, rules, title), home.calendar, WIDE))
