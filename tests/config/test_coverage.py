"""Every role that is written to by itself has somebody, on every day that the calendar knows."""

from collections.abc import Callable, Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.config.contacts_checks import Entry
from cspr_bot.config.contacts_file import ReadContacts
from cspr_bot.config.coverage import Days, check_coverage, gaps, statutory_steps, steps_by_role
from cspr_bot.config.problems import Findings, Place
from cspr_bot.correspondence.contacts import Contact
from cspr_bot.procedure.definition import Ladder, NoticeRule, Pattern, Procedure, Timer

DAYS = Days(date(2026, 11, 22), date(2028, 12, 31))


def timer(name: str, owner: str, *, statutory: bool = False, roles: tuple[str, ...] = ()) -> Timer:
    return Timer(
        name,
        "Title",
        5,
        ("opening",),
        owner,
        "days",
        "N1",
        "",
        (Pattern("a"),),
        (Pattern("b"),),
        statutory=statutory,
        roles=roles,
        per="role" if roles else "case",
    )


def rules_of(*timers: Timer, notices: tuple[NoticeRule, ...] = (), **rest: Mapping[str, tuple[str, ...]]) -> Procedure:
    return Procedure(
        "P",
        "Title",
        regions={},
        events={},
        timers={item.name: item for item in timers},
        ladders={"days": Ladder("days", ())},
        moments={},
        notices={item.name: item for item in notices},
        answers={},
        escalation_roles=rest.get("escalation", {}),
        provisional_roles=("coordinator",) if "provisional" in rest else (),
    )


def contact(role: str, agency: str | None = None, *, deputies: bool = True, **days: date) -> Contact:
    return Contact(
        role,
        "Name",
        f"{role}@tscp.example",
        agency,
        deputies=("deputy@tscp.example",) if deputies else (),
        valid_from=days.get("valid_from"),
        valid_to=days.get("valid_to"),
    )


def said(rules: Procedure, *contacts: Contact, lines: Mapping[Place, int] | None = None) -> list[str]:
    entries = tuple(Entry(("contact", number), item, item) for number, item in enumerate(contacts))
    findings = Findings("contacts.toml", lambda: lines or {})
    check_coverage(entries, rules, DAYS, findings)
    return [str(problem) for problem in findings.problems]


def test_a_role_without_anybody_names_the_steps_that_would_have_no_recipient() -> None:
    rules = rules_of(timer("T2", "la_service_leader"), notices=(NoticeRule("N17", "Title", to=("la_service_leader",)),))
    assert said(rules) == [
        (
            'contacts.toml: contact: nobody holds the role "la_service_leader"; these would '
            "have no recipient: T2, N17; "
            'add a [[contact]] with role = "la_service_leader"'
        )
    ]


def test_a_gap_between_two_contacts_names_its_days() -> None:
    before = contact("executive", valid_to=date(2027, 3, 31))
    after = contact("executive", valid_from=date(2027, 4, 6))
    lines: dict[Place, int] = {("contact", 0, "valid_to"): 7}
    assert said(rules_of(timer("T1", "executive")), before, after, lines=lines) == [
        (
            'contacts.toml:7: contact[1].valid_to: nobody holds the role "executive" from '
            "2027-04-01 to 2027-04-05 (5 days); "
            "these would have no recipient: T1; let one contact begin on the day after the other ends"
        )
    ]


def test_a_role_that_begins_later_names_the_days_before() -> None:
    assert said(rules_of(timer("T1", "executive")), contact("executive", valid_from=date(2026, 11, 23))) == [
        (
            'contacts.toml: contact[1].valid_from: nobody holds the role "executive" on 2026-11-22; '
            "these would have no recipient: T1; let one contact begin on the day after the other ends"
        )
    ]


def test_a_role_that_ended_before_today_is_held_by_nobody() -> None:
    (line,) = said(rules_of(timer("T1", "executive")), contact("executive", valid_to=date(2026, 1, 1)))
    assert 'contact: nobody holds the role "executive" from 2026-11-22 to 2028-12-31 (771 days)' in line


def test_contacts_that_follow_one_another_leave_no_gap() -> None:
    before = contact("executive", valid_to=date(2027, 3, 31))
    after = contact("executive", valid_from=date(2027, 4, 1))
    assert said(rules_of(timer("T1", "executive")), before, after) == []


def test_the_referrer_stands_in_each_case_and_on_no_list() -> None:
    assert said(rules_of(timer("T20", "referrer"))) == []


def test_whoever_carries_an_agencys_key_answers_for_its_duties() -> None:
    assert said(rules_of(timer("T10", "agency")), contact("police_review_team", "police")) == []
    assert said(rules_of(timer("T10", "agency")), contact("executive")) == [
        (
            'contacts.toml: contact: nobody holds the role "agency"; these would have no recipient: T10; '
            'add a [[contact]] with role = "agency"'
        )
    ]


def test_an_agency_with_a_gap_is_an_error_and_one_that_ends_a_warning() -> None:
    ends = contact("agency", "police", valid_to=date(2027, 3, 31))
    later = contact("agency", "police", valid_from=date(2027, 4, 2))
    stays = contact("agency", "health")
    assert said(rules_of(), ends, later, stays) == [
        (
            'contacts.toml: contact[1].valid_to: nobody answers for the agency "police" on 2027-04-01; '
            "let one contact begin on the day after the other ends"
        )
    ]
    assert said(rules_of(), ends, stays) == [
        (
            'contacts.toml: warning: contact[1].valid_to: nobody answers for the agency "police" '
            "from 2027-04-01 to 2028-12-31 (641 days); add who comes after, if the agency goes on"
        )
    ]
    assert said(rules_of(), contact("agency", "police", valid_to=date(2026, 1, 1)), stays) == []


def test_a_missing_deputy_is_a_warning() -> None:
    assert said(rules_of(timer("T1", "executive")), contact("executive", deputies=False)) == [
        (
            'contacts.toml: warning: contact[1]: the "executive" "executive@tscp.example" has no deputy; '
            'add deputies = ["..."], who are written to when this address is away, bounces or is silent'
        )
    ]


def test_a_missing_deputy_of_a_role_that_owns_a_statutory_timer_is_an_error() -> None:
    rules = rules_of(timer("T2", "la_service_leader", statutory=True), timer("T7", "la_service_leader"))
    assert said(rules, contact("la_service_leader", deputies=False)) == [
        (
            'contacts.toml: contact[1]: the "la_service_leader" "la_service_leader@tscp.example" has no deputy, '
            "and owns statutory duties: T2; "
            'add deputies = ["..."], who are written to when this address is away, bounces or is silent'
        )
    ]


@pytest.mark.parametrize("role", ["review_group", "executive"])
def test_nobody_asks_for_the_deputy_of_who_is_not_written_to_or_gone(role: str) -> None:
    gone = contact(role, deputies=False, valid_to=date(2026, 11, 21))
    assert said(rules_of(timer("T1", "executive")), contact("executive"), gone) == []
    assert said(rules_of(), contact("review_group", deputies=False)) == []


def test_an_entry_that_could_not_be_read_is_not_missed() -> None:
    known = Contact("executive", name="", email="")
    findings = Findings("contacts.toml")
    check_coverage(
        (Entry(("contact", 0), known, known, is_whole=False),), rules_of(timer("T1", "executive")), DAYS, findings
    )
    assert findings.problems == []


def test_everything_that_writes_by_itself_counts() -> None:
    rules = rules_of(
        timer("T1", "executive"),
        timer("receipt", "role", roles=("director", "coordinator")),
        notices=(NoticeRule("N9", "Title", to=("executive",)),),
        escalation={"L1": ("coordinator",)},
        provisional={},
    )
    assert steps_by_role(rules) == {
        "executive": ("T1", "N9"),
        "director": ("receipt",),
        "coordinator": ("receipt", "reminders at L1", "reminders of held mails"),
    }


def test_the_roles_of_a_statutory_timer_kept_per_role_own_it() -> None:
    rules = rules_of(timer("T2", "role", statutory=True, roles=("director",)), timer("T1", "executive"))
    assert statutory_steps(rules) == {"director": ("T2",)}


NEAR = st.dates(date(2026, 11, 1), date(2027, 2, 1))


@given(st.lists(st.tuples(st.none() | NEAR, st.none() | NEAR), max_size=5), NEAR, NEAR)
def test_a_day_is_in_a_gap_exactly_when_no_contact_is_valid(
    spans: list[tuple[date | None, date | None]], first: date, last: date
) -> None:
    contacts = [Contact("executive", "Name", "a@b.example", valid_from=start, valid_to=end) for start, end in spans]
    found = list(gaps(contacts, first, last))
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        assert any(start <= day <= end for start, end in found) != any(one.is_valid(day) for one in contacts)
    assert all(first <= start <= end <= last for start, end in found)


def test_a_contact_that_ends_before_it_begins_covers_no_day() -> None:
    never = contact("executive", valid_from=date(2027, 1, 2), valid_to=date(2027, 1, 1))
    assert list(gaps([never], date(2027, 1, 1), date(2027, 1, 3))) == [(date(2027, 1, 1), date(2027, 1, 3))]


def test_no_days_have_no_gap() -> None:
    assert list(gaps([], date(2027, 1, 2), date(2027, 1, 1))) == []


def test_the_shipped_list_covers_the_shipped_procedure(
    shipped: Callable[[str], str],
    contacts: Callable[[str], tuple[ReadContacts, list[str]]],
    procedure: Callable[[str], tuple[Procedure | None, list[str]]],
) -> None:
    rules = procedure(shipped("procedure"))[0]
    assert rules is not None
    findings = Findings("contacts.toml")
    check_coverage(contacts(shipped("contacts"))[0].entries, rules, DAYS, findings)
    assert findings.problems == []
