"""A real store in a folder of its own, and invented things to keep in it: SQLite there is as quick as any fake."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cspr_bot.pipeline.kept import CaseFile, NewCase, NewEvent, Party, Progress, Registration, WrittenMail
from cspr_bot.pipeline.ports import OutgoingMail
from cspr_bot.procedure.case import Case, Event, Notification, Task
from cspr_bot.referral.form import Child, FormDate, ReferralForm, Referrer
from cspr_bot.store import Store, open_store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MASTER_KEY = bytes(range(32))
REFERENCE = "NS-7F3K-2Q"
CONTACT = "subgroup_chair//chair@council.example"
CODE = "ABCDEFGHIJKLMNOPQRSTUVWX27"

# Words that may stand nowhere in a file that the store writes.
SECRETS = (
    "Robin",
    "Ashdown",
    "ZZ99",
    "1 Invented Row",
    "2019-04-03",
    "2026-11-20",
    "07700 900123",
    "chair@council.example",
    "practitioner@nhs.example",
    "Casey Writer",
    "fell from",
    "spoke to the family",
    "secret-subject",
    "server-folder-name",
    CODE,
    "message-id-of-theirs",
    "message-id-of-ours",
    "effect-of-ours",
    "template.docx",
)

FORM = ReferralForm(
    referrer=Referrer(name="Casey Writer", email="practitioner@nhs.example", tel="07700 900123"),
    child=Child(
        name="Robin Ashdown",
        dob=FormDate("3/4/2019", date(2019, 4, 3)),
        home_address="1 Invented Row, ZZ99 1AA",
        date_of_death_or_incident=FormDate("20/11/2026", date(2026, 11, 20)),
    ),
    summary="Robin fell from a height.",
)
RAW_MAIL = b"Subject: secret-subject\r\nMessage-ID: <message-id-of-theirs@nhs.example>\r\n\r\nRobin Ashdown\r\n"


def new_store(folder: Path, *, master_key: bytes = MASTER_KEY) -> Store:
    """Open the store of a folder; a second time it is the same one."""
    return open_store(f"sqlite:///{folder / 'cspr-bot.db'}", master_key, now=NOW)


def a_new_case(reference: str = REFERENCE, *, provisional: bool = False) -> NewCase:
    """A referral, as registration opens a case with it."""
    return NewCase(
        reference,
        NOW,
        provisional=provisional,
        form=FORM,
        parties=(Party("referrer", "practitioner@nhs.example", "Casey Writer"),),
        digests=("digest-of-the-form",),
        message_id="<message-id-of-theirs@nhs.example>",
    )


def a_referral(reference: str = REFERENCE) -> Registration:
    """What registration makes of a mail with one form."""
    return Registration(
        kind="referral",
        status="filed",
        case=reference,
        sender="practitioner@nhs.example",
        message_id="<message-id-of-theirs@nhs.example>",
        cases=(a_new_case(reference),),
        events=(an_event(reference, "referral_received"),),
    )


def an_event(reference: str = REFERENCE, name: str = "note_added", inbox_id: int | None = None) -> NewEvent:
    """An event as somebody recorded it, with their name and their words."""
    fields = {"text": "spoke to the family"}
    return NewEvent(reference, name, NOW, "mail", "Casey Writer", fields, inbox_id=inbox_id)


def a_task(task_id: str = "T2", **changes: object) -> Task:
    """A duty that is open and due in a week."""
    task = Task(
        id=task_id,
        timer=task_id.partition(":")[0],
        roles=("la_service_leader",),
        agency=None,
        opened_by=1,
        opened_at=NOW,
        ladder_from=NOW,
        day_zero=date(2026, 11, 23),
        due_on=date(2026, 11, 30),
        due_at=datetime(2026, 11, 30, 17, tzinfo=UTC),
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def a_mail(
    number: int = 1, *, order: Notification | None = None, key: str | None = None, **changes: object
) -> WrittenMail:
    """A mail of ours, ready to leave; each number makes another one."""
    mail = OutgoingMail(
        sender="partnership@nsscp.example",
        recipient="chair@council.example",
        message_id=f"<message-id-of-ours-{number}@nsscp.example>",
        effect=f"effect-of-ours-{number}",
        content=b"Subject: secret-subject\r\n\r\nDear Casey Writer\r\n",
    )
    order = order or Notification(key="T2/0", notice="N2", role="subgroup_chair", task="T2", timer="T2", event=1)
    written = WrittenMail(key or f"mail-{number}", mail, order, "subgroup_chair", contact=CONTACT)
    return replace(written, **changes)  # type: ignore[arg-type]


def keep(store: Store, server_id: str = "server-folder-name-1") -> int:
    """Keep a mail."""
    return store.intake.keep_mail(server_id, RAW_MAIL, NOW)


def open_a_case(store: Store, reference: str = REFERENCE) -> int:
    """Take a referral down to its case; give the number of its mail."""
    inbox_id = keep(store, f"server-folder-name-{reference}")
    store.registration.register(inbox_id, a_referral(reference), NOW)
    return inbox_id


def step(store: Store, *mails: WrittenMail, case: Case | None = None, **changes: object) -> CaseFile:
    """Commit one step of the rules on a case, and load it again."""
    reference = case.reference if case else REFERENCE
    file = store.progression.load_case(reference)
    progress = Progress(case or file.case, next_moment=LATER, mails=mails)
    store.progression.commit(file.version, replace(progress, **changes), NOW)  # type: ignore[arg-type]
    return store.progression.load_case(reference)


def with_tasks(*tasks: Task, reference: str = REFERENCE) -> Case:
    """A case with these duties, after its first event."""
    happened = Event(1, "referral_received", NOW, NOW, {"incident_on": "2026-11-20"})
    return Case(reference, stages={"main": "triage"}, tasks=tasks, history=(happened,), last_number=1)
