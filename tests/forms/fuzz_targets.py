"""What is fuzzed: each reader as a function of bytes, which raises only where something is wrong with the program."""

import json
import time
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING

from cspr_bot.referral.dates import CHILD_YEARS, family_years, read_date
from cspr_bot.referral.differences import changed_fields
from cspr_bot.referral.form import Doubt, FormDate, Reading, ReferralForm
from cspr_bot.referral.form_json import reading_as_json
from cspr_bot.referral.pages import Cell, Page, Table
from cspr_bot.referral.reading import read_page
from cspr_bot.referral.rules import FormRules, form_rules
from cspr_bot.referral.supply import facts_in, merged
from cspr_bot.referral.ticks import chosen, has_box, option_before, options_in, read_ticks
from cspr_bot.referral.wording import Wording, wording_of

if TYPE_CHECKING:
    from cspr_bot.documents.containers import Contents

ROOT = Path(__file__).parents[2]
VERDICTS = {"ok", "blank_form", "not_a_form", "encrypted", "unreadable", "too_large", "hostile", "needs_ocr"}
SLOWEST = 2.0  # seconds of processor that any file may take: a busy machine is not the file's fault
MOST_UNPACKED = 1_000_000
Target = Callable[[bytes], None]


def may_refuse(target: Target) -> Target:
    """Let a reader refuse its input, which is an answer."""

    @wraps(target)
    def run(data: bytes) -> None:
        from cspr_bot.documents.refusal import Refused  # noqa: PLC0415 - the pure targets run without any library

        try:
            target(data)
        except Refused as refused:
            assert refused.reading.verdict in VERDICTS - {"ok"}  # noqa: PT017 - the rest must not raise

    return run


@cache
def rules() -> FormRules:
    read = form_rules(tomllib.loads((ROOT / "config" / "form.toml").read_text(encoding="utf-8")))
    assert isinstance(read, FormRules), read
    return read


@cache
def wording() -> Wording:
    return wording_of(rules())


def dates(data: bytes) -> None:
    text = data.decode("utf-8", "ignore")
    for years in (CHILD_YEARS, family_years(date(2026, 5, 1)), family_years(None)):
        read, why = read_date(text, years)
        assert isinstance(read, FormDate)
        assert read.iso is None or not why
        assert read.iso is None or any(char.isdigit() for char in text)
        if read.iso:  # a year is never invented
            assert str(read.iso.year)[-2:] in "".join(str(int(char)) for char in text if char.isdecimal())


def _box(choice: str, words: str) -> str | None:
    return wording().box(words, choice)


def ticks(data: bytes) -> None:
    text = data.decode("utf-8", "ignore")
    for choice in ("ethnic_origin", "child_protection_plan", "criteria"):
        name_of = partial(_box, choice)
        found = read_ticks(text, name_of, may_say_yes=choice != "child_protection_plan")
        assert set(chosen(found)) <= set(found)
        assert has_box(text) or not found or all(tick.is_ticked for tick in found)
        options_in(text, name_of)
        option_before(text, name_of)
    wording().forget()


def labels(data: bytes) -> None:
    text = data.decode("utf-8", "ignore")
    asked = wording()
    for section in ("referrer", "child", None):
        label = asked.label(text, section)
        assert label is None or (label.path and all(line in text for line in label.rest.split("\n")))
        asked.marked_label(text, section)
    for ask in (asked.heading, asked.sentence, asked.is_title, asked.question, asked.is_part_of_question):
        ask(text)
    asked.columns(text.split("\n"), "family")
    answer = asked.answer(text)
    assert asked.answer(answer) == answer
    asked.forget()


def texts(data: bytes) -> None:
    from cspr_bot.documents.text import read_text  # noqa: PLC0415 - the pure targets run without any library

    _read(read_text(data.decode("utf-8", "ignore")))


def pages(data: bytes) -> None:
    """A page of any shape: lines are cells, blank lines end rows, form feeds end tables."""
    blocks: list[str | Table] = []
    for number, part in enumerate(data.decode("utf-8", "ignore").split("\f")):
        rows = tuple(
            tuple(
                Cell(text, place, 1 + len(text) % 3, text.endswith("^")) for place, text in enumerate(row.split("\n"))
            )
            for row in part.split("\n\n")
        )
        blocks.append(part if number % 2 else Table(rows))
    _read(Page(tuple(blocks)))


def supplies(data: bytes) -> None:
    """A reply to our question for what is missing: what is taken of it was asked for, and is in no doubt."""
    form = ReferralForm(missing=rules().required, doubts=(Doubt("child.faith", "why"),))
    facts = facts_in(data.decode("utf-8", "ignore"), form, rules())
    if facts is not None:
        assert set(changed_fields(None, facts)) <= {*form.missing, "child.faith"}
        joined = merged(form, facts, rules())
        assert set(joined.missing) < set(form.missing) or not joined.doubts
        assert merged(joined, facts, rules()) == joined


def toml_rules(data: bytes) -> None:
    """Rules from any table: they are read, or every problem is named."""
    try:
        table = tomllib.loads(data.decode("utf-8", "ignore"))
    except tomllib.TOMLDecodeError:
        return
    found = form_rules(table)
    assert isinstance(found, FormRules) or (found and all(isinstance(problem, str) for problem in found))


def files(data: bytes) -> None:
    """A file of any kind. What `read_document` would call a crash is one here."""
    from cspr_bot.documents.reading import page_of  # noqa: PLC0415 - likewise
    from cspr_bot.documents.refusal import Refused  # noqa: PLC0415

    try:
        _read(page_of(data))
    except Refused as refused:
        assert refused.reading.verdict in VERDICTS - {"ok"}  # noqa: PT017 - nothing is lost, the rest must not raise


def kinds(data: bytes) -> None:
    from cspr_bot.documents.sniff import decode, sniff  # noqa: PLC0415 - likewise

    assert (sniff(data) == "empty") == (not data.strip(b" \t\r\n\x00"))
    decode(data)


@may_refuse
def zips(data: bytes) -> None:
    from cspr_bot.documents.archive import open_archive  # noqa: PLC0415 - likewise

    archive = open_archive(data)
    for name in archive.names:
        assert len(archive.read(name, MOST_UNPACKED)) <= MOST_UNPACKED


@may_refuse
def winmails(data: bytes) -> None:
    from cspr_bot.documents.tnef import MARK, read_tnef  # noqa: PLC0415 - likewise

    _open(read_tnef(data if data.startswith(MARK) else MARK + data))


@may_refuse
def packed(data: bytes) -> None:
    """The body of a mail of Outlook's, as it is packed, and as the HTML that may be in it."""
    from cspr_bot.documents.outlook_rtf import bodies, html_in  # noqa: PLC0415 - likewise

    html_in(data)
    assert all(isinstance(body, bytes) for body in bodies(b"", data, b"x"))


def containers(data: bytes) -> None:
    """A container of any kind, to its very bottom; what needs LibreOffice is refused."""
    from cspr_bot.documents.containers import Desk  # noqa: PLC0415 - likewise
    from cspr_bot.documents.reading import read_document  # noqa: PLC0415

    _checked(read_document(data, rules(), desk=Desk(to_word=_no_office)))


def mails(data: bytes) -> None:
    """A whole mail with everything in it, as the bounded child reads it."""
    from cspr_bot.bootstrap.reading import contents_of  # noqa: PLC0415 - likewise
    from cspr_bot.documents.containers import Desk  # noqa: PLC0415
    from cspr_bot.documents.reading import read_document  # noqa: PLC0415

    contents_of(data)
    _checked(read_document(data, rules(), desk=Desk(open_mail=contents_of, to_word=_no_office)))


def office(data: bytes) -> None:
    """A document for LibreOffice: it is bounded, and what it makes is read like any other."""
    from cspr_bot.documents.office import WALL_SECONDS  # noqa: PLC0415 - likewise
    from cspr_bot.documents.reading import read_document  # noqa: PLC0415

    started = time.perf_counter()
    reading = read_document(data, rules())
    _checked(reading)
    assert time.perf_counter() - started < WALL_SECONDS + 2 * SLOWEST


def _checked(reading: Reading) -> None:
    assert reading.verdict in VERDICTS
    assert bool(reading.forms) == (reading.verdict == "ok")
    assert "unusual" not in reading.reason, "this is what is said of a reader that crashed"


def _no_office(_content: bytes, _kind: str) -> bytes:
    from cspr_bot.documents.refusal import NO_OFFICE, Refused  # noqa: PLC0415 - likewise

    raise Refused("unreadable", NO_OFFICE)


def _open(contents: "Contents") -> None:
    from cspr_bot.documents.containers import Member  # noqa: PLC0415 - likewise

    for item in (*contents.files, *contents.bodies):
        if isinstance(item, Member):
            assert isinstance(item.open(MOST_UNPACKED), bytes)


def _read(page: Page) -> None:
    reading = read_page(page, rules())
    assert reading.verdict in VERDICTS
    assert bool(reading.forms) == (reading.verdict == "ok")
    json.dumps(reading_as_json("x", reading))


PURE: Mapping[str, Target] = {
    "dates": dates,
    "ticks": ticks,
    "labels": labels,
    "texts": texts,
    "pages": pages,
    "rules": toml_rules,
    "supply": supplies,
    "kinds": kinds,
    "zips": zips,
    "winmails": winmails,
    "packed": packed,
}
OF_FILES: Mapping[str, Target] = {
    "pdf": files,
    "docx": files,
    "odt": files,
    "html": files,
    "containers": containers,
    "mails": mails,
    "office": office,
}
