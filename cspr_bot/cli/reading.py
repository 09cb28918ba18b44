"""Looking at files: what a form says, what the bot would make of a mail. Nothing is stored and nothing is sent."""

from argparse import Namespace
from pathlib import Path

from cspr_bot.bootstrap.reading_room import ReadingRoom, open_reading_room
from cspr_bot.cli.files import read_file
from cspr_bot.cli.output import clean, in_words, note_if_no_home, print_json, print_table
from cspr_bot.pipeline.filing import Mail
from cspr_bot.pipeline.kept import Registration
from cspr_bot.referral.form import Reading
from cspr_bot.referral.form_json import as_json


def read(options: Namespace) -> int:
    """Print what was understood of each file. Exit 1 where one holds no form that could be read."""
    note_if_no_home(options)
    room = open_reading_room(options.home)
    try:
        rows = [(path, room.read_document(read_file(path))) for path in options.files]
    finally:
        room.close()
    if options.json:
        print_json([_reading_json(path, reading) for path, reading in rows])
    else:
        for path, reading in rows:
            _print_reading(path, reading)
    return 0 if all(reading.verdict == "ok" for _, reading in rows) else 1


def classify(options: Namespace) -> int:
    """Print what each mail is, who wrote it, and what would become of it."""
    note_if_no_home(options)
    room = open_reading_room(options.home)
    try:
        rows = [(path, *room.judge(read_file(path))) for path in options.files]
    finally:
        room.close()
    if options.json:
        print_json([_mail_json(room, path, mail, registration) for path, mail, registration in rows])
        return 0
    print_table(
        "What the bot would make of them",
        ("file", "what it is", "would be", "answered", "sender proven", "why"),
        (
            (
                path.name,
                in_words(made.kind),
                made.status,
                "yes" if ReadingRoom.would_answer(made) else "no",
                "yes" if mail.sender.is_authenticated else "no",
                "; ".join(_why(mail, made)),
            )
            for path, mail, made in rows
        ),
        empty="No file was given.",
        folds=("file", "why"),
    )
    return 0


def _reading_json(path: Path, reading: Reading) -> dict[str, object]:
    return {
        "file": path.name,
        "verdict": reading.verdict,
        "reason": reading.reason,
        "forms": [as_json(form) for form in reading.forms],
    }


def _mail_json(room: ReadingRoom, path: Path, mail: Mail, made: Registration) -> dict[str, object]:
    bounce = mail.kind.bounce
    return {
        "file": path.name,
        "kind": made.kind,
        "status": made.status,
        "would_answer": ReadingRoom.would_answer(made),
        "sender": {
            "address": mail.sender.address,
            "authenticated": mail.sender.is_authenticated,
            "why": mail.sender.why,
        },
        "command": room.command_in(mail),
        "reasons": list(_why(mail, made)),
        "bounce": {"recipients": list(bounce.recipients), "permanent": bounce.permanent} if bounce else None,
        "text": ReadingRoom.new_words(mail),
    }


def _why(mail: Mail, made: Registration) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*mail.kind.reasons, *made.reasons)))


def _print_reading(path: Path, reading: Reading) -> None:
    print(clean(f"{path.name}: {in_words(reading.verdict)}{f' ({reading.reason})' if reading.reason else ''}"))
    for number, form in enumerate(reading.forms, start=1):
        which = f"Form {number} of {len(reading.forms)} in {clean(path.name)}: w" if len(reading.forms) > 1 else "W"
        rows = [(name, value) for name, value in _flat(as_json(form)) if value not in ("", None, [], {})]
        print_table(
            f"{which}hat was understood", ("field", "as read"), rows, empty="The form is empty.", folds=("as read",)
        )


def _flat(value: object, path: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        if set(value) >= {"raw", "iso"}:
            read_as = value["iso"] or "no date could be read"
            return [(path, f"{value['raw']}  →  {read_as}" if value["raw"] else "")]
        return [row for key, item in value.items() for row in _flat(item, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [row for number, item in enumerate(value, start=1) for row in _flat(item, f"{path}[{number}]")]
    return [(path, value)]
