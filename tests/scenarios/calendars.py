"""What stands in people's calendars after they have opened every file that they were sent."""

from collections.abc import Iterable
from email import message_from_bytes, policy

from icalendar import Event

from tests.mail.calendars import entries_of, sequence_of
from tests.scenarios.partnership import Sent


def files(mail: Sent) -> dict[str, bytes]:
    """Give the calendar files of a mail by their names; one without any is not even parsed."""
    if b".ics" not in mail.raw:
        return {}
    parts = message_from_bytes(mail.raw, policy=policy.compat32).walk()  # six times as quick as the modern one
    found = {part.get_filename() or "": part.get_payload(decode=True) for part in parts}
    return {name: content for name, content in found.items() if name.endswith(".ics") and isinstance(content, bytes)}


def calendar_of(mails: Iterable[Sent]) -> dict[str, Event]:
    """Do what a mail program does with every file, the newest mail first: the highest sequence counts."""
    held: dict[str, Event] = {}
    for mail in reversed(list(mails)):
        for content in files(mail).values():
            (found,) = entries_of(content)
            uid = str(found["uid"])
            if uid not in held or sequence_of(found) > sequence_of(held[uid]):
                held[uid] = found
    return {uid: found for uid, found in held.items() if found["status"] != "CANCELLED"}
