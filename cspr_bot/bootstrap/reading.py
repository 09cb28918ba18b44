"""The bounded child: parses one mail after another and reads the documents in them. Nothing else runs in it."""

import sys
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

from cspr_bot.config import form_rules_of
from cspr_bot.config.contacts_sheet import contact_list_in, read_sheet
from cspr_bot.confinement.child import serve
from cspr_bot.confinement.reader import ROOM_PREFIX
from cspr_bot.correspondence.bounces import REPORTS
from cspr_bot.correspondence.message import Attachment, ParsedMail
from cspr_bot.documents.containers import Contents, Desk, kept
from cspr_bot.documents.reading import read_document
from cspr_bot.documents.refusal import TOO_MUCH, Refused
from cspr_bot.documents.scan import words_in
from cspr_bot.mail.message import parse
from cspr_bot.mail.message_bounce import with_unreached
from cspr_bot.pipeline.ports import BODY, ReadFile, ReadMail
from cspr_bot.referral.form import Reading
from cspr_bot.referral.likeness import is_of_another_child
from cspr_bot.referral.rules import FormRules

_FOR_PROGRAMS = REPORTS | {"text/rfc822-headers", "message/disposition-notification", "text/calendar"}

GUESSES, SHEETS = "--guesses", "--sheets"


def read_mail(raw: bytes, rules: FormRules, *, guesses: bool = False) -> ReadMail:
    """Parse a mail and read every document in it: its files, and its body.

    A body that says of the child in a file what the file says is most often about it, and counts for nothing; what it
    says of another child is a form like any other.

    `guesses`: a person waits for what a scan may say. The pipeline never asks for it: its reasons are sent by mail.
    """
    mail = parse(raw)
    if not mail.is_readable:
        return ReadMail(mail)
    desk = Desk(open_mail=contents_of, words_in=words_in if guesses else None)
    found = [
        (item, ReadFile(item.name, sha256(item.content).hexdigest(), reading))
        for item in mail.attachments
        if _may_matter(item, reading := read_document(item.content, rules, item.name, desk))
    ]
    body = _body(mail)
    reading = read_document(body, rules, BODY, desk)
    if forms := [form for _, file in found for form in file.reading.forms]:
        others = tuple(form for form in reading.forms if is_of_another_child(form, forms))
        beside = (_body_file(body, replace(reading, forms=others)),) if others else ()
        return ReadMail(mail, (*(file for _, file in found), *beside))
    files = tuple(replace(file, sheet=contact_list_in(item.content, item.name)) for item, file in found)
    return ReadMail(with_unreached(mail), (*files, _body_file(body, reading)))


def _body_file(body: bytes, reading: Reading) -> ReadFile:
    return ReadFile(BODY, sha256(body).hexdigest(), reading)


def _may_matter(item: Attachment, reading: Reading) -> bool:
    """Say whether a part counts as a document: what programs tell each other in one does only where it holds a form.

    It is opened all the same, for a stranger chooses what a part is called.
    """
    return item.media_type not in _FOR_PROGRAMS or reading.verdict != "unreadable"


def contents_of(raw: bytes) -> Contents:
    """Give what a mail in a mail holds, for the room of documents, which does not know what a mail is."""
    mail = parse(raw)
    if not mail.is_readable:
        raise Refused("too_large", TOO_MUCH)  # the only reason for which a mail cannot be parsed
    files = tuple(kept(item.content) for item in mail.attachments)
    return Contents(files, (kept(_body(mail)),))


def _body(mail: ParsedMail) -> bytes:
    """Give the body as a document: some paste the form into the mail."""
    return (mail.html or mail.text).encode("utf-8", "replace")


def read_workbook(raw: bytes) -> ReadMail:
    """Read a spreadsheet that is no mail: it comes back as the only file of one."""
    file = ReadFile("", "", Reading("not_a_form"), read_sheet(raw))
    return ReadMail(ParsedMail(()), (file,))


def main() -> None:
    """Serve the parent until it closes the pipe."""
    if sys.argv[2:] == [SHEETS]:
        serve(read_workbook)
        _leave(Path(gettempdir()))
        return
    rules = form_rules_of(Path(sys.argv[1]))
    guesses = sys.argv[2:] == [GUESSES]
    serve(lambda raw: read_mail(raw, rules, guesses=guesses))
    _leave(Path(gettempdir()))


def _leave(room: Path) -> None:
    """Remove the empty folder that the parent made for this child: a parent that was killed cannot."""
    if room.name.startswith(ROOM_PREFIX):
        with suppress(OSError):
            room.rmdir()


if __name__ == "__main__":
    main()
