"""The port behind the pages: what the board asks of the program, and the few things that it may do to it."""

from typing import Protocol

from cspr_bot.board.values import (
    CaseLine,
    CasePage,
    CheckedChange,
    ContactChange,
    ContactEntry,
    ContactList,
    Decision,
    DuePage,
    FormPage,
    Frame,
    HealthPage,
    HeldLine,
    HeldPage,
    Refused,
    Released,
    Visitor,
)


class Desk(Protocol):
    """Everything that a page shows or does. Every call may raise `TemporaryFailure` or `PermanentFailure`.

    What shows a person's data takes the visitor, and says so to the audit log before it gives it. One call at a time.
    """

    def frame(self) -> Frame:
        """Give what stands around every page."""
        ...

    def cases(self, *, closed: bool) -> tuple[CaseLine, ...]:
        """List the open cases by their next deadline; with `closed` those that are at their end instead."""
        ...

    def case(self, reference: str, visitor: Visitor) -> CasePage | None:
        """Give one case whole; None where there is none."""
        ...

    def form(self, reference: str, visitor: Visitor) -> FormPage | None:
        """Give the referral of a case; None where there is no such case, or it has none."""
        ...

    def timeline(self, reference: str, width: int) -> bytes | None:
        """Draw what is open on a case as SVG, which holds nothing of a person; None where there is no such case."""
        ...

    def held(self) -> tuple[HeldLine, ...]:
        """List what waits for a person."""
        ...

    def held_mail(self, mail: int, visitor: Visitor) -> HeldPage | None:
        """Give a held mail; None where it is not held, or not any more."""
        ...

    def check(self, decision: Decision) -> Refused | None:
        """Say what stands against a decision before anybody confirms it; None where nothing does."""
        ...

    def release(self, decision: Decision, visitor: Visitor) -> Released | Refused:
        """Do what was decided on a held mail. A second time it is refused, for it is not held any more."""
        ...

    def due(self) -> DuePage:
        """Give what is due, and what the program does next about it."""
        ...

    def contacts(self) -> ContactList:
        """Give the contact list in the order of its file, with the changes that wait."""
        ...

    def contact(self, number: int) -> ContactEntry | None:
        """Give an entry to be changed, number 0 an empty one; None where there is none."""
        ...

    def check_contact(self, change: ContactChange) -> CheckedChange | Refused:
        """Judge a change by the rules of `check`. Nothing is written."""
        ...

    def propose_contact(self, change: ContactChange, visitor: Visitor) -> str | CheckedChange | Refused:
        """Keep a change as a proposal, and give the command that puts it in force."""
        ...

    def withdraw_contacts(self, visitor: Visitor) -> bool:
        """Take the proposal away; False where none waits."""
        ...

    def health(self, *, whole_log: bool) -> HealthPage:
        """Say how the program is; with `whole_log` every row of the audit log is held against the next."""
        ...


class Door(Protocol):
    """Who may come in: links that are good once, and what the audit log is told."""

    def open_link(self, code: str) -> Visitor | None:
        """Take a one-time link; None where there is no such one, it was used, or its time is over."""
        ...

    def note(self, what: str, visitor: Visitor | None = None) -> None:
        """Say to the audit log that somebody came, went, or was not let in."""
        ...
