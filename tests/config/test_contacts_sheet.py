"""The contact list as a spreadsheet: nothing in it is ever reckoned, and what is wrong is found by its row."""

from datetime import date, datetime, time
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from cspr_bot.config.contacts_rows import SheetEntries, SheetFindings, entries_in
from cspr_bot.config.contacts_sheet import COLUMNS, DATES, LISTS, Row, as_csv, as_workbook, read_sheet

ROWS: tuple[Row, ...] = (
    {
        "role": "coordinator",
        "name": "Co-ordinator",
        "email": "coordinator@tscp.example",
        "deputies": ["a@tscp.example", "b@tscp.example"],
        "confirmed": date(2026, 11, 1),
    },
    {"role": "agency", "agency": "health", "agency_name": "ICB", "name": "Team", "email": "t@nhs.example"},
)
HEAD = "role,agency,name,email,deputies,valid from\n"


def read(content: bytes) -> tuple[SheetEntries, list[str]]:
    findings = SheetFindings("list.xlsx")
    found = entries_in(read_sheet(content), findings)
    return found, [str(problem) for problem in findings.problems]


def workbook(*rows: tuple[object, ...], title: str = "Contacts") -> bytes:
    book, out = Workbook(), BytesIO()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("writer", [as_workbook, as_csv])
def test_what_is_exported_comes_back_as_it_was(writer: type) -> None:
    found, said = read(writer(ROWS))
    assert said == []
    assert tuple(entry.values for entry in found.entries) == ROWS
    assert [entry.row for entry in found.entries] == [2, 3]
    assert found.columns == frozenset(COLUMNS)


ODD = [
    "=1+1",
    "+44 1632 960001",
    "-x",
    "@sum",
    "\t=1",
    "'quoted",
    '=HYPERLINK("https://evil.example")',
    "A; B",
    "Ä\x07é",
]


@pytest.mark.parametrize("writer", [as_workbook, as_csv])
@pytest.mark.parametrize("text", ODD)
def test_what_begins_like_a_formula_is_written_as_text(writer: type, text: str) -> None:
    content = writer([{**ROWS[1], "name": text}])
    if writer is as_workbook:
        sheet = load_workbook(BytesIO(content))["Contacts"]
        cell = sheet.cell(2, COLUMNS.index("name") + 1)
        assert (cell.data_type, cell.quotePrefix) == ("s", True)
    else:
        assert (
            not content.decode("utf-8-sig").splitlines()[1].split(",")[3].lstrip('"').startswith(("=", "+", "-", "@"))
        )
    found, said = read(content)
    assert said == []
    assert (
        found.entries[0].values["name"] == text.replace("\x07", "\ufffd" if writer is as_workbook else "\x07").strip()
    )


def test_a_formula_in_a_workbook_is_refused_with_its_row_and_remedy() -> None:
    found, said = read(
        workbook(("role", "name", "email"), ("executive", '=HYPERLINK("https://evil.example")', "x@police.example"))
    )
    (line,) = said
    assert line == (
        "list.xlsx: row 2, name: this is a formula, and none is ever reckoned; write what it should say; "
        "where that begins with = + - or @, put ' before it"
    )
    assert found.entries[0].unread == {"name"}
    assert "name" not in found.entries[0].values


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", '"\t1"'])
def test_what_a_spreadsheet_would_reckon_in_csv_is_refused_with_its_row(cell: str) -> None:
    _, said = read(f"{HEAD}executive,police,{cell},x@police.example,,\n".encode())
    assert len(said) == 1
    assert said[0].startswith("list.xlsx: row 2, name: this is a formula, and none is ever reckoned; ")


@pytest.mark.parametrize("between", ["; ", ";", ",", "\n", " ;\n"])
def test_several_addresses_stand_in_one_cell(between: str) -> None:
    found, said = read(workbook(("role", "name", "email", "deputies"), ("a", "b", "c", between.join(["x@y", "z@y"]))))
    assert said == []
    assert found.entries[0].values["deputies"] == ["x@y", "z@y"]


@pytest.mark.parametrize(
    "day", [date(2026, 12, 1), datetime.combine(date(2026, 12, 1), time()), "2026-12-01", "1/12/2026", "01.12.2026"]
)
def test_a_day_is_read_as_it_is_written_here(day: object) -> None:
    found, said = read(workbook(("role", "name", "email", "valid from"), ("a", "b", "c", day)))
    assert said == []
    assert found.entries[0].values["valid_from"] == date(2026, 12, 1)


@pytest.mark.parametrize("day", ["31/02/2027", "12/31/2026", "next week", "46327", 46327])
def test_what_is_no_day_is_refused_with_its_row(day: object) -> None:
    found, said = read(workbook(("role", "name", "email", "valid from"), ("a", "b", "c", day)))
    assert said == [f'list.xlsx: row 2, valid from: "{day}" is not a date; write 30/11/2026 or 2026-11-30']
    assert found.entries[0].unread == {"valid_from"}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "list.xlsx: there is nothing in it; begin with `contacts export FILE`"),
        (
            b"PK\x03\x04 no workbook",
            "list.xlsx: this is no workbook that can be read; begin with `contacts export FILE`",
        ),
        (b"\xd0\xcf\x11\xe0\0\0", "list.xlsx: this is neither a workbook nor a CSV file; begin with"),
        (b"role,name\nx,y\n", 'list.xlsx: row 1: there is no column "email"; begin with `contacts export FILE`'),
        (b"role,name,emial\n", 'list.xlsx: row 1, "emial": there is no such column; did you mean "email"?'),
        (b"role,name,email,role\n", 'list.xlsx: row 1, "role": this column stands twice; leave one of the two out'),
        (
            b"role,name,email\na,b,c,d\n",
            'row 2, column 4: "d" stands under no heading; move it under one, or delete it',
        ),
        (b"role,name,email\n" + b"a,b,c\n" * 2001, "it is larger than any contact list: 2000 rows and 60 columns"),
        (b"role,name,email\na,b," + b"c" * 5000, "a cell in it is longer than 4000 characters"),
        (b"role,name,email" + b"," * 80, "it is larger than any contact list"),
    ],
)
def test_what_is_no_contact_list_is_refused_in_words(content: bytes, what: str) -> None:
    _, said = read(content)
    assert any(what in line for line in said), said


def test_csv_from_a_british_windows_with_semicolons_is_read() -> None:
    found, said = read("role;name;email\nexecutive;René;r@police.example\n\n".encode("cp1252"))
    assert said == []
    assert [(entry.row, entry.values["name"]) for entry in found.entries] == [(2, "René")]


def test_a_sheet_of_another_name_is_read_where_none_is_called_contacts() -> None:
    found, _ = read(workbook(("Role", "NAME", "E mail", "Email"), ("a", "b", None, "c"), title="Sheet1"))
    assert found.entries[0].values == {"role": "a", "name": "b", "email": "c"}


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
cells = {
    key: st.lists(words.filter(lambda text: not set(text) & set(";,")), min_size=1, max_size=3)
    if key in LISTS
    else st.dates(date(1900, 3, 1), date(2199, 12, 31))
    if key in DATES
    else words
    for key in COLUMNS
}


ALWAYS = ("role", "name", "email")
more = {key: cell for key, cell in cells.items() if key not in ALWAYS}


@settings(max_examples=12, deadline=5000)
@given(
    st.lists(
        st.fixed_dictionaries({key: cells[key] for key in ALWAYS}, optional=more),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_stands_in_a_list_comes_back_and_nothing_is_a_formula(rows: list[Row]) -> None:
    for writer in (as_csv, as_workbook):
        found, said = read(writer(rows))
        assert said == []
        assert [dict(entry.values) for entry in found.entries] == [dict(row) for row in rows]
