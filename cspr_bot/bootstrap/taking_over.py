"""Opens a case that did not come by mail, or that was running before the program was there."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.reading_room import read_alone
from cspr_bot.correspondence.origin import Sender
from cspr_bot.pipeline.filing import referral_fields
from cspr_bot.pipeline.kept import NewCase, NewEvent, Party
from cspr_bot.referral.form import Reading
from cspr_bot.referral.likeness import mark_of_form, marks_of_child


class Opened(NamedTuple):
    """The cases that were opened from a file, and what of it could not be read ("" where all of it was)."""

    references: tuple[str, ...]
    unread: str = ""


def open_by_hand(
    office: Office,
    content: bytes | None,
    received_at: datetime,
    by: str,
    *,
    is_quiet: bool,
    from_mail: int | None = None,
) -> Opened:
    """Open a case for each form in a file, all or none, and give their references.

    Without a form it is one case, incomplete, and the co-ordinator asks for the rest. A referrer who is known from a
    form only has no proven address: what would go there goes to the co-ordinator. The form is known again when it
    comes by mail, and a child who was referred before is flagged. `from_mail` is the held mail that the file was in.
    """
    reading = _read(office, content) if content is not None else Reading("ok", forms=())
    forms = reading.forms or (None,)
    digests = (sha256(content).hexdigest(),) if content is not None else ()
    now = office.clock.now()
    sender = Sender(None, is_authenticated=False, why="it was opened by hand")
    cases = tuple(
        NewCase(
            office.chance.reference(),
            received_at,
            form=form,
            parties=(Party("referrer", None, form.referrer.name if form else ""),),
            digests=(*digests, *((mark_of_form(form), *marks_of_child(form)) if form else ())),
            quiet_until=now if is_quiet else None,
        )
        for form in forms
    )
    events = tuple(
        NewEvent(
            case.reference,
            "referral_received",
            received_at,
            "cli",
            by,
            {
                **referral_fields(case.form, sender, received_at, office.rules),
                **({"duplicate": "yes"} if _is_known(office, case, from_mail) else {}),
                **({"unread": "yes"} if reading.is_partial else {}),
            },
        )
        for case in cases
    )
    office.store.progression.open_cases(cases, events, now, inbox_id=from_mail)
    return Opened(tuple(case.reference for case in cases), reading.reason)


def _is_known(office: Office, case: NewCase, from_mail: int | None) -> bool:
    """Say whether the form or its child was referred before; by the held mail that the file was in does not count."""
    found = office.store.registration.find_form(case.digests)
    return found is not None and found[0] != f"held:{from_mail}"


def _read(office: Office, content: bytes) -> Reading:
    reading = read_alone(office.reader, content)
    if not reading.forms:
        raise NotReadyError((f"the file holds no form that can be read ({reading.verdict}: {reading.reason})",))
    return reading
