"""The board's door: links that are good once and for ten minutes, and a mark by which the audit log knows a person."""

import secrets
from datetime import timedelta

from cspr_bot.board.values import Visitor
from cspr_bot.bootstrap.board.desk import OfficeDesk
from cspr_bot.bootstrap.office import Office

GOOD_FOR = timedelta(minutes=10)


class OfficeDoor:
    """`board.desk.Door` over the office of a desk. Links count by the machine's clock, whatever the home's says."""

    def __init__(self, desk: OfficeDesk) -> None:
        self._desk = desk

    def open_link(self, code: str) -> Visitor | None:
        """Take a one-time link."""
        office = self._desk.office()
        name = office.store.sign_ins.take(code, office.real_now())
        return None if name is None else Visitor(name, mark_of(office, name))

    def note(self, what: str, visitor: Visitor | None = None) -> None:
        """Say to the audit log that somebody came, went, or was not let in."""
        office = self._desk.office()
        who = {"who": visitor.mark} if visitor else {}
        office.store.installation.note(office.clock.now(), "board", what, **who)


def make_link(office: Office, by: str) -> str:
    """Make a link for somebody, and give its code of 256 bits."""
    code = new_token()
    now = office.real_now()
    office.store.sign_ins.add(code, by, now + GOOD_FOR, now, mark=mark_of(office, by))
    return code


def mark_of(office: Office, name: str) -> str:
    """Give the mark of a name: the same name has the same one, and only who has the key can tell whose it is."""
    return office.chance.of("board", name).effect()[:10]


def new_token() -> str:
    """Give 256 bits that nobody can guess, as an address may hold them."""
    return secrets.token_urlsafe(32)
