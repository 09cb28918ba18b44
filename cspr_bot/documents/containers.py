"""Reads what holds other files (a zip, a mail, a .msg, a winmail.dat): every form in it, and an end to unpacking."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cspr_bot.documents.archive import LARGEST_PART, Archive
from cspr_bot.documents.office import OfficeKind, to_word
from cspr_bot.documents.refusal import EMPTY, HOSTILE, TOO_MUCH, Refused
from cspr_bot.documents.sniff import sniff
from cspr_bot.referral.form import Reading, ReferralForm, Verdict
from cspr_bot.referral.likeness import is_of_another_child
from cspr_bot.referral.reading import PARTLY

MOST_DEPTH = 3
MOST_MEMBERS = 100
MOST_BYTES = 100 * 1024 * 1024
MOST_CONVERSIONS = 3
MOST_SCANS = 2
MOST_SECONDS = 4.0  # of processor, for all files of a mail; the child that reads them has ten for everything
_SUSPECT_RATIO = 50  # text packs to a thirtieth of its size at best

# Of several that hold no form, what most needs a person: first what harms, last what certainly is something else.
_TELLING: tuple[Verdict, ...] = (
    "hostile", "encrypted", "too_large", "needs_ocr", "unreadable", "blank_form", "not_a_form",
)  # fmt: skip

_SMALLEST_PHOTO = 40_000  # bytes; what is smaller in a mail is the logo of a signature
_COMPANIONS = (b"\x00\x05\x16\x07", b"\x00\x00\x00\x01Bud1")  # what a Mac adds to a file and to a folder
_SIGNATURE = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  # of S/MIME, near the beginning of its file
_LARGEST_SIGNATURE = 20_000


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a container. `open` is told how many bytes it may give, and may raise `Refused`."""

    open: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a container holds: its files, and of a mail its body in several ways to say the same, the best one first.

    Where a file holds a form, what a body says of that child counts for nothing: it is most often about the form. What
    it says of another child is a form like any other.
    """

    files: "Iterable[Member | Contents]" = ()
    bodies: Iterable[Member] = ()
    is_mail: bool = True


@dataclass(slots=True)
class Desk:
    """Where one mail is taken apart: how much of it may still be unpacked, and who helps.

    One desk serves all files of a mail, so that a hundred attachments may not cost a hundred times as much as one.
    `words_in` looks at scans, and is None where no person waits for a guess.
    """

    open_mail: Callable[[bytes], Contents] | None = None
    to_word: Callable[[bytes, OfficeKind], bytes] = to_word
    words_in: Callable[[bytes], str] | None = None
    members_left: int = MOST_MEMBERS
    bytes_left: int = MOST_BYTES
    conversions_left: int = MOST_CONVERSIONS
    scans_left: int = MOST_SCANS
    suspect_left: int = MOST_BYTES
    begun_at: float = field(default_factory=time.process_time)

    def begin(self, size: int) -> None:
        """Begin with the next file of the mail: what comes in small and unpacks to very much was made to."""
        self.suspect_left = max(LARGEST_PART, _SUSPECT_RATIO * size)

    def take(self, member: Member) -> bytes:
        """Open a file. Raise `Refused` where there is no room left for it."""
        self.members_left -= 1
        content = member.open(self.bytes_left)
        self.bytes_left -= len(content)
        self.suspect_left -= len(content)
        self.check()
        return content

    def convert(self, content: bytes, kind: OfficeKind) -> bytes:
        """Make a Word document of another kind of document. Raise `Refused` where that cannot be done."""
        if self.conversions_left <= 0:
            raise Refused("too_large", TOO_MUCH)
        self.conversions_left -= 1
        return self.to_word(content, kind)

    def look(self, content: bytes) -> str:
        """Give the words that may stand on a scan; "" where nobody is asked to look, or enough was looked at."""
        if self.words_in is None or self.scans_left <= 0:
            return ""
        self.scans_left -= 1
        return self.words_in(content)

    def check(self) -> None:
        """Raise `Refused` where nothing more may be unpacked or looked at."""
        if self.suspect_left < 0:
            raise Refused("hostile", HOSTILE)
        is_tired = time.process_time() - self.begun_at > MOST_SECONDS
        if self.members_left < 0 or self.bytes_left < 0 or is_tired:
            raise Refused("too_large", TOO_MUCH)


def kept(content: bytes) -> Member:
    """Give a file that is unpacked already."""
    return Member(lambda _most: content)


def members_of(archive: Archive) -> Contents:
    """Give the files in a zip; each is inflated when its turn comes."""

    def opened(name: str) -> Member:
        return Member(lambda most: archive.read(name, most))

    files = (opened(name) for name, entry in archive.entries.items() if entry.size or not name.endswith("/"))
    return Contents(files, is_mail=False)


def read_contents(contents: Contents, desk: Desk, read: Callable[[bytes | Contents], Reading]) -> Reading:
    """Read every file with `read`, which never raises, and make one answer of all answers."""
    readings = list(_guarded(_of_files(contents, desk, read)))
    of_bodies = _guarded(_of_bodies(contents, desk, read))
    if forms := [form for reading in readings for form in reading.forms]:
        readings += _of_others(of_bodies, forms)
    else:
        readings += of_bodies
    return summed(readings)


def _of_others(readings: Iterable[Reading], known: Sequence[ReferralForm]) -> Iterator[Reading]:
    """Give of what was read in bodies the forms about children of whom no file tells."""
    for reading in readings:
        if others := tuple(form for form in reading.forms if is_of_another_child(form, known)):
            yield replace(reading, forms=others)


def summed(readings: Sequence[Reading]) -> Reading:
    """Make one answer of several: every different form, else what most needs a person."""
    forms = tuple(dict.fromkeys(form for reading in readings for form in reading.forms))
    others = sorted((reading for reading in readings if reading.verdict != "ok"), key=_rank)
    if not forms:
        return others[0] if others else Reading("unreadable", EMPTY)
    # Beside a form that was read there may be a second one: a person is told.
    hiding = [reading for reading in (*others, *readings) if reading.may_hide_a_form]
    if hiding:
        reason = hiding[0].reason.removeprefix(PARTLY).strip()
        return Reading("ok", f"{PARTLY} {reason}", forms, is_partial=True)
    return Reading("ok", "", forms)


def _rank(reading: Reading) -> tuple[int, bool]:
    """Sort by what most needs a person; what is partly our form comes before what is certainly nothing."""
    place = _TELLING.index("blank_form" if reading.is_partly_ours else reading.verdict)
    return place, not reading.is_partly_ours


def _of_files(contents: Contents, desk: Desk, read: Callable[[bytes | Contents], Reading]) -> Iterator[Reading]:
    for item in contents.files:
        desk.check()
        if isinstance(item, Contents):
            yield read(item)
        else:
            yield from _of_member(item, desk, read, in_mail=contents.is_mail)


def _of_bodies(contents: Contents, desk: Desk, read: Callable[[bytes | Contents], Reading]) -> Iterator[Reading]:
    """Read a body in one way after another, until one of them gives a form."""
    for body in contents.bodies:
        for reading in _of_member(body, desk, read, in_mail=False):
            yield reading
            if reading.forms:
                return


def _guarded(readings: Iterator[Reading]) -> Iterator[Reading]:
    """Give what was read before a container turned out to be broken, and then that."""
    try:
        yield from readings
    except Refused as refused:
        yield refused.reading


def _of_member(
    member: Member, desk: Desk, read: Callable[[bytes | Contents], Reading], *, in_mail: bool
) -> Iterator[Reading]:
    try:
        content = desk.take(member)
    except Refused as refused:
        yield refused.reading
        return
    if content and not is_by_the_way(content, in_mail=in_mail):
        yield read(content)


def is_by_the_way(content: bytes, *, in_mail: bool) -> bool:
    """Say whether a file is there for the sake of others: what a Mac adds, a signature, the logo below a mail."""
    if content.startswith(_COMPANIONS):
        return True
    if content.startswith(b"\x30") and len(content) <= _LARGEST_SIGNATURE and _SIGNATURE in content[:60]:
        return True
    return in_mail and len(content) < _SMALLEST_PHOTO and sniff(content) == "picture"
