"""The port of sign-in, and the one way in that there is so far: a link that the command has printed.

Another way, such as OpenID Connect, is another class with these two methods. No page knows which it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cspr_bot.board.desk import Door
from cspr_bot.board.sessions import WrongTries
from cspr_bot.board.values import Visitor


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser brings that is not signed in. `is_sent` says that a person has pressed a button for it."""

    fields: Mapping[str, str]
    now: datetime
    is_sent: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """Show a page of our own."""

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class GoTo:
    """Send the browser to another address: where the sign-in is somebody else's."""

    address: str


class SignIn(Protocol):
    """Finds out who somebody is."""

    def start(self, asked: Asked) -> Show | GoTo:
        """Say where a browser goes that wants in."""
        ...

    def finish(self, asked: Asked) -> Visitor | Show | GoTo:
        """Say who came back from there."""
        ...


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link that is good once and for minutes. Looking at it uses nothing up: a mail program may do so before us."""

    door: Door
    tries: WrongTries = field(default_factory=WrongTries)

    def start(self, asked: Asked) -> Show:
        """Show the button that uses the link, or how to get one."""
        return Show("sign_in.html", {"code": asked.fields.get("code", "")})

    def finish(self, asked: Asked) -> Visitor | Show:
        """Take the link, where a person has pressed the button."""
        if not asked.is_sent:
            return self.start(asked)
        if self.tries.is_shut(asked.now):
            return Show("sign_in.html", {"code": "", "problem": "shut"}, 429)
        visitor = self.door.open_link(asked.fields.get("code", ""))
        if visitor is not None:
            return visitor
        self.tries.note(asked.now)
        self.door.note("sign_in_refused")
        return Show("sign_in.html", {"code": "", "problem": "wrong"}, 403)
