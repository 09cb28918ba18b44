"""Every key that is unknown, missing or wrong is noted, not only the first."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.config.contacts_file import Circumstances, read_contacts
from cspr_bot.config.coverage import Days, check_coverage
from cspr_bot.config.files import ConfigFile, read_bytes, read_text
from cspr_bot.config.holidays_file import read_holidays
from cspr_bot.config.problems import Findings
from cspr_bot.config.procedure_file import read_procedure
from cspr_bot.config.schema import Schema, expected, read_table
from cspr_bot.config.settings import OfficeSettings
from cspr_bot.config.settings_file import read_settings


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    size: int = 1


@dataclass(frozen=True, slots=True)
class Tree:
    title: str
    planted: date
    kind: Literal["oak", "ash"] = "oak"
    at: time | None = None
    is_tall: bool = False
    words: tuple[str, ...] = ()
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    rows: tuple[Leaf, ...] = ()
    best: Leaf = Leaf("first")


def read(text: str, schema: Schema | None = None) -> tuple[Tree | None, list[str]]:
    file = read_text(text, Findings("tree.toml"))
    tree = read_table(Tree, file.table, (), file.findings, schema or Schema())
    return tree, [str(problem) for problem in file.findings.problems]


def test_a_whole_table_is_read() -> None:
    text = """
title = "T"
planted = 2026-11-30
kind = "ash"
at = 09:00:00
is_tall = true
words = ["a", "b"]
leaves.one.size = 2
rows = [{ name = "r" }]
best = { name = "b" }
"""
    tree, said = read(text)
    assert said == []
    assert tree == Tree(
        "T",
        date(2026, 11, 30),
        "ash",
        time(9),
        is_tall=True,
        words=("a", "b"),
        leaves={"one": Leaf("one", 2)},
        rows=(Leaf("r"),),
        best=Leaf("b"),
    )


def test_every_problem_of_a_table_is_told_at_once() -> None:
    tree, said = read('titel = "T"\nplanted = "2026-11-30"\nis_tall = 1\n')
    assert tree is None
    assert said == [
        'tree.toml:1: titel: there is no such key; did you mean "title"?',
        "tree.toml: title: this key is missing; it must be text in quotes",
        'tree.toml:2: planted: this must be a date such as 2026-11-30, not "2026-11-30"; write it without quotes',
        "tree.toml:3: is_tall: this must be true or false, not 1; write true or false",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("title = 12", 'title: this must be text in quotes, not 12; write it in quotes: "12"'),
        ("title = []", "title: this must be text in quotes, not a list; write text in quotes"),
        ('kind = "oat"', 'kind: this must be one of "oak", "ash", not "oat"; did you mean "oak"?'),
        ('at = "09:00"', 'at: this must be a time of day such as 09:00:00, not "09:00"; write it without quotes'),
        ("planted = 2026-11-30T09:00:00", "planted: this must be a date such as 2026-11-30, not 2026-11-30T09:00:00;"),
        ('words = "a"', 'words: this must be a list, each entry text in quotes, not "a"; put it in square brackets'),
        ("words = ['a', 2]", 'words[2]: this must be text in quotes, not 2; write it in quotes: "2"'),
        ("leaves = 1", "leaves: this must be a table, not 1; write [leaves] above its keys"),
        ("leaves.a = 1", "leaves.a: this must be a table, not 1; write [leaves.a] above its keys"),
        ("leaves.a.size = 1.5", "leaves.a.size: this must be a whole number, not 1.5; write a whole number"),
        ("leaves.a.size = true", "leaves.a.size: this must be a whole number, not true"),
        (f"leaves.a.size = 0x{'f' * 9000}", "leaves.a.size: this number is beyond all measure; write a smaller one"),
        (f"title = 0x{'f' * 9000}", "title: this number is beyond all measure; write a smaller one"),
        ("rows = [{ size = 1 }]", "rows[1].name: this key is missing; it must be text in quotes"),
        ("best = { nmae = 'x' }", 'best.nmae: there is no such key; did you mean "name"?'),
        ("'a\\b' = 1", '"a\\\\b": there is no such key'),
    ],
)
def test_a_wrong_value_is_named_with_its_place(line: str, problem: str) -> None:
    _, said = read(line)
    assert any(f"tree.toml:1: {problem}" in one for one in said), said


def test_an_optional_value_that_is_wrong_leaves_the_rest_readable() -> None:
    tree, said = read('title = "T"\nplanted = 2026-11-30\nkind = "elm"\n')
    assert tree == Tree("T", date(2026, 11, 30))
    assert len(said) == 1


def test_a_field_may_have_a_reader_of_its_own() -> None:
    schema = Schema(by_field={(Tree, "title"): lambda value, _place, _findings: f"<{value}>"})
    tree, _ = read('title = "T"\nplanted = 2026-11-30\n', schema)
    assert tree is not None
    assert tree.title == "<T>"


def test_what_is_asked_for_is_said_in_words() -> None:
    assert expected(Leaf) == "a table"
    assert expected(tuple[Literal["a"], ...]) == 'a list, each entry one of "a"'


_LETTERS = "aZ09_-.@=|()?,* \n\0\x7f\"'é\u0430"
_KEYS = st.one_of(
    st.text(_LETTERS, max_size=8),
    st.sampled_from(
        [
            "name",
            "title",
            "main",
            "stages",
            "initial",
            "final",
            "fields",
            "moves",
            "when",
            "anchors",
            "opened_by",
            "role",
            "length",
            "owner",
            "ladder",
            "notice",
            "cite",
            "closed_by",
            "rungs",
            "offset",
            "level",
            "words",
            "takes",
            "event",
            "email",
            "agency",
            "deputies",
            "mailbox",
            "short_name",
            "first",
            "last",
            "published_to",
            "path",
            "url",
            "per",
            "to",
            "region",
            "start",
            "allowed_in",
            "confirmed",
            "valid_from",
            "valid_to",
            "timezone",
            "listen",
        ]
    ),
)
TOML_VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(_LETTERS, max_size=20),
        st.dates(),
        st.times(),
        st.datetimes(),
        st.sampled_from(
            ["L1", "a(b=c|d)", "a=b", "yes|no?", "date?", "2027-01-01", "main", "*", "a@b.example", "n(", "x=,"]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=5)),
    max_leaves=25,
)
_TOPS = st.sampled_from(
    [
        "installation",
        "mailbox",
        "database",
        "office",
        "limits",
        "alarm",
        "board",
        "marking",
        "partnership",
        "mail",
        "contact",
        "region",
        "event",
        "timer",
        "ladder",
        "moment",
        "notice",
        "answer",
        "automatic",
        "provisional",
        "escalation",
        "length_ladder",
        "course",
        "first",
        "last",
        "published_to",
        "england_and_wales",
        "name",
        "title",
        "x",
    ]
)


@given(st.dictionaries(_TOPS, TOML_VALUES, max_size=8))
def test_no_table_whatever_it_holds_makes_a_reader_raise(table: dict[str, object]) -> None:
    today = date(2026, 11, 22)
    file = ConfigFile(table, Findings("any.toml"))
    read_settings(file)
    read_contacts(file, Circumstances(today))
    read_procedure(file)
    read_holidays(file, OfficeSettings().hours, today=today)
    assert file.findings.problems
    assert all("\n" not in str(problem) for problem in file.findings.problems)


def places_in(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield place
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from places_in(entry, (*place, key))
    if isinstance(value, list):
        for number, entry in enumerate(value):
            yield from places_in(entry, (*place, number))


def changed(value: object, place: tuple[str | int, ...], new: object) -> object:
    if not place:
        return new
    if isinstance(value, dict):
        return {key: changed(entry, place[1:], new) if key == place[0] else entry for key, entry in value.items()}
    assert isinstance(value, list)
    return [changed(entry, place[1:], new) if number == place[0] else entry for number, entry in enumerate(value)]


SHIPPED = {
    name: tomllib.loads((Path(__file__).parents[2] / "config" / f"{name}.toml").read_text(encoding="utf-8"))
    for name in ("bot", "contacts", "procedure", "holidays")
}


@given(st.data())
def test_no_change_of_a_shipped_file_makes_its_reader_raise(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SHIPPED)))
    place = data.draw(st.sampled_from(list(places_in(SHIPPED[name]))))
    table = changed(SHIPPED[name], place, data.draw(TOML_VALUES))
    file = ConfigFile(table if isinstance(table, dict) else {}, Findings(f"{name}.toml"))
    today = date(2026, 11, 22)
    settings = read_settings(file) if name == "bot" else None
    contacts = read_contacts(file, Circumstances(today)) if name == "contacts" else None
    procedure = read_procedure(file if name == "procedure" else ConfigFile(SHIPPED["procedure"], Findings("")))
    holidays = read_holidays(file, OfficeSettings().hours, today=today) if name == "holidays" else None
    if contacts and contacts.book and procedure:
        check_coverage(contacts.entries, procedure, Days(today, date(2032, 12, 31)), file.findings)
    assert settings or contacts or procedure or holidays or file.findings.problems
    assert all(len(str(problem).splitlines()) == 1 for problem in file.findings.problems)


@given(st.binary(max_size=60))
def test_no_bytes_whatever_they_are_make_the_reader_raise(raw: bytes) -> None:
    file = read_bytes(raw, Findings("any.toml"))
    assert file.is_readable or len(file.findings.problems) == 1


@given(st.text(alphabet="[]{}=\".\n'ab1#,-:T+", max_size=60))
def test_broken_toml_is_a_problem_in_one_line(text: str) -> None:
    file = read_text(text, Findings("any.toml"))
    try:
        assert file.table == tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        (problem,) = file.findings.problems
        assert problem.line
        assert "\n" not in str(problem)
