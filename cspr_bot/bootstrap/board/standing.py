"""How a duty stands, in the words and the colours of the mails' pictures."""

from datetime import datetime

from cspr_bot.board.values import Standing
from cspr_bot.letters.case_timeline import state_of
from cspr_bot.letters.timeline import short
from cspr_bot.pipeline.digest import time_left
from cspr_bot.pipeline.letters import NIL_RETURN, agency_name, role_titles
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case, Task

NOTHING_DUE = Standing("none")


def standing_of(task: Task, case: Case, rules: Rules, now: datetime) -> Standing:
    """Say how a duty stands now: late, due soon, in time, paused, done or cancelled."""
    if task.is_open and task.paused_on is not None:
        return Standing("paused", f"since {short(task.paused_on)}")
    state = state_of(task, rules, now)
    if task.is_open:
        return Standing(state, time_left(task, rules, now))
    ended = short(rules.calendar.day_of(task.closed_at)) if task.closed_at else ""
    closing = next((event.name for event in case.history if event.number == task.closed_by), "")
    return Standing(state, f"not involved, {ended}" if closing == NIL_RETURN else ended)


def first_due(case: Case) -> Task | None:
    """Give the open duty of a case that is due first; one that is paused waits behind the others."""
    return min(case.open_tasks, key=lambda task: (task.paused_on is not None, task.due_at, task.id), default=None)


def whose(task: Task, rules: Rules, now: datetime) -> str:
    """Say whose a duty is: the agency by its name, everybody else by their role."""
    if task.agency:
        return agency_name(task.agency, rules.book, now, rules)
    return begun(", ".join(title.removeprefix("the ") for title in role_titles(task.roles, rules)))


def title_of(task: Task, rules: Rules) -> str:
    """Name a duty, with the number that tells several of one kind apart."""
    timer = rules.procedure.timers.get(task.timer)
    return f"{timer.title if timer else task.timer} {task.key}".strip()


def begun(words: str) -> str:
    """Write words as a sentence begins."""
    return words[:1].upper() + words[1:]
