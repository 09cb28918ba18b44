"""What an event has moved: the duties that were open before it and are due on another day now."""

from cspr_bot.procedure.case import Case, Moved


def moved(before: Case, after: Case) -> tuple[Moved, ...]:
    """Tell which duties an event has moved to another day, in the order in which they were opened.

    A duty that the event opens, does or cancels has not moved.
    """
    return tuple(
        Moved(task.timer, task.roles, task.agency, task.key, old.due_on, task.due_on)
        for task in after.open_tasks
        if (old := before.task(task.id)) is not None and old.is_open and old.due_on != task.due_on
    )
