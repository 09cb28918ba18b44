"""The contact list is changed by a proposal: checked as `check` checks it, kept, and in force only when imported."""

import shlex
from pathlib import Path

import pytest

from cspr_bot.board.values import CheckedChange, ContactChange, Refused
from cspr_bot.bootstrap.board.contacts import LONGEST, PATTERN
from cspr_bot.bootstrap.board.desk import OfficeDesk
from tests.board.browser import Browser
from tests.board.conftest import World
from tests.cli.commands import Type
from tests.fakes.desk import ALEX

WRONG = {"role": "agency", "name": "<b>Police</b>", "email": "casereview@pnn.polce.uk", "stamp": "s"}
RIGHT = {**WRONG, "email": "casereview@police.example"}


def test_an_error_is_said_beside_its_field_and_what_was_typed_is_kept(world: World, alex: Browser) -> None:
    reply = alex.send("/contacts/3/check", WRONG)
    assert reply.status == 422
    assert 'href="#email"' in reply.text
    assert 'id="email-wrong"' in reply.text
    assert 'value="casereview@pnn.polce.uk"' in reply.text
    assert "<b>Police" not in reply.text
    assert alex.send("/contacts/3/propose", WRONG).status == 422
    assert world.desk.proposed == []


def test_two_clicks_save_a_change_as_a_proposal(world: World, alex: Browser) -> None:
    asked = alex.send("/contacts/3/check", RIGHT)
    assert "Save this change?" in asked.words
    assert world.desk.proposed == []
    done = alex.follow(alex.send("/contacts/3/propose", RIGHT))
    assert "Nothing is changed until an administrator types: cspr-bot contacts import" in done.words
    fields = {key: value for key, value in RIGHT.items() if key != "stamp"}
    assert world.desk.proposed == [(ContactChange(3, "s", fields), ALEX)]


def test_a_new_contact_and_the_end_of_one(world: World, alex: Browser) -> None:
    alex.send("/contacts/new/propose", RIGHT)
    alex.send("/contacts/3/propose", {"stamp": "s", "remove": "yes"})
    assert [(change.number, change.is_removal) for change, _ in world.desk.proposed] == [(0, False), (3, True)]
    assert "was withdrawn" in alex.follow(alex.send("/contacts/withdraw")).words
    assert world.desk.withdrawn == [ALEX]


def test_what_was_changed_meanwhile_is_refused(world: World, alex: Browser) -> None:
    world.desk.refused = "This contact was changed meanwhile"
    for click in ("check", "propose"):
        assert alex.send(f"/contacts/3/{click}", RIGHT).status == 409


@pytest.mark.parametrize("number", ["99", "-1", "x", "9" * 30, "0"])
def test_a_contact_that_is_not_there_is_not_found(alex: Browser, number: str) -> None:
    assert alex.get(f"/contacts/{number}").status == 404


# ---------------------------------------------------------------------------------------------------------------------
# Over a real home


def change_of(desk: OfficeDesk, number: int, **fields: str) -> ContactChange:
    """Change some fields of an entry as somebody does who has its page open."""
    found = desk.contact(number)
    assert found is not None
    return ContactChange(number, found.stamp, {**found.fields, **fields})


def proposals(home: Path) -> list[Path]:
    return sorted((home / "var").glob(PATTERN))


def test_what_a_page_shows_unchanged_changes_nothing(desk: OfficeDesk) -> None:
    for number in (1, 8, len(desk.contacts().rows)):
        judged = desk.check_contact(change_of(desk, number))
        assert isinstance(judged, CheckedChange)
        assert (judged.problems, judged.others, judged.lines) == ((), ("Nothing would change.",), ())


@pytest.mark.parametrize(
    ("fields", "place", "told"),
    [
        ({"email": "someone@pnn.polce.uk"}, "email", "polce"),
        ({"email": "not an address"}, "email", "not an address"),
        ({"email": ""}, "email", ""),
        ({"email": "=cmd|' /C calc'!A0@council.example"}, "email", ""),
        ({"email": "partnership@nsscp.example"}, "email", ""),
        ({"valid_from": "31/02/2027"}, "valid_from", "is not a date"),
        ({"role": "nobody"}, "role", ""),
        ({"agency": "Two Words"}, "agency", ""),
        ({"deputies": "a@council.example\nb@"}, "deputies", ""),
    ],
)
def test_a_mistake_is_found_as_check_finds_it(
    desk: OfficeDesk, board_home: Path, fields: dict[str, str], place: str, told: str
) -> None:
    change = change_of(desk, 1, **fields)
    judged = desk.check_contact(change)
    assert isinstance(judged, CheckedChange)
    assert place in {where for where, _ in judged.problems}, judged
    assert told in " ".join(words for _, words in judged.problems)
    assert desk.propose_contact(change, ALEX) == judged
    assert proposals(board_home) == []


def test_a_gap_in_who_covers_a_role_stands_against_a_removal(desk: OfficeDesk) -> None:
    found = desk.contact(1)
    assert found is not None
    judged = desk.check_contact(ContactChange(1, found.stamp, {}, is_removal=True))
    assert isinstance(judged, CheckedChange)
    assert judged.others


def test_a_proposal_waits_gathers_changes_and_is_put_in_force_by_the_command(
    desk: OfficeDesk, board_home: Path, type_: Type
) -> None:
    before = (board_home / "config" / "contacts.toml").read_text(encoding="utf-8")
    command = desk.propose_contact(change_of(desk, 2, name="The chair, until spring"), ALEX)
    assert isinstance(command, str)
    again = desk.propose_contact(change_of(desk, 1, name="The office's own desk"), ALEX)
    assert again == command  # one proposal, with both changes
    shown = desk.contacts()
    assert shown.proposal is not None
    assert "Name: NSSCP Co-ordinator → The office's own desk" in shown.proposal.lines
    assert shown.proposal.counted == "0 added, 2 changed, 0 removed"
    assert [row.number for row in shown.rows if row.is_proposed] == [1, 2]
    assert (board_home / "config" / "contacts.toml").read_text(encoding="utf-8") == before
    [path] = proposals(board_home)
    assert path.stat().st_mode & 0o777 == 0o600
    said = type_(*shlex.split(command)[1:])
    assert said.status == 0, said.err
    after = (board_home / "config" / "contacts.toml").read_text(encoding="utf-8")
    assert "The chair, until spring" in after
    assert after.count("#") == before.count("#")  # the comments are all there
    assert desk.contacts().proposal is None
    assert proposals(board_home) == []
    rows = [row.entry for row in desk.office().store.installation.audit_of() if row.entry.what == "contacts_proposed"]
    assert [row.details["who"] for row in rows] == [ALEX.mark, ALEX.mark]
    assert "chair" not in repr(rows)


def test_a_proposal_from_an_earlier_list_is_not_offered_any_more(desk: OfficeDesk, board_home: Path) -> None:
    change = change_of(desk, 1, name="A new name")
    desk.propose_contact(change, ALEX)
    path = board_home / "config" / "contacts.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# looked over\n", encoding="utf-8")
    shown = desk.contacts().proposal
    assert shown is not None
    assert shown.is_stale
    assert isinstance(desk.check_contact(change_of(desk, 2, name="Another")), Refused)
    assert desk.withdraw_contacts(ALEX)
    assert not desk.withdraw_contacts(ALEX)
    assert desk.contacts().proposal is None
    assert proposals(board_home) == []


def test_an_entry_that_somebody_else_has_changed_is_not_overwritten(desk: OfficeDesk, board_home: Path) -> None:
    mine, theirs = change_of(desk, 1, name="Mine"), change_of(desk, 1, name="Theirs")
    assert isinstance(desk.propose_contact(theirs, ALEX), str)
    assert isinstance(desk.propose_contact(mine, ALEX), Refused)
    for number in (-1, 999, 10**18):
        assert isinstance(desk.check_contact(ContactChange(number, theirs.stamp, {})), Refused)
        assert desk.contact(number) is None
    assert isinstance(desk.check_contact(ContactChange(0, "", {}, is_removal=True)), Refused)
    assert len(proposals(board_home)) == 1


def test_a_new_contact_is_proposed_and_its_address_waits_for_its_holder(desk: OfficeDesk) -> None:
    change = change_of(desk, 0, role="lead_reviewer", name="B. Reviewer", email="b.reviewer@council.example")
    assert isinstance(desk.propose_contact(change, ALEX), str)
    [new] = [row for row in desk.contacts().rows if row.is_proposed]
    assert (new.email, new.confirmed, new.waiting) == (
        "b.reviewer@council.example",
        "",
        ("b.reviewer@council.example",),
    )


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * (LONGEST + 9), '"\r\n=1', "'; DROP", "\u202e", "=1+1", "@x"])
def test_no_text_breaks_the_list(desk: OfficeDesk, text: str) -> None:
    everywhere = dict.fromkeys(("name", "email", "deputies", "agency", "valid_to"), text)
    assert isinstance(desk.check_contact(change_of(desk, 1, **everywhere)), CheckedChange)
