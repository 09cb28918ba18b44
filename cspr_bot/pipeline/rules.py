"""The rules that every station works by: one procedure, one calendar, one contact list, read together."""

from dataclasses import dataclass

from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.definition import Procedure
from cspr_bot.referral.rules import FormRules


@dataclass(frozen=True, slots=True)
class Rules:
    """What an administrator's files say, as one value: it is replaced whole, and never in part."""

    procedure: Procedure
    calendar: WorkingCalendar
    book: ContactBook
    form: FormRules
    by_hand: bool = False
