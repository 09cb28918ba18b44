"""Who holds a role on a day, who may answer for it, and whose domain is known."""

from datetime import date

import pytest

from cspr_bot.correspondence.contacts import Contact, ContactBook, Partnership, is_under

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)
TEAM = Contact("police_review_team", "Team", "team@police.example", agency="police")
POLICE = Contact("agency", "Police", "police@police.example", agency="police", answers_from=("pc@police.example",))
HEALTH = Contact("health_safeguarding", "Nurse", "nurse@nhs.example", agency="health")
SECOND = Contact("subgroup", "Doctor", "doctor@nhs.example", agency="health")
FOR_A_MONTH = Contact("agency", "Fire", "fire@fire.example", agency="fire", valid_from=FIRST, valid_to=LAST)
CHAIR = Contact("subgroup_chair", "Chair", "chair@nsscp.example", deputies=("vice@nsscp.example",))
BOOK = ContactBook(
    Partnership("A Partnership", "AP", "ap@nsscp.example"),
    (TEAM, POLICE, HEALTH, SECOND, FOR_A_MONTH, CHAIR),
    known_domains=("nhs.example",),
)


def days(contact: Contact) -> list[bool]:
    return [contact.is_valid(day) for day in (date(2026, 11, 30), FIRST, LAST, date(2027, 1, 1))]


def test_an_entry_holds_on_its_first_and_its_last_day() -> None:
    assert days(FOR_A_MONTH) == [False, True, True, False]
    assert days(TEAM) == [True] * 4


@pytest.mark.parametrize(
    ("role", "agency", "holders"),
    [
        ("subgroup_chair", None, (CHAIR,)),
        ("agency", "police", (POLICE,)),  # who has the role, and not who carries the key
        ("agency", "health", (HEALTH,)),  # nobody has the role: the first who carries the key
        ("agency", "fire", (FOR_A_MONTH,)),
        ("agency", "housing", ()),
        ("police_review_team", None, (TEAM,)),
    ],
)
def test_a_role_is_held_by_whoever_has_it(role: str, agency: str | None, holders: tuple[Contact, ...]) -> None:
    assert BOOK.holders(role, agency, LAST) == holders


def test_what_has_ended_holds_nothing_answers_for_nobody_and_is_written_to_no_more() -> None:
    after = date(2027, 1, 1)
    assert BOOK.holders("agency", "fire", after) == ()
    assert (BOOK.of_address("fire@fire.example", LAST), BOOK.of_address("fire@fire.example", after)) == (
        (FOR_A_MONTH,),
        (),
    )
    assert (BOOK.lists("fire@fire.example", LAST), BOOK.lists("fire@fire.example", after)) == (True, False)
    assert BOOK.agencies(LAST) == {"police", "health", "fire"}
    assert BOOK.agencies(after) == {"police", "health"}


def test_whoever_answers_for_an_agency_is_not_written_to_and_a_deputy_is() -> None:
    assert BOOK.of_address("pc@police.example", LAST) == (POLICE,)
    assert not BOOK.lists("pc@police.example", LAST)
    assert BOOK.lists("vice@nsscp.example", LAST)


@pytest.mark.parametrize(
    ("domain", "is_known"),
    [
        ("nhs.example", True),
        ("NHS.example.", True),
        ("trust.nhs.example", True),
        ("evil-nhs.example", False),
        (".nhs.example.evil", False),
        ("example", False),
        ("nhs.example.evil.example", False),
    ],
)
def test_a_domain_is_under_another_label_by_label(domain: str, is_known: bool) -> None:  # noqa: FBT001
    assert is_under(domain, ["Nhs.example"]) is is_known
    assert BOOK.knows_domain(f"nurse@{domain}") is is_known


def test_an_address_stands_on_the_list_on_whatever_day() -> None:
    assert BOOK.has("fire@fire.example")
    assert BOOK.has("vice@nsscp.example")
    assert not BOOK.has("pc@police.example")
    assert not ContactBook(BOOK.partnership, ()).has("fire@fire.example")
