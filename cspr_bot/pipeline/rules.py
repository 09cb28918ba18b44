"""The rules that every station works by: a procedure, a calendar, a contact list, read together."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.definition import Procedure
from cspr_bot.referral.rules import FormRules


class Shelf(Protocol):
    """Every version of the procedure that a case may go by: those of the files, and those kept with their cases."""

    def in_force(self, on: date) -> str:
        """Give the key of the version by which a referral goes that reached us on a day."""
        ...

    def procedure(self, key: str) -> Procedure:
        """Give a version; `PermanentFailure` where it is not to be found or cannot be read any more."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What an administrator's files say, as one value: it is replaced whole, and never in part.

    `procedure` is the one in force when the files were read. What is about one case goes by that case's own: `under`.
    """

    procedure: Procedure
    calendar: WorkingCalendar
    book: ContactBook
    form: FormRules
    by_hand: bool = False
    shelf: Shelf | None = None

    def version_on(self, day: date) -> str:
        """Give the key of the version in force on a day; "" where there is only the one."""
        return "" if self.shelf is None else self.shelf.in_force(day)

    def under(self, version: str) -> "Rules":
        """Give the rules of a case by the key of its version. One without a key goes by what is in force now."""
        if not version or self.shelf is None:
            return self
        return replace(self, procedure=self.shelf.procedure(version))

    def showing(self, version: str) -> "Rules":
        """Give the rules of a case for looking at it: those in force now where its own cannot be had."""
        try:
            return self.under(version)
        except PermanentFailure:
            return self
