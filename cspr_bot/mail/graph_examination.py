"""The doctor's questions to Microsoft 365: does it work, may the app do no more than it must, what is hidden from it.

The probe is a mail from the mailbox to itself. It answers what nobody could find out without a real tenant, and its
findings are to be kept: they say which of the three ways in which a mail is looked up can be relied on.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any
from urllib.parse import quote

from cspr_bot.mail.graph import JUNK, GraphMailbox
from cspr_bot.mail.graph_certificate import expiry
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import Draft, ListedMail, OutgoingMail, PermanentFailure, TemporaryFailure

GREATEST_SKEW = timedelta(minutes=5)
DOUBTFUL_SKEW = timedelta(minutes=1)
LOOKS, SECONDS_BETWEEN = 12, 5.0
OLD_MAILS = 50
GRANT = "grant it, or restrict it as docs/microsoft-365.md, steps 3 and 4, shows"
HEADERS = ("Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "X-CSPR-Effect", "In-Reply-To", "References")


@dataclass(frozen=True, slots=True)
class GraphExamination:
    """Examines one mailbox. `others` are addresses of other mailboxes, none of which the app may reach."""

    mailbox: GraphMailbox
    now: Callable[[], datetime]
    others: tuple[str, ...] = ()

    def findings(self) -> Iterator[Finding]:
        """Look at everything that can be looked at without a trace: nothing is sent, moved or made."""
        credential = self.mailbox.connection.access.credential
        if isinstance(credential, str):
            mend = "a secret ends without a word; a certificate says when (docs/microsoft-365.md, step 2)"
            yield Finding(
                "certificate", "doubtful", "a client secret is used instead, and nobody here sees its end", mend
            )
        else:
            yield expiry(credential["public_certificate"], self.now())
        try:
            self.mailbox.connection.sign_in()
        except TemporaryFailure as failure:
            yield Finding("sign-in", "bad", str(failure), "docs/microsoft-365.md, steps 1 and 2")
            return
        yield Finding("sign-in", "good", "Microsoft gives the app a token")
        try:
            listed = self.mailbox.list_new()
        except (TemporaryFailure, PermanentFailure) as failure:
            yield Finding("mailbox", "bad", str(failure), GRANT)
            return
        yield from self._listed(listed)
        yield self._clock()
        yield from self._others()
        yield Finding(
            "quarantine",
            "doubtful",
            "what Microsoft puts into quarantine never reaches the mailbox, and nobody here can see it",
            "let somebody read its notifications every working day (docs/microsoft-365.md, step 6)",
        )

    def _listed(self, listed: Iterable[ListedMail]) -> Iterator[Finding]:
        mails = list(listed)
        junk = sum(mail.is_junk for mail in mails)
        told = f"it can be read: {len(mails) - junk} mails in the inbox and its folders, {junk} in the junk"
        is_old = len(mails) - junk > OLD_MAILS
        mend = (
            "before the first start move old mail out of the inbox, or it waits for a word (run --take-since)"
            if is_old
            else ""
        )
        yield Finding("mailbox", "doubtful" if is_old else "good", told, mend)

    def _clock(self) -> Finding:
        skew = self.mailbox.connection.skew
        if skew is None:
            return Finding("clock", "doubtful", "Microsoft does not say what time it is", "")
        told = f"this machine and Microsoft differ by {abs(skew.total_seconds()):.0f} seconds"
        if abs(skew) > GREATEST_SKEW:
            return Finding("clock", "bad", told, "let the machine follow a time server: signatures will be refused")
        return Finding("clock", "good" if abs(skew) <= DOUBTFUL_SKEW else "doubtful", told)

    def _others(self) -> Iterator[Finding]:
        """Knock at other mailboxes. Only a refusal proves anything: one of another tenant is merely absent."""
        answers = {address: self._knock(address) for address in self.others}
        open_to_it = [address for address, status in answers.items() if status is not None and status < 400]
        for address in open_to_it:
            told = f"the app can read {address}"
            mend = "restrict it to the one mailbox at once, and take the tenant-wide consent away (step 4)"
            yield Finding("other mailboxes", "bad", told, mend)
        if open_to_it:
            return
        if refused := sum(status == 403 for status in answers.values()):
            told = f"the app was refused at {refused} of {len(answers)} that were tried"
            yield Finding("other mailboxes", "good", told)
        else:
            told = "none was found that could have been refused, so nothing is proven"
            yield Finding("other mailboxes", "doubtful", told, "name one of your tenant: doctor --other ADDRESS")

    def _knock(self, address: str) -> int | None:
        connection = self.mailbox.connection
        url = f"{connection.access.endpoint.rstrip('/')}/v1.0/users/{quote(address)}/mailFolders/inbox?$select=id"
        try:
            return connection.status_of(url)
        except TemporaryFailure:
            return None


@dataclass(slots=True)
class GraphProbe:
    """Sends one mail to ourselves and follows it. `pause` waits a number of seconds."""

    mailbox: GraphMailbox
    mail: OutgoingMail
    pause: Callable[[float], object]
    _draft: Draft = field(default_factory=Draft)

    def findings(self) -> Iterator[Finding]:
        """Ask what only a real tenant can answer, and take away what the asking left behind."""
        try:
            yield from self._sent()
            yield from self._looked_up()
            yield self._sent_again()
            yield from self._received()
        except (TemporaryFailure, PermanentFailure) as failure:
            yield Finding("probe", "bad", f"it broke off: {failure}", GRANT)
        finally:
            self._tidy()

    def _sent(self) -> Iterator[Finding]:
        self._draft = self.mailbox.prepare(self.mail)
        kept = self._draft.message_id is None
        told = "the draft keeps our Message-ID" if kept else "the server gives the draft a Message-ID of its own"
        yield Finding("probe: Message-ID", "noted", told)
        self.mailbox.send(self.mail, self._draft)
        yield Finding("probe: sending", "good", "the app may send, and the mail was accepted")

    def _looked_up(self) -> Iterator[Finding]:
        looks = self._look_until_sent()
        if looks is None:
            told = f"after {LOOKS * SECONDS_BETWEEN:.0f} seconds the mail cannot be found in Sent Items"
            yield Finding("probe: Sent Items", "bad", told, "does a rule or a setting keep no copies? (step 5)")
            return
        told = f"the copy was found after {looks * SECONDS_BETWEEN:.0f} seconds"
        yield Finding("probe: Sent Items", "good", told)
        ways = {
            "the effect's property": self._copies(self.mailbox.marked(self.mail.effect)),
            "the Message-ID": self._copies(self._by_message_id()),
            "the draft's id": self._copies([found] if (found := self.mailbox.look_at(self._draft.id)) else []),
        }
        for way, copies in ways.items():
            told = f"the copy in Sent Items is {'' if copies else 'not '}found by {way}"
            yield Finding("probe: looking up", "noted", told)
        if not ways["the effect's property"] and not ways["the draft's id"]:
            mend = "a lost answer will leave mails `unknown` on this tenant: report it with this page"
            yield Finding("probe: looking up", "doubtful", "neither of the two dependable ways works here", mend)

    def _look_until_sent(self) -> int | None:
        for looks in range(LOOKS):
            if self._copies(self.mailbox.marked(self.mail.effect)) or self._copies(self._by_message_id()):
                return looks
            self.pause(SECONDS_BETWEEN)
        return None

    def _by_message_id(self) -> list[dict[str, Any]]:
        return self.mailbox.bearing(self._draft.message_id or self.mail.message_id)

    def _copies(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Give those that lie in Sent Items: what came back to the inbox bears the same Message-ID."""
        sent = self.mailbox.known_id("sentitems")
        return [item for item in found if not item.get("isDraft") and item.get("parentFolderId") == sent]

    def _sent_again(self) -> Finding:
        """Send the same draft a second time, on purpose: it must be refused."""
        try:
            self.mailbox.send(self.mail, self._draft)
        except (TemporaryFailure, PermanentFailure) as refused:
            return Finding("probe: sent twice", "noted", f"a second sending of one draft is refused ({refused})")
        mend = "report it with this page: a mail could leave twice after a lost answer"
        return Finding("probe: sent twice", "bad", "a second sending of one draft is accepted", mend)

    def _received(self) -> Iterator[Finding]:
        """Find the mail where it arrived; say what of its headers did, and what moving it twice does."""
        arrived = self._look_until_received()
        if not arrived:
            told = f"after {LOOKS * SECONDS_BETWEEN:.0f} seconds it has not come back to the inbox"
            yield Finding("probe: arrival", "doubtful", told, "look for it in the junk and in quarantine")
            return
        yield Finding("probe: arrival", "good" if len(arrived) == 1 else "bad", f"it came back {len(arrived)} times")
        raw = message_from_bytes(self.mailbox.download(arrived[0]))
        ours = message_from_bytes(self.mail.content)
        lost = [name for name in HEADERS if ours[name] is not None and raw[name] != ours[name]]
        told = f"changed on the way: {', '.join(lost)}" if lost else "every header of ours arrives as it was written"
        yield Finding("probe: headers", "doubtful" if lost else "noted", told)
        who = [line for line in ("Authentication-Results", "X-MS-Exchange-Organization-AuthAs") if raw[line]]
        yield Finding("probe: who wrote it", "noted", f"the server says so in: {', '.join(who) or 'no header at all'}")
        self.mailbox.file(arrived[0], "Processed")
        self.mailbox.file(arrived[0], "Processed")
        yield Finding("probe: moving", "good", "it was moved to Processed, and again without harm")
        yield from self._id_after_move(arrived[0])

    def _id_after_move(self, server_id: str) -> Iterator[Finding]:
        found = self.mailbox.look_at(server_id.removeprefix(JUNK))
        told = "its id stays the same when it is moved" if found else "its id changes when it is moved"
        yield Finding("probe: ids", "noted" if found else "doubtful", told)

    def _look_until_received(self) -> list[str]:
        for _ in range(LOOKS):
            lying = {str(item["id"]) for item in self._by_message_id() if not item.get("isDraft")}
            listed = [mail.server_id for mail in self.mailbox.list_new() if mail.server_id.removeprefix(JUNK) in lying]
            if listed:
                return listed
            self.pause(SECONDS_BETWEEN)
        return []

    def _tidy(self) -> None:
        with suppress(TemporaryFailure, PermanentFailure):
            for message in (*self._by_message_id(), *self.mailbox.marked(self.mail.effect)):
                self.mailbox.discard(str(message["id"]))
