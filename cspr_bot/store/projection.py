"""A case's tasks told again in the clear, and what follows from a task that closed or opened again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from cspr_bot.procedure.case import Case, Task
from cspr_bot.store.database import Transaction
from cspr_bot.store.tables import codes, outbox, tasks

_TOLD = select(tasks).where(tasks.c.reference == bindparam("of_reference"))
_tell = insert_once(tasks)
_TELL = _tell.on_conflict_do_update(
    index_elements=[tasks.c.reference, tasks.c.id],
    set_={column.name: _tell.excluded[column.name] for column in tasks.c if not column.primary_key},
)
_FORGET = delete(tasks).where(tasks.c.reference == bindparam("of_reference"), tasks.c.id == bindparam("of_task"))

_SPEND = update(codes).where(
    codes.c.reference == bindparam("of_reference"), codes.c.task == bindparam("of_task"), codes.c.spent_at.is_(None)
)
_GIVE_BACK = (
    update(codes)
    .where(codes.c.reference == bindparam("of_reference"), codes.c.task == bindparam("of_task"))
    .values(spent_at=None)
)
_CANCEL = (
    update(outbox)
    .where(
        outbox.c.reference == bindparam("of_reference"),
        outbox.c.task == bindparam("of_task"),
        outbox.c.rung > 0,
        outbox.c.status == "waiting",
    )
    .returning(outbox.c.id, outbox.c.notice)
)


def tell_tasks(tx: Transaction, case: Case, at: datetime) -> None:
    """Bring the projection up to the case, writing only what differs, and let go what a closed task held.

    A task that closed spends its codes, and its reminders that have not left are taken back; a request that waits
    still goes, for it may tell its reader more than the duty. A task that a withdrawal opened again, or took away,
    is treated likewise: its codes come back to life, or are spent.
    """
    told: Mapping[str, Row[Any]] = {row.id: row for row in tx.rows(_TOLD, {"of_reference": case.reference})}
    changed = [row for row in (_row(case, task) for task in case.tasks) if not _is_told(row, told)]
    if changed:
        tx.run(_TELL, changed)
    for row in changed:
        before = told.get(row["id"])
        if before is None or before.status != row["status"]:
            _follow(tx, case, row["id"], row["status"], at, is_new=before is None)
    now_known = {task.id for task in case.tasks}
    for gone in (task_id for task_id in told if task_id not in now_known):
        tx.run(_FORGET, {"of_reference": case.reference, "of_task": gone})
        _follow(tx, case, gone, "withdrawn", at)


def _row(case: Case, task: Task) -> dict[str, Any]:
    """Tell a task, in the order of the table's columns."""
    return {
        "reference": case.reference,
        "id": task.id,
        "timer": task.timer,
        "agency": task.agency,
        "roles": list(task.roles),
        "due_at": task.due_at,
        "status": task.status,
        "rung": task.rung,
        "is_overdue": task.is_overdue,
    }


def _is_told(row: Mapping[str, Any], told: Mapping[str, Row[Any]]) -> bool:
    before = told.get(row["id"])
    return before is not None and tuple(before) == tuple(row.values())


def _follow(tx: Transaction, case: Case, task: str, status: str, at: datetime, *, is_new: bool = False) -> None:
    of_task = {"of_reference": case.reference, "of_task": task}
    tx.note(at, "rules", f"task_{status}", case.reference, task=task)
    if status == "open":
        if not is_new:
            tx.run(_GIVE_BACK, of_task)
        return
    tx.run(_SPEND, {**of_task, "spent_at": at})
    for mail in tx.rows(_CANCEL, {**of_task, "status": "cancelled", "settled_at": at}):
        tx.note(at, "rules", "mail_cancelled", case.reference, outbox=mail.id, notice=mail.notice)
