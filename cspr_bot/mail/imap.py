"""The mailbox on an IMAP server, with an SMTP server to send by: for partnerships that are not on Microsoft 365.

Neither of the two servers knows what the other does. So what is sent leaves a trace in the mailbox first:

1. The mail is put in the folder *Sending* (`prepare`).
2. SMTP takes everything but the mail's last line: nothing can have left.
3. The mail in *Sending* is flagged. From here on only SMTP's answer can tell.
4. The last line is given. "Yes" moves the mail to *Sent*; "no" takes the flag away.

Where the answer is lost, or we die between 3 and 4, it stays flagged in *Sending*: `trace` says "cannot_tell", and no
program sends it again.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from imaplib import IMAP4
from typing import Any
from urllib.parse import quote, unquote

from cspr_bot.mail.imap_session import ImapSession, Layout, make_folder
from cspr_bot.mail.smtp import Submission, UnansweredError
from cspr_bot.pipeline.ports import (
    CutShort,
    Draft,
    GoneError,
    ListedMail,
    MailboxFolder,
    NothingLeft,
    OutgoingMail,
    PermanentFailure,
    TemporaryFailure,
    Trace,
)

EFFECT = "X-CSPR-Effect"
NEWEST = 100  # so many of the last mails in Sent are looked at one by one, for not every server can search well
INBOX = "INBOX"
GONE = "the mail is no longer in the mailbox"

_EFFECT_HEADER = f"BODY.PEEK[HEADER.FIELDS ({EFFECT.upper()})]"
_EFFECT_ANSWER = f"BODY[HEADER.FIELDS ({EFFECT.upper()})]".encode()
AT_ONCE = 500  # mails whose date is asked for in one command: a server bounds the length of a line
LONG_AGO = datetime.min.replace(tzinfo=UTC)
_DRAFT = (rb"\Draft", rb"\Seen")
_IN_DOUBT = (rb"\Flagged",)
_ID = re.compile(r"(?:(junk)\.|in\.(.+)\.)?([0-9]{1,10})\.([0-9]{1,10})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies: a UID means something only together with its folder and the folder's UIDVALIDITY."""

    folder: str
    validity: int
    uid: int
    is_junk: bool

    def __str__(self) -> str:
        """Write it as the id by which the rest of the house knows the mail; of the inbox itself without its name."""
        where = "junk." if self.is_junk else "" if self.folder == INBOX else f"in.{quote(self.folder, safe='')}."
        return f"{where}{self.validity}.{self.uid}"

    def validity_now(self, client: Any) -> int | None:  # noqa: ANN401 - the library has no types
        """Open the folder and give its UIDVALIDITY; None where a person has removed the folder."""
        try:
            return int(client.select_folder(self.folder)[b"UIDVALIDITY"])
        except IMAP4.abort:
            raise
        except IMAP4.error:
            if client.folder_exists(self.folder):
                raise
            return None

    def is_there(self, client: Any) -> bool:  # noqa: ANN401
        """Open the folder, and say whether the mail still lies in it."""
        return self.validity_now(client) == self.validity and bool(client.fetch([self.uid], ["UID"]))


def place_of(server_id: str, layout: Layout) -> Place | None:
    """Take an id apart; None where it is of no mail that could be here."""
    found = _ID.fullmatch(server_id)
    if found is None:
        return None
    folder = layout.junk if found[1] else unquote(found[2]) if found[2] else layout.inbox
    return None if folder is None else Place(folder, int(found[3]), int(found[4]), bool(found[1]))


class ImapMailbox:
    """A mailbox by IMAP and SMTP. `server_id` is a mail's UID, with the UIDVALIDITY without which it means nothing.

    Where the server numbers its mails anew, those that lie in the inbox come in once more, as copies of themselves.
    """

    keeps_ids = False

    def __init__(self, session: ImapSession, submission: Submission) -> None:
        self.session = session
        self.submission = submission
        self._left: list[str] = []  # effects of what SMTP has taken, and which could not be put in Sent yet

    def list_new(self) -> Sequence[ListedMail]:
        """List the inbox with every folder in it, then the junk; each oldest first."""

        def look(client: Any, layout: Layout) -> list[ListedMail]:  # noqa: ANN401 - the library has no types
            inbox = [listed for name in (layout.inbox, *layout.below_inbox(client)) for listed in _list(client, name)]
            return [*inbox, *(_list(client, layout.junk, is_junk=True) if layout.junk else ())]

        return self.session.run(look)

    def list_filed(self) -> Sequence[ListedMail]:
        """List what the program has filed, oldest first; each mail by the number that it has where it lies now."""

        def look(client: Any, layout: Layout) -> list[ListedMail]:  # noqa: ANN401
            filed = [listed for name in ("Processed", "Held") for listed in _list(client, layout.own(name))]
            return sorted(filed, key=lambda listed: listed.lain_since or LONG_AGO)

        return self.session.run(look)

    def download(self, server_id: str) -> bytes:
        """Give the bytes of a mail, and no fewer than the server says there are."""
        return self.session.run(lambda client, layout: _download(client, place_of(server_id, layout)))

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        """Move a mail. Where the server needs two steps for it, a crash between leaves one too many, never none."""

        def move(client: Any, layout: Layout) -> None:  # noqa: ANN401 - the library has no types
            place, target = place_of(server_id, layout), layout.own(folder)
            if place is None or place.folder == target or not place.is_there(client):
                return
            if folder == "Earlier" and not client.folder_exists(target):
                make_folder(client, target)
            _move(client, place.uid, target)

        self.session.run(move)

    def prepare(self, mail: OutgoingMail) -> Draft:
        """Put a mail in Sending, or find it there; one that was in doubt is so no longer, for somebody has decided."""

        def put(client: Any, layout: Layout) -> Draft:  # noqa: ANN401
            if _find(client, layout.sent, mail.effect):
                return Draft(is_sent=True)
            if found := _find(client, layout.sending, mail.effect):
                client.remove_flags(found, _IN_DOUBT, silent=True)
                _remove(client, found[1:])
            else:
                client.append(layout.sending, mail.content, _DRAFT)
            return Draft(mail.effect)

        self._keep_what_left()
        return self.session.run(put)

    def send(self, mail: OutgoingMail, draft: Draft) -> None:  # noqa: ARG002 - it is found by its effect
        """Send a mail by SMTP, and move it to Sent. What SMTP says is the truth, whatever IMAP does afterwards."""
        try:
            self.submission.submit(
                mail, lambda: self.session.run(lambda client, layout: _flag(client, layout, mail.effect))
            )
        except UnansweredError:
            raise
        except PermanentFailure:
            with suppress(TemporaryFailure):
                self.session.run(lambda client, layout: _remove(client, _find(client, layout.sending, mail.effect)))
            raise
        except TemporaryFailure as failure:
            with suppress(TemporaryFailure):  # else it stays flagged, and the next attempt takes the flag away
                self.session.run(lambda client, layout: _unflag(client, layout, mail.effect))
            if isinstance(failure, NothingLeft):
                raise
            raise NothingLeft(str(failure)) from failure
        self._left.append(mail.effect)
        with suppress(TemporaryFailure):
            self._keep_what_left()

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:  # noqa: ARG002
        """Look in Sent, then in Sending. What is in neither was there, and nobody knows who took it out, and when."""

        def look(client: Any, layout: Layout) -> Trace:  # noqa: ANN401
            if _find(client, layout.sent, mail.effect):
                return "sent"
            found = _find(client, layout.sending, mail.effect)
            flags = client.get_flags(found)
            is_in_doubt = not found or any(set(_IN_DOUBT) & set(flags.get(uid, _IN_DOUBT)) for uid in found)
            return "cannot_tell" if is_in_doubt else "not_sent"

        return "sent" if mail.effect in self._left else self.session.run(look)

    def discard(self, mail: OutgoingMail) -> None:
        """Delete every copy of one mail of ours, wherever it lies."""

        def remove(client: Any, layout: Layout) -> None:  # noqa: ANN401
            apart = (layout.junk, layout.sent, layout.sending, layout.own("Processed"), layout.own("Held"))
            for folder in (layout.inbox, *layout.below_inbox(client), *filter(None, apart)):
                _remove(client, _find(client, folder, mail.effect))

        self.session.run(remove)

    def close(self) -> None:
        """Log out, and let go of the connection."""
        self.session.log_out()

    def _keep_what_left(self) -> None:
        """Put in Sent what SMTP has taken. What cannot be put there now stays flagged in Sending until later."""
        while self._left:
            self.session.run(lambda client, layout: _keep(client, layout, self._left[0]))
            del self._left[0]


def _list(client: Any, folder: str, *, is_junk: bool = False) -> Iterator[ListedMail]:  # noqa: ANN401
    validity = client.select_folder(folder, readonly=True)[b"UIDVALIDITY"]
    uids = sorted(set(client.search("ALL")))
    came: dict[int, dict[bytes, object]] = {}
    for first in range(0, len(uids), AT_ONCE):
        came |= client.fetch(uids[first : first + AT_ONCE], ["INTERNALDATE"])
    for uid in uids:
        yield ListedMail(
            str(Place(folder, validity, uid, is_junk)), is_junk, _moment(came.get(uid, {}).get(b"INTERNALDATE"))
        )


def _moment(given: object) -> datetime | None:
    return given if isinstance(given, datetime) and given.tzinfo else None


def _download(client: Any, place: Place | None) -> bytes:  # noqa: ANN401
    if place is None:
        raise GoneError(GONE)
    validity = place.validity_now(client)
    if validity is not None and validity != place.validity:
        raise TemporaryFailure("the server numbers its mails anew: it is listed by another number from now on")
    if validity is None or not client.fetch([place.uid], ["UID"]):
        raise GoneError(GONE)
    answer = client.fetch([place.uid], ["RFC822.SIZE", "BODY.PEEK[]"]).get(place.uid, {})
    size, raw = answer.get(b"RFC822.SIZE"), answer.get(b"BODY[]")
    if not isinstance(raw, bytes):
        raise TemporaryFailure("the server does not give the mail that it lists")
    if len(raw) != size:
        raise CutShort("the mail came with another length than the server says it has", raw)
    return raw


def _move(client: Any, uid: int, target: str) -> None:  # noqa: ANN401
    """Move a mail out of the open folder (RFC 6851), or copy it and then delete it where it was."""
    if client.has_capability("MOVE"):
        client.move([uid], target)
        return
    client.copy([uid], target)
    _remove(client, [uid])


def _remove(client: Any, uids: Sequence[int]) -> None:  # noqa: ANN401
    """Delete mails in the open folder for good, and no other that somebody has marked as deleted (RFC 4315)."""
    if uids:
        client.add_flags(uids, [rb"\Deleted"], silent=True)
        client.uid_expunge(uids)


def _find(client: Any, folder: str, effect: str) -> list[int]:  # noqa: ANN401
    """Open a folder and find the mails with this very effect, oldest first."""
    client.select_folder(folder)
    with suppress(IMAP4.error):
        if found := _with_effect(client, client.search(["HEADER", EFFECT, effect]), effect):
            return found
    return _with_effect(client, sorted(client.search("ALL"))[-NEWEST:], effect)


def _with_effect(client: Any, uids: Sequence[int], effect: str) -> list[int]:  # noqa: ANN401
    """Leave those that have the effect itself, and not one that only holds it."""
    headers = client.fetch(uids, [_EFFECT_HEADER])
    return sorted(uid for uid, given in headers.items() if _value(given.get(_EFFECT_ANSWER)) == effect)


def _value(header: object) -> str:
    return header.partition(b":")[2].strip().decode("ascii", "replace") if isinstance(header, bytes) else ""


def _flag(client: Any, layout: Layout, effect: str) -> None:  # noqa: ANN401
    """Mark a mail as one that may have left, and make sure that the mark is kept."""
    found = _find(client, layout.sending, effect)
    flags = client.add_flags(found, _IN_DOUBT)
    if not found or not all(set(_IN_DOUBT) <= set(flags.get(uid, ())) for uid in found):
        raise NothingLeft(f"the mail could not be marked in the folder {layout.sending}")


def _unflag(client: Any, layout: Layout, effect: str) -> None:  # noqa: ANN401
    client.remove_flags(_find(client, layout.sending, effect), _IN_DOUBT, silent=True)


def _keep(client: Any, layout: Layout, effect: str) -> None:  # noqa: ANN401
    """Move a mail that has left to Sent, as what a person sent there would look."""
    for uid in _find(client, layout.sending, effect):
        client.remove_flags([uid], (*_IN_DOUBT, rb"\Draft"), silent=True)
        _move(client, uid, layout.sent)
