"""Reads the referral forms in a file of any supported kind: bytes in, forms or a reason out."""

from dataclasses import dataclass
from typing import assert_never

from cspr_bot.documents.archive import Archive, open_archive
from cspr_bot.documents.containers import MOST_DEPTH, Contents, Desk, members_of, read_contents
from cspr_bot.documents.refusal import EMPTY, ENCRYPTED, GUESS, HOSTILE, PICTURE, TOO_LARGE, TOO_MUCH, UNKNOWN, Refused
from cspr_bot.documents.sniff import decode, sniff
from cspr_bot.referral.form import Reading
from cspr_bot.referral.guess import guesses
from cspr_bot.referral.pages import Page
from cspr_bot.referral.reading import read_page
from cspr_bot.referral.rules import FormRules

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_TEXT = 8 * 1024 * 1024

_CRASHED = "The file could not be read: it is damaged, or made in an unusual way. A person has to look at it."
_OTHER_OFFICE = ("xl/workbook.xml", "xl/workbook.bin", "ppt/presentation.xml", "visio/document.xml")
_PACKAGE = "EncryptedPackage"  # what a password makes of a document, a table or a presentation
_FIB_FLAGS, _IS_ENCRYPTED = 11, 0x01  # MS-DOC, 2.5.2: the second byte of the flags


def read_document(content: bytes, rules: FormRules, name: str = "", desk: Desk | None = None) -> Reading:  # noqa: ARG001 - see below
    """Read every form in a file.

    Never raises, whatever the bytes are. The name is taken so that callers need not know that it is never believed:
    what a file is, its content says. `desk` is what all files of one mail share, and None for a file alone.
    """
    desk = desk or Desk()
    desk.begin(len(content))
    return _Reader(rules, desk).read(content)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file, and what is in it, and what is in that; `depth` is how many containers are around it."""

    rules: FormRules
    desk: Desk
    depth: int = 0

    def read(self, content: bytes | Contents) -> Reading:
        try:
            return self._read(content)
        except Refused as refused:
            return self._with_guess(content, refused.reading)
        except Exception:  # noqa: BLE001 - parsers of strangers' bytes fail in ways nobody can list; a person must be told
            return Reading("unreadable", _CRASHED)

    def _with_guess(self, content: bytes | Contents, reading: Reading) -> Reading:
        """Say beside a scan what may stand on it, to whoever will look at it."""
        if reading.verdict != "needs_ocr" or not isinstance(content, bytes):
            return reading
        found = guesses(self.desk.look(content), self.rules)
        if not found:
            return reading
        said = "; ".join(f"{self.rules.title_of(path)}: {words}" for path, words in found)
        return Reading(reading.verdict, f"{reading.reason} {GUESS} {said}.")

    def _read(self, content: bytes | Contents) -> Reading:
        if isinstance(content, bytes):
            if len(content) > LARGEST_FILE:
                return Reading("too_large", TOO_LARGE)
            found = open_file(content, self.desk)
            if isinstance(found, Page):
                return read_page(found, self.rules)
        else:
            found = content
        if self.depth >= MOST_DEPTH:
            # People forward mails in mails; nobody packs archives into one another like this.
            raise Refused("too_large", TOO_MUCH) if found.is_mail else Refused("hostile", HOSTILE)
        return read_contents(found, self.desk, _Reader(self.rules, self.desk, self.depth + 1).read)


def page_of(content: bytes) -> Page:
    """Give what a document says. Raise `Refused` for one that says nothing that can be read, and for a container."""
    found = open_file(content, Desk())
    if isinstance(found, Page):
        return found
    raise Refused("unreadable", UNKNOWN)


def open_file(content: bytes, desk: Desk) -> Page | Contents:
    """Give what a document says, or what a container holds. Raise `Refused` for what can be neither."""
    kind = sniff(content)
    if kind in {"html", "text"} and len(content) > LARGEST_TEXT:
        raise Refused("too_large", TOO_LARGE)
    match kind:
        case "zip":
            return _from_archive(open_archive(content))
        case "pdf":
            from cspr_bot.documents.pdf import read_pdf  # noqa: PLC0415 - 110 ms, and most mails carry no PDF

            return read_pdf(content)
        case "html":
            from cspr_bot.documents.html import read_html  # noqa: PLC0415 - 24 ms, likewise

            return read_html(decode(content))
        case "text":
            return _from_text(content)
        case "mail":
            return desk.open_mail(content) if desk.open_mail else _from_text(content)
        case "ole":
            return _from_ole(content, desk)
        case "rtf":
            return _from_archive(open_archive(desk.convert(content, "rtf")))
        case "tnef":
            from cspr_bot.documents.tnef import read_tnef  # noqa: PLC0415 - one manner for all formats

            return read_tnef(content)
        case "picture":
            raise Refused("needs_ocr", PICTURE)
        case "empty" | "xml" | "binary":
            raise Refused("unreadable", EMPTY if kind == "empty" else UNKNOWN)
        case never:
            assert_never(never)


def _from_text(content: bytes) -> Page:
    from cspr_bot.documents.text import read_text  # noqa: PLC0415 - one manner for all formats

    return read_text(decode(content))


def _from_archive(archive: Archive) -> Page | Contents:
    if "content.xml" in archive.entries:
        from cspr_bot.documents.opendocument import read_opendocument  # noqa: PLC0415 - 24 ms for lxml

        return read_opendocument(archive)
    if any(name in archive.entries for name in _OTHER_OFFICE):
        raise Refused("unreadable", UNKNOWN)
    if "[content_types].xml" in archive.entries or "word/document.xml" in archive.entries:
        from cspr_bot.documents.word import read_word  # noqa: PLC0415 - 24 ms for lxml

        return read_word(archive)
    return members_of(archive)


def _from_ole(content: bytes, desk: Desk) -> Page | Contents:
    """Read what Office kept in containers of this kind: a mail, a document of Word 97, or one that is locked."""
    from cspr_bot.documents.outlook import is_message, open_ole, read_message  # noqa: PLC0415 - 16 ms for olefile

    try:
        ole = open_ole(content)
    except Refused as refused:
        # Cut off on its way, it would come back as locked as it was.
        raise Refused("encrypted", ENCRYPTED) if _PACKAGE.encode("utf-16-le") in content else refused from None
    if ole.has(_PACKAGE):
        raise Refused("encrypted", ENCRYPTED)
    if is_message(ole):
        return read_message(ole)
    if not ole.has("WordDocument"):
        raise Refused("unreadable", UNKNOWN)
    head = ole.head("WordDocument", _FIB_FLAGS + 1)
    if len(head) > _FIB_FLAGS and head[_FIB_FLAGS] & _IS_ENCRYPTED:
        raise Refused("encrypted", ENCRYPTED)
    return _from_archive(open_archive(desk.convert(content, "doc")))
