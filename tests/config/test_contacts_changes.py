"""What a proposed list would change, and how it is written: comments and order stay, a new address has to be asked."""

import tomllib
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_bot.config.contacts_changes import Proposal, confirm, differences, propose
from cspr_bot.config.contacts_edit import NotEditableError, edited, rows_of
from cspr_bot.config.contacts_rows import SheetEntries, SheetEntry
from cspr_bot.config.contacts_sheet import COLUMNS, Row
from cspr_bot.config.contacts_wording import counted, difference_lines
from cspr_bot.config.lines import find_lines

ASKED = date(2026, 11, 1)
LIST = """\
# The head.
[partnership]
name = "T"

# ---- ours

# Never our own mailbox.
[[contact]]
role = "coordinator" # the one
name = "Co-ordinator"
email = "coordinator@tscp.example" # since May
deputies = ["deputy@tscp.example"]
confirmed = 2026-11-01
# ask again in May

# ---- the police
# Ask anew.
[[contact]]
role = "executive"
agency = "police"
name = "Executive, police"
email = "executive@police.example"
deputies = [
  "one@police.example", # weekdays
  "two@police.example",
]
confirmed = 2026-11-01

[mail] # between them
testing = false

[[contact]]
role = "executive"
agency = "health"
name = "Executive, health"
email = "executive@nhs.example"
confirmed = 2026-11-01

# the end
"""
ROWS = rows_of(tomllib.loads(LIST))


def sheet(*rows: Row, columns: frozenset[str] = frozenset(COLUMNS)) -> SheetEntries:
    return SheetEntries(tuple(SheetEntry(number, row) for number, row in enumerate(rows, 2)), columns)


def with_(row: Row, **values: object) -> Row:
    changed = {**row, **values}
    return {key: value for key, value in changed.items() if value is not None}


def test_a_sheet_that_says_the_same_changes_nothing() -> None:
    proposal = propose(ROWS, sheet(*ROWS))
    assert proposal.is_empty
    assert edited(LIST, proposal) == LIST


def test_a_sheet_that_was_only_sorted_changes_nothing() -> None:
    assert edited(LIST, propose(ROWS, sheet(*reversed(ROWS)))) == LIST


def test_a_changed_address_loses_its_old_confirmation_and_nothing_else_moves() -> None:
    proposal = propose(ROWS, sheet(with_(ROWS[0], email="new@tscp.example"), *ROWS[1:]))
    assert edited(LIST, proposal) == LIST.replace(
        'email = "coordinator@tscp.example" # since May', 'email = "new@tscp.example" # since May'
    ).replace(
        "confirmed = 2026-11-01\n# ask again in May\n", '# ask again in May\nunconfirmed = ["new@tscp.example"]\n', 1
    )
    assert list(difference_lines(proposal)) == [
        "  changed  row 2    coordinator, coordinator@tscp.example",
        "                    email: coordinator@tscp.example → new@tscp.example",
        "                    confirmed: 1 November 2026, which was of the address before",
        "                    to be confirmed: new@tscp.example",
    ]


def test_no_sheet_confirms_a_new_address_not_even_when_it_is_imported_twice() -> None:
    asked = with_(ROWS[0], email="new@tscp.example", confirmed=date(2026, 11, 20))
    first = propose(ROWS, sheet(asked, *ROWS[1:]))
    assert first.entries[0] == with_(
        ROWS[0], email="new@tscp.example", confirmed=None, unconfirmed=["new@tscp.example"]
    )
    assert propose(first.entries, sheet(asked, *ROWS[1:])).is_empty


def test_a_day_may_be_written_for_an_address_that_was_there_before() -> None:
    again = with_(ROWS[0], confirmed=date(2027, 5, 3))
    assert propose(ROWS, sheet(again, *ROWS[1:])).entries[0] == again


def test_an_address_that_is_confirmed_elsewhere_on_the_list_needs_no_second_word() -> None:
    again = with_(ROWS[2], email="Executive@police.example", confirmed=None)
    (change,) = propose(ROWS, sheet(*ROWS[:2], again)).changed
    assert (change.values["confirmed"], change.values.get("unconfirmed")) == (ASKED, None)


def test_a_new_deputy_waits_and_the_contact_itself_stays_confirmed() -> None:
    more = with_(ROWS[1], deputies=["one@police.example", "three@police.example"])
    proposal = propose(ROWS, sheet(ROWS[0], more, ROWS[2]))
    assert edited(LIST, proposal) == LIST.replace(
        '  "two@police.example",\n]\nconfirmed = 2026-11-01\n',
        '  "three@police.example",\n]\nconfirmed = 2026-11-01\nunconfirmed = ["three@police.example"]\n',
    )


def test_a_new_entry_stands_behind_the_one_that_it_follows_and_is_to_be_confirmed() -> None:
    new: Row = {"role": "agency", "agency": "police", "name": "N", "email": "n@police.example", "confirmed": ASKED}
    proposal = propose(ROWS, sheet(ROWS[0], ROWS[1], new, ROWS[2]))
    written = edited(LIST, proposal)
    assert (
        'confirmed = 2026-11-01\n\n[[contact]]\nrole = "agency"\nagency = "police"\nname = "N"\n'
        'email = "n@police.example"\nunconfirmed = ["n@police.example"]\n\n[mail] # between them\n'
    ) in written
    assert counted(proposal) == "1 added, 0 changed, 0 removed"
    assert [item.what for item in differences(proposal)] == ["added"]


def test_a_removed_entry_takes_its_own_comment_along_and_no_other() -> None:
    written = edited(LIST, propose(ROWS, sheet(ROWS[0], ROWS[2])))
    gone = LIST[LIST.index("# ---- the police\n# Ask anew.") : LIST.index("[mail]")]
    assert written == LIST.replace(gone, "")


def test_an_agency_changes_hands_by_one_change_of_the_list() -> None:
    """CCG to ICB to a merged ICB: the one before ends, the next begins on the day after."""
    ended = with_(ROWS[2], valid_to=date(2027, 3, 31))
    begun = with_(ROWS[2], email="executive@icb.example", name="ICB", valid_from=date(2027, 4, 1), confirmed=None)
    proposal = propose(ROWS, sheet(*ROWS[:2], ended, begun))
    assert [item.what for item in differences(proposal)] == ["changed", "added"]
    assert rows_of(tomllib.loads(edited(LIST, proposal)))[2:] == (
        ended,
        {**begun, "unconfirmed": ["executive@icb.example"]},
    )


def test_what_a_sheet_has_no_column_for_stays_as_it_is() -> None:
    few = tuple({key: row[key] for key in ("role", "agency", "name", "email") if key in row} for row in ROWS)
    columns = frozenset({"role", "agency", "name", "email"})
    assert propose(ROWS, sheet(*few, columns=columns)).is_empty


def test_a_cell_that_cannot_be_read_leaves_what_was_there() -> None:
    broken = SheetEntry(2, with_(ROWS[0], email=None), frozenset({"email"}))
    rest = sheet(*ROWS[1:]).entries
    assert propose(ROWS, SheetEntries((broken, *rest), frozenset(COLUMNS))).is_empty


def test_confirming_an_address_lets_it_be_used_wherever_it_stands() -> None:
    waiting = (
        with_(ROWS[0], confirmed=None, unconfirmed=["Coordinator@tscp.example", "deputy@tscp.example"]),
        *ROWS[1:],
    )
    proposal = confirm(waiting, "coordinator@tscp.example", ASKED)
    assert proposal.entries[0] == with_(ROWS[0], unconfirmed=["deputy@tscp.example"])
    assert confirm(proposal.entries, "coordinator@tscp.example", ASKED).is_empty


def test_a_list_with_windows_line_ends_keeps_them() -> None:
    text = LIST.replace("\n", "\r\n")
    written = edited(text, propose(ROWS, sheet(ROWS[0], ROWS[2])))
    assert "\n" not in written.replace("\r\n", "")


def test_a_list_without_a_line_end_at_its_end_is_lengthened() -> None:
    text = LIST.removesuffix("\n\n# the end\n")
    new: Row = {"role": "agency", "agency": "a", "name": "N", "email": "n@x.example"}
    assert edited(text, propose(ROWS, sheet(*ROWS, new))).startswith(f"{text}\n\n[[contact]]\n")


def test_an_empty_list_gets_its_first_entry() -> None:
    new: Row = {"role": "agency", "agency": "a", "name": "N", "email": "n@x.example"}
    written = edited("[mail]\ntesting = true", propose((), sheet(new)))
    assert rows_of(tomllib.loads(written)) == ({**new, "unconfirmed": ["n@x.example"]},)


@pytest.mark.parametrize(
    "text",
    [
        'contact = [{role = "coordinator", name = "N", email = "n@x.example"}]\n',
        '[["contact"]]\nrole = """\nx"""\nname="N"\n\temail="n@x.example"\n',
    ],
)
def test_a_list_written_in_an_odd_way_is_changed_rightly_or_not_at_all(text: str) -> None:
    rows = rows_of(tomllib.loads(text))
    proposal = propose(rows, sheet(with_(rows[0], email="m@x.example")))
    if text.startswith("contact ="):
        with pytest.raises(NotEditableError, match="not every contact begins with"):
            edited(text, proposal)
    else:
        assert rows_of(tomllib.loads(edited(text, proposal))) == proposal.entries


edits = st.lists(
    st.tuples(
        st.sampled_from(["drop", "copy", "email", "name", "deputies", "valid_to", "agency", "swap"]), st.integers(0, 40)
    ),
    max_size=6,
)


def spoilt(rows: tuple[Row, ...], steps: list[tuple[str, int]]) -> list[Row]:
    """Change a list as an administrator may, step by step."""
    made = list(rows)
    for what, number in steps:
        place = number % len(made) if made else 0
        match what:
            case "drop" if made:
                del made[place]
            case "copy" if made:
                made.insert(place, with_(made[place], email=f"copy{number}@x.example"))
            case "swap" if made:
                made[place], made[0] = made[0], made[place]
            case "deputies" if made:
                made[place] = with_(made[place], deputies=[f"d{number}@x.example", "deputy@tscp.example"])
            case "valid_to" if made:
                made[place] = with_(made[place], valid_to=date(2027, 1, 1 + number % 28))
            case key if made and key != "drop":
                made[place] = with_(made[place], **{key: f"{key}{number}"})
            case _:
                pass
    return made


@settings(max_examples=60, deadline=5000)
@given(edits)
def test_whatever_is_changed_the_file_says_what_was_meant_and_keeps_the_comments_of_what_stays(
    steps: list[tuple[str, int]],
) -> None:
    proposal = propose(ROWS, sheet(*spoilt(ROWS, steps)))
    written = edited(LIST, proposal)
    assert rows_of(tomllib.loads(written)) == proposal.entries
    assert edited(written, propose(proposal.entries, sheet(*spoilt(ROWS, steps)))) == written
    kept = {item.old for item in proposal.new}
    for place, comment in ((0, "# Never our own mailbox."), (0, "# ask again in May"), (1, "# Ask anew.")):
        assert (comment in written) == (place in kept)
    assert all(text in written for text in ("# The head.", "# ---- ours", "[mail] # between them", "# the end"))
    assert not find_lines(written).twice


def test_the_shipped_list_survives_a_change_of_everything(shipped: Callable[[str], str]) -> None:
    text = shipped("contacts")
    rows = rows_of(tomllib.loads(text))
    new = [with_(row, email=f"{number}@new.example", deputies=None) for number, row in enumerate(rows)]
    proposal = propose(rows, sheet(*new))
    written = edited(text, proposal)
    assert rows_of(tomllib.loads(written)) == proposal.entries
    assert len(proposal.changed) == len(rows)
    assert [line for line in written.splitlines() if "#" in line] == [line for line in text.splitlines() if "#" in line]


def test_two_that_cannot_be_told_apart_are_paired_in_order() -> None:
    twins = (ROWS[2], ROWS[2])
    assert propose(twins, sheet(*twins)).is_empty
    assert isinstance(propose(twins, sheet(ROWS[2])), Proposal)
    assert len(propose(twins, sheet(ROWS[2])).removed) == 1
