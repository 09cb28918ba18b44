"""Every case: the kinds of forms, for which children, and what must be read out of each file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.documents.outlook_files import msg, ole
from tests.forms.answers import Answers, Day, Json, Relative, expected
from tests.forms.blank import Manner, paper
from tests.forms.children import CHILDREN
from tests.forms.kinds import KINDS, POLICY, Write, libre, mail, plain_mail, word
from tests.forms.laid_out import laid_out
from tests.forms.odd_files import zipped
from tests.forms.other_files import html, odt, text_lines, text_tabs
from tests.forms.pdf_file import Fillable, fillable, scan
from tests.forms.sisters import SISTERS, other_forms
from tests.forms.word_file import Saved, docx
from tests.forms.wrapped import SIBLINGS, WRAPPED, mail_with


@dataclass(frozen=True)
class Case:
    """One file, and how it must be read."""

    kind: str
    name: str
    content: bytes
    verdict: str
    forms: tuple[dict[str, Json], ...]


_EACH = 3  # children a kind

_DATES = (
    Day("2026-04-03", "2026-04-03"),
    Day("03/04/2026", "2026-04-03"),
    Day("3/4/2026", "2026-04-03"),
    Day("3.4.26", "2026-04-03"),
    Day("03-04-26", "2026-04-03"),
    Day("3 / 4 / 2026", "2026-04-03"),
    Day("3rd of April 2026", "2026-04-03"),
    Day("Fri 3 Apr 2026", "2026-04-03"),
    Day("April 3, 2026", "2026-04-03"),
    Day("3-Apr-2026", "2026-04-03"),
    Day("3 Sept 2025", "2025-09-03"),
    Day("03/04/2026 15:10", "2026-04-03", "15:10"),
    Day("03/04/2026 at 3.10 pm", "2026-04-03", "15:10"),
    Day("3 April 2026 @ 0310hrs", "2026-04-03", "03:10"),
    Day("2026-04-03T15:10", "2026-04-03", "15:10"),
    Day("Not known"),
    Day("unknown"),
    Day("N/K"),
    Day("TBC"),
    Day("13/14/2026", None, None, is_doubtful=True),
    Day("04/13/2026", None, None, is_doubtful=True),
    Day("31/02/2026", None, None, is_doubtful=True),
    Day("29/02/2025", None, None, is_doubtful=True),
    Day("3 April", None, None, is_doubtful=True),
    Day("3/4", None, None, is_doubtful=True),
    Day("April 2026", None, None, is_doubtful=True),
    Day("2026", None, None, is_doubtful=True),
    Day("approx. 3 April 2026", None, None, is_doubtful=True),
    Day("c. 03/04/2026", None, None, is_doubtful=True),
    Day("03/04/2026?", None, None, is_doubtful=True),
    Day("between 1 and 3 April 2026", None, None, is_doubtful=True),
    Day("01/04/2026 - 03/04/2026", None, None, is_doubtful=True),
    Day("3 or 4 April 2026", None, None, is_doubtful=True),
    Day("on or about 3/4/26", None, None, is_doubtful=True),
    Day("Monday 3 April 2026", None, None, is_doubtful=True),
    Day("last Tuesday", None, None, is_doubtful=True),
    Day("03/04/2026 25:10", None, None, is_doubtful=True),
    Day("03042026", None, None, is_doubtful=True),
)


def _values() -> Iterator[tuple[str, str, Answers, Write]]:
    """Give the forms that differ by a value: dates of all kinds, conflicts, blanks."""
    writers: tuple[Write, ...] = (
        word(),
        mail("outlook"),
        libre(),
        plain_mail(text_tabs),
        word(Saved("legacy"), wrap="control"),
    )
    for number, day in enumerate(_DATES):
        base = CHILDREN[number % len(CHILDREN)]
        yield "dates, of the incident", f"{number}", base.but(incident=day), writers[number % 5]
    for number, day in enumerate(_DATES[::3]):
        # Of a relative, a year of two digits may be of this century or of the last.
        born = Day(day.raw, None, None, is_doubtful=True) if day.raw == "3.4.26" else day
        row = Relative("Tamsin Vale", "Aunt", born, "Same", "White British")
        yield "dates, of a relative", f"{number}", CHILDREN[number].but(family=(row,)), writers[(number + 1) % 5]
    births = (Day("Unborn"), Day("unborn"), Day("Not yet born"), Day("03/04/2026 (aged 3 weeks)", "2026-04-03"))
    for number, day in enumerate(births):
        yield "dates, unborn", f"{number}", CHILDREN[8].but(dob=day), writers[number]
    for number, write in enumerate(writers):
        base = CHILDREN[number]
        yield "conflicts", f"boxes {number}", base.but(plan="conflict", deceased="conflict", abuse="conflict"), write
        yield "conflicts", f"ethnic {number}", base.but(ethnic=("A1", "C2"), specify=""), write
        yield "conflicts", f"three {number}", base.but(ethnic=("B1", "D3", "F1"), specify="", harmed="conflict"), write
    for number, write in enumerate(writers):
        yield from (("blanks", f"{name} {number}", answers, write) for name, answers in _blanks(CHILDREN[number + 5]))


def _blanks(base: Answers) -> Iterator[tuple[str, Answers]]:
    yield "referrer", base.but(referrer="", email="", agency="", role="")
    yield "child", base.but(name="", dob=Day(), incident=Day(), carer="", faith="", location="")
    yield "boxes", base.but(ethnic=(), specify="", plan=None, deceased=None, harmed=None, abuse=None, concern=None)
    yield "lists", base.but(family=(), agencies=(), processes=())
    yield "summary", base.but(summary="", disability="", tel="")


def _lone_boxes() -> Iterator[tuple[str, str, Answers, Write]]:
    """Where all other options are deleted and the box that is left is not ticked, it is taken, and doubted."""
    for number in (0, 1, 4, 16):
        base = CHILDREN[number]
        doubts = ("child.child_protection_plan", *(("child.ethnic_origin",) if base.ethnic != ("E1",) else ()))
        yield "word, one box left", base.name, base.but(doubts=doubts), word(Saved("glyph"), choice="lone_box")


def cases() -> Iterator[Case]:
    """Give all cases, always the same ones."""
    for kind, name, content, answers in laid_out():
        yield Case(kind, f"{kind}, {name}", content, "ok", (expected(answers),))
    for number, (kind, write) in enumerate(KINDS.items()):
        for step in range(_EACH):
            answers = CHILDREN[(number + 8 * step) % len(CHILDREN)]
            yield _case(kind, f"{kind} {step}", answers, write)
    for kind, name, answers, write in (*_values(), *_lone_boxes()):
        yield _case(kind, f"{kind} {name}", answers, write)
    for kind, name, answers, blocks in SISTERS():
        wanted = (expected(answers),)
        yield Case(kind, f"{kind} {name}, word", docx(blocks, Saved("glyph")), "ok", wanted)
        yield Case(kind, f"{kind} {name}, html", html(blocks, "outlook").encode(), "ok", wanted)
    for number, (kind, write) in enumerate(WRAPPED.items()):
        for step in range(_EACH):
            answers = CHILDREN[(number + 7 * step) % len(CHILDREN)]
            yield _case(f"form {kind}", f"form {kind} {step}", answers, write)
    yield from _several()
    yield from _without_answers()


def _case(kind: str, name: str, answers: Answers, write: Write) -> Case:
    return Case(kind, name, write(answers), "ok", (expected(answers),))


def _several() -> Iterator[Case]:
    """Two children in one document, as siblings are referred."""
    for number in (0, 3, 6):
        both = CHILDREN[number : number + 2]
        blocks = tuple(block for answers in both for block in paper(answers, Manner()))
        forms = tuple(expected(answers) for answers in both)
        yield Case("two forms in a document", f"word {number}", docx(blocks), "ok", forms)
        yield Case("two forms in a document", f"odt {number}", odt(blocks), "ok", forms)
        yield Case("two forms in a document", f"html {number}", html(blocks).encode(), "ok", forms)
        for where, write in SIBLINGS.items():
            yield Case(f"two forms {where}", f"two forms {where} {number}", write(both), "ok", forms)


def _without_answers() -> Iterator[Case]:
    empty = CHILDREN[0].but(
        referrer="", email="", role="", tel="", agency="", submitted=Day(), name="", dob=Day(), address="",
        incident=Day(),
        carer="", location="", ethnic=(), specify="", faith="", disability="", plan=None, family=(), deceased=None,
        harmed=None, abuse=None, concern=None, summary="", agencies=(), processes=(),
    )  # fmt: skip
    blank: Mapping[str, Write] = {
        "word": word(), "placeholders": word(placeholders=True), "legacy": word(Saved("legacy")), "odt": libre(),
        "html": mail("outlook"), "text": plain_mail(text_tabs), "lines": plain_mail(text_lines),
        "hint": word(has_hint=True, blank_rows=3), "policy": word(front=POLICY), "labels over": word(place="below"),
        "pdf": fillable, "brackets": plain_mail(text_tabs, choice="brackets"),
    }  # fmt: skip
    for name, write in blank.items():
        yield Case("blank form", f"blank {name}", write(empty), "blank_form", ())
    for name, blocks in other_forms():
        yield Case("another form", f"{name}, word", docx(blocks, Saved("glyph")), "not_a_form", ())
        yield Case("another form", f"{name}, html", html(blocks, "gmail").encode(), "not_a_form", ())
        yield Case("another form", f"{name}, odt", odt(blocks, "glyph"), "not_a_form", ())
    yield Case("another form", "the policy alone", docx(POLICY), "not_a_form", ())
    yield from _unreadable()


def _unreadable() -> Iterator[Case]:
    """Forms that no program can read: each is for a person, and the verdict says why."""
    locked = fillable(CHILDREN[0], Fillable(password="secret"))
    photo = b"\xff\xd8\xff\xe0" + b"\1" * 50_000
    yield Case("locked", "pdf", locked, "encrypted", ())
    yield Case("locked", "locked, in a zip", zipped(form=locked), "encrypted", ())
    yield Case("locked", "locked, word", ole({"EncryptedPackage": b"\1" * 5_000}), "encrypted", ())
    for name, content in {"photo": photo, "scan": scan(), "photo in a zip": zipped(a=photo)}.items():
        yield Case("scan or photo", name, content, "needs_ocr", ())
    yield Case("scan or photo", "photo in a mail", mail_with(photo), "needs_ocr", ())
    yield Case("scan or photo", "photo in a .msg", msg(photo, text="The form"), "needs_ocr", ())
    whole = docx(paper(CHILDREN[0], Manner()))
    yield Case("damaged", "word, cut off", whole[: len(whole) // 2], "unreadable", ())
