"""What stands in people's calendars after they have opened every file that they were sent."""

from collections.abc import Iterable

from icalendar import Event

from tests.mail.calendars import entries_of, sequence_of
from tests.scenarios.partnership import Sent


def files(mail: Sent) -> dict[str, bytes]:
    found = {part.get_filename() or "": part.get_payload(decode=True) for part in mail.mail.iter_attachments()}
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
