"""contacts.toml: the administrator's mistakes of reliability 3e, each with the words in which it is told."""

from collections.abc import Callable

import pytest

from cspr_bot.config.contacts_file import ReadContacts
from cspr_bot.correspondence.contacts import Contact

ReadContactList = Callable[..., tuple[ReadContacts, list[str]]]

HEAD = """\
[partnership]
name = "Testshire Safeguarding Children Partnership"
short_name = "TSCP"
mailbox = "Partnership@tscp.example"
urgent_advice = "Ring 999."
[mail]
known_domains = ["council.example"]
trusted_authserv_ids = ["MX.council.example"]
"""
COORDINATOR = """\
[[contact]]
role = "coordinator"
name = "Co-ordinator"
email = "Coordinator@tscp.example"
deputies = ["deputy@tscp.example"]
confirmed = 2026-11-01
"""


def entry(**keys: str) -> str:
    """Give a contact of the police whose keys are as given, in TOML; "" leaves one out."""
    usual = {
        "role": '"police_review_team"',
        "agency": '"police"',
        "name": '"Review team"',
        "email": '"review@police.example"',
        "deputies": '["second@police.example"]',
        "confirmed": "2026-11-01",
    }
    lines = [f"{key} = {value}" for key, value in {**usual, **keys}.items() if value]
    return "\n".join(["[[contact]]", *lines, ""])


def test_a_list_without_mistakes_is_read(contacts: ReadContactList) -> None:
    read, said = contacts(HEAD + COORDINATOR + entry())
    assert said == []
    assert read.book is not None
    assert read.book.partnership.mailbox == "partnership@tscp.example"
    assert read.book.trusted_authserv_ids == ("mx.council.example",)
    assert [contact.email for contact in read.book.contacts] == ["coordinator@tscp.example", "review@police.example"]
    assert "nhs.net" in read.book.secure_domains


def test_the_shipped_list_has_only_warnings_and_only_of_what_must_be_confirmed(
    contacts: ReadContactList, shipped: Callable[[str], str]
) -> None:
    read, said = contacts(shipped("contacts"))
    assert read.book is not None
    assert all(": warning: " in line for line in said)
    assert all("nobody has confirmed" in line or "the invented ones" in line for line in said)
    assert {contact.agency for contact in read.book.contacts if contact.role == "agency"} == {
        "police",
        "health",
        "local_authority",
        "education",
    }


def test_on_a_live_mailbox_the_shipped_list_is_refused(
    contacts: ReadContactList, shipped: Callable[[str], str]
) -> None:
    read, said = contacts(shipped("contacts"), live=True)
    assert read.book is not None
    assert said
    assert not any(": warning: " in line for line in said)


@pytest.mark.parametrize(
    ("address", "what"),
    [
        (
            "review@polce.example.uk",
            '"polce.example.uk" is not on the secure-domain list; write a secure address; or say',
        ),
        (
            "casereview@avonandsomerset.pnn.polce.uk",
            (
                '"avonandsomerset.pnn.polce.uk" is not on the secure-domain list; nearest: '
                "avonandsomerset.pnn.police.uk; "
                'or say why it may be used: allow_insecure = "reason"'
            ),
        ),
        ("review@nsh.net", '"nsh.net" is not on the secure-domain list; nearest: nhs.net'),
        ("review@evil-nhs.net", '"evil-nhs.net" is not on the secure-domain list'),
        ("review@nhs.net.evil.com", '"nhs.net.evil.com" is not on the secure-domain list'),
        ("someone@gmail.com", '"gmail.com" is not on the secure-domain list'),
        (
            "review@somerset.gsi.gov.uk",
            '"somerset.gsi.gov.uk" has been retired, mail to it is lost; ask for the address',
        ),
        ("review@police.gcsx.gov.uk", "has been retired"),
        (
            "Review <review@police.example>",
            "is not an address: it has a display name or brackets; write the address alone",
        ),
        ("review @police.example", "is not an address: it has a blank in it"),
        ("a@police.example,b@police.example", 'is not an address: it has a "," in it: one address only'),
        ("review@police.example\\r\\nBcc: x@y.example", "it has a line break or another control character in it"),
        ("r\\u0435view@police.example", "it has a CYRILLIC SMALL LETTER IE in it, which is not ASCII"),
        ("review@p\\uFF4Flice.example", "it has a FULLWIDTH LATIN SMALL LETTER O in it, which is not ASCII"),
        ("review@police@example", "it has more than one @"),
        ("review.police.example", "it needs a name, an @ and a domain"),
        ("a..b@police.example", "the part before the @ is not plain"),
        ("review@-police.example", '"-police.example" is not a domain'),
        ("review@localhost", '"localhost" is not a whole domain'),
        ("review@10.0.0.1", "its domain is a number"),
        ("x" * 65 + "@police.example", "it is too long"),
        ("no-reply@police.example", "nobody reads this address; write the address of a person or a team that reads it"),
        ("DoNotReply@police.example", "nobody reads this address"),
        ("casereview.noreply@police.example", "nobody reads this address"),
        ("bounces+x@police.example", "nobody reads this address"),
        ("safeguarding-request@police.example", "this is a mailing list"),
        ("review@lists.police.example", "this is a mailing list"),
        ("review@googlegroups.com", "this is a mailing list"),
        (
            "mailbox@independent-panel.uk",
            "belongs to the National Panel, to whom only a person writes; leave this address",
        ),
        ("x@ofsted.gov.uk", "belongs to Ofsted, to whom only a person writes"),
        ("x@team.education.gov.uk", "belongs to the Department for Education"),
        ("partnership@tscp.example", "this is the partnership's own mailbox: mail would go round in a loop"),
    ],
)
@pytest.mark.parametrize("key", ["email", "deputies", "escalate_to"])
def test_an_address_that_no_mail_may_go_to_is_an_error(
    contacts: ReadContactList, address: str, what: str, key: str
) -> None:
    text = HEAD + COORDINATOR + entry(**{key: f'"{address}"' if key == "email" else f'["{address}"]'})
    line = next(number for number, line in enumerate(text.splitlines(), 1) if address in line)
    _, said = contacts(text)
    assert len(said) == 1
    assert said[0].startswith(f"config/contacts.toml:{line}: contact[2].{key}")
    assert what in said[0]


def test_a_reason_allows_a_domain_that_is_not_secure(contacts: ReadContactList) -> None:
    insecure = {"email": '"someone@gmail.com"', "allow_insecure": '"School without a mail system, pointers only"'}
    assert contacts(HEAD + COORDINATOR + entry(**insecure))[1] == []
    assert len(contacts(HEAD + COORDINATOR + entry(**{**insecure, "allow_insecure": '"  "'}))[1]) == 1


def test_the_file_may_add_a_secure_domain(contacts: ReadContactList) -> None:
    head = HEAD.replace("[mail]", '[mail]\nsecure_domains = ["trust.nhs.uk"]')
    assert contacts(head + COORDINATOR + entry(email='"review@trust.nhs.uk"'))[1] == []


def test_a_person_may_answer_from_an_old_domain_to_which_nothing_is_sent(contacts: ReadContactList) -> None:
    for address in ("x@legacy.gsi.gov.uk", "x@force.pnn.police.uk"):
        assert contacts(HEAD + COORDINATOR + entry(answers_from=f'["{address}"]'))[1] == []


def test_nobody_answers_for_an_agency_from_a_domain_that_is_not_secure(contacts: ReadContactList) -> None:
    (line,) = contacts(HEAD + COORDINATOR + entry(answers_from='["x@gmail.com"]'))[1]
    assert 'contact[2].answers_from[1]: "gmail.com" is not on the secure-domain list' in line


def test_a_legacy_police_domain_is_a_warning(contacts: ReadContactList) -> None:
    _, said = contacts(HEAD + COORDINATOR + entry(email='"casereview@avonandsomerset.pnn.police.uk"'))
    assert said == [
        (
            'config/contacts.toml:19: warning: contact[2].email: "avonandsomerset.pnn.police.uk" is a legacy domain; '
            "ask the force for the address that replaced it"
        )
    ]


def test_the_coordinator_cannot_be_the_partnerships_own_mailbox(contacts: ReadContactList) -> None:
    _, said = contacts(HEAD + COORDINATOR.replace("Coordinator@", "partnership@"))
    assert said == [
        (
            "config/contacts.toml:12: contact[1].email: the co-ordinator cannot be the "
            "partnership's own mailbox: mail from "
            "there is our own and is never answered, so no answer of the co-ordinator would "
            "count, and what is sent there "
            "comes back as new mail; write the co-ordinator's personal or another team mailbox"
        )
    ]


def test_an_address_that_differs_by_case_is_an_error_with_both_lines(contacts: ReadContactList) -> None:
    _, said = contacts(HEAD + COORDINATOR + entry() + entry(role='"executive"', email='"Review@police.example"'))
    assert said == [
        (
            'config/contacts.toml:26: contact[3].email: "Review@police.example" stands in '
            'line 19 as "review@police.example"; '
            "write one address in one way"
        )
    ]


def test_an_address_in_two_agencies_is_an_error_with_both_lines(contacts: ReadContactList) -> None:
    _, said = contacts(HEAD + COORDINATOR + entry() + entry(agency='"health"'))
    assert said == [
        (
            'config/contacts.toml:26: contact[3].email: "review@police.example" answers for '
            '"police" already (in line 19); '
            "one address speaks for one agency: write another one"
        )
    ]


def test_the_same_contact_twice_is_an_error_with_both_lines(contacts: ReadContactList) -> None:
    _, said = contacts(HEAD + COORDINATOR + entry() + entry())
    assert said == [
        (
            'config/contacts.toml:26: contact[3].email: "review@police.example" holds "police_review_team" already '
            "(in line 19); leave one of the two out, or let one end before the other"
        )
    ]


def test_one_address_may_hold_several_roles_and_one_role_several_addresses(contacts: ReadContactList) -> None:
    several = entry() + entry(role='"agency"') + entry(email='"other@police.example"')
    assert contacts(HEAD + COORDINATOR + several)[1] == []


def test_one_person_may_speak_for_the_partnership_and_an_agency(contacts: ReadContactList) -> None:
    assert contacts(HEAD + COORDINATOR + entry() + entry(role='"subgroup_chair"', agency=""))[1] == []


def test_an_agency_may_change_hands_on_a_day(contacts: ReadContactList) -> None:
    both = entry(valid_to="2027-03-31") + entry(valid_from="2027-04-01", agency='"successor"')
    assert contacts(HEAD + COORDINATOR + both)[1] == []


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"role": ""}, "contact[2].role: this key is missing; it must be text in quotes"),
        ({"role": '""'}, 'contact[2].role: there is no role ""; write one of administrator, agency,'),
        ({"role": '"police_reveiw_team"'}, 'there is no role "police_reveiw_team"; did you mean "police_review_team"?'),
        ({"role": '"referrer"'}, 'contact[2].role: who is "referrer" stands in each case, not on this list'),
        ({"role": '"agency"', "agency": ""}, 'contact[2].agency: a contact with role "agency" must say which'),
        ({"agency": '"Avon Police"'}, 'contact[2].agency: "Avon Police" is not a key: one word in small letters'),
        ({"agency": '"ofsted"'}, '"ofsted" is told by a person, never by the program; leave this contact out'),
        ({"agency": '"family"'}, '"family" is told by a person, never by the program'),
        ({"name": '" "'}, 'contact[2].name: " " is not a name; write whom a mail should greet'),
        ({"name": '"A\\nB"'}, 'contact[2].name: "A\\nB" is not a name'),
        ({"name": "12"}, 'contact[2].name: this must be text in quotes, not 12; write it in quotes: "12"'),
        ({"emial": '"x@police.example"'}, 'contact[2].emial: there is no such key; did you mean "email"?'),
        ({"valid_from": '"2026-11-01"'}, 'this must be a date such as 2026-11-30, not "2026-11-01"; write it without'),
        ({"confirmed": "2026-12-01"}, "contact[2].confirmed: 2026-12-01 has not come yet; write the day on which the"),
        ({"confirmed": ""}, 'warning: contact[2]: nobody has confirmed "review@police.example"; ring or write to them'),
        (
            {"valid_from": "2027-01-02", "valid_to": "2027-01-01"},
            "it would be valid from 2027-01-02 to 2027-01-01, which",
        ),
        ({"deputies": '["a@police.example", "a@police.example"]'}, 'deputies[2]: "a@police.example" stands twice here'),
        ({"deputies": '["review@police.example"]'}, 'deputies[1]: "review@police.example" cannot be its own deputy'),
        ({"deputies": '"a@police.example"'}, "contact[2].deputies: this must be a list, each entry text in quotes"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line_and_remedy(
    contacts: ReadContactList, keys: dict[str, str], problem: str
) -> None:
    _, said = contacts(HEAD + COORDINATOR + entry(**keys))
    assert len(said) == 1
    assert problem in said[0]


def test_an_unconfirmed_contact_is_an_error_on_a_live_mailbox(contacts: ReadContactList) -> None:
    _, said = contacts(HEAD + COORDINATOR + entry(confirmed=""), live=True)
    assert said == [
        (
            'config/contacts.toml:15: contact[2]: nobody has confirmed "review@police.example"; '
            "ring or write to them, then add confirmed = the day on which they answered"
        )
    ]


def test_an_address_that_waits_for_its_holder_is_a_warning_and_says_what_to_do(contacts: ReadContactList) -> None:
    waiting = entry(confirmed="", unconfirmed='["Review@police.example"]')
    read, said = contacts(HEAD + COORDINATOR + waiting, live=True)
    assert said == [
        (
            'config/contacts.toml:19: warning: contact[2].email: "review@police.example" is unconfirmed: until its '
            "holder answers, whoever stands in is written to instead; `contacts` shows who has answered; if you rang "
            "them: `contacts confirm review@police.example --by NAME`"
        )
    ]
    assert read.book is not None
    assert read.book.contacts[1].unconfirmed == ("review@police.example",)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"unconfirmed": '["other@police.example"]'},
            'unconfirmed[1]: "other@police.example" is no address to which mail of this contact goes; leave it out',
        ),
        (
            {"unconfirmed": '["review@police.example"]'},
            'unconfirmed[1]: "review@police.example" cannot be both confirmed and unconfirmed; leave one of the two',
        ),
    ],
)
def test_an_address_that_cannot_be_waited_for_is_an_error(
    contacts: ReadContactList, keys: dict[str, str], problem: str
) -> None:
    _, said = contacts(HEAD + COORDINATOR + entry(**keys))
    assert len(said) == 1
    assert problem in said[0]


def test_on_a_live_mailbox_the_coordinator_must_be_reachable(contacts: ReadContactList) -> None:
    nobody = COORDINATOR.replace(
        "confirmed = 2026-11-01", 'unconfirmed = ["coordinator@tscp.example", "deputy@tscp.example"]'
    )
    _, said = contacts(HEAD + nobody, live=True)
    assert said[-1] == (
        "config/contacts.toml:12: contact[1].email: no address of the co-ordinator is confirmed: nobody would hear of "
        "what reaches nobody else; ring them; then write confirmed = the day, and leave unconfirmed out"
    )
    by_deputy = COORDINATOR.replace("confirmed = 2026-11-01", 'unconfirmed = ["coordinator@tscp.example"]')
    assert not any("nobody would hear" in line for line in contacts(HEAD + by_deputy, live=True)[1])


def test_an_entry_that_cannot_be_read_still_holds_its_role(contacts: ReadContactList) -> None:
    read, _ = contacts(HEAD + COORDINATOR + entry(email=""))
    assert read.book is not None
    assert [contact.role for contact in read.book.contacts] == ["coordinator"]
    assert [known.contact.role for known in read.entries] == ["coordinator", "police_review_team"]
    assert read.entries[1].contact == Contact("police_review_team", name="", email="", agency="police")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('name = "Testshire', 'nmae = "Testshire'), 'partnership.nmae: there is no such key; did you mean "name"?'),
        (('short_name = "TSCP"', 'short_name = "T\\nS"'), 'partnership.short_name: "T\\nS" is not a name'),
        (
            ("Partnership@tscp.example", "Partnership"),
            'mailbox: "partnership" is not an address: it needs a name, an @',
        ),
        (
            ('"Ring 999."', '""'),
            "urgent_advice: no acknowledgement could say where to turn when a child is at risk now",
        ),
        (
            ('"Ring 999."', '"01632 960001"'),
            "warning: partnership.urgent_advice: the telephone numbers are still the inv",
        ),
        (('["council.example"]', "[]"), "warning: mail.known_domains: without known domains every referral is held"),
        (('["council.example"]', '["uk"]'), 'mail.known_domains[1]: "uk" cannot be a domain here: "uk" is not a whole'),
        (('["council.example"]', '["*.gov.uk"]'), '"*.gov.uk" cannot be a domain here: "*.gov.uk" is not a domain'),
        (('["council.example"]', '["a..b"]'), '"a..b" cannot be a domain here: it has no ASCII form'),
        (
            ('["MX.council.example"]', '["mx council"]'),
            'trusted_authserv_ids[1]: "mx council" is not the name of a server',
        ),
        (("[mail]", '[mail]\ndialect = "rfc"'), 'dialect: this must be one of "rfc8601", "exchange-online", not "rfc"'),
        (
            ("[mail]", "[mail]\ntesting = true"),
            "warning: mail.testing: every mail goes to the partnership's own mailbox",
        ),
        (("[mail]", "[mial]\n[mail]"), 'mial: there is no such table; did you mean "mail"?'),
    ],
)
def test_a_wrong_head_is_named(contacts: ReadContactList, change: tuple[str, str], problem: str) -> None:
    _, said = contacts(HEAD.replace(*change) + COORDINATOR)
    assert any(problem in line for line in said)
    assert len(said) <= 2


def test_a_known_domain_is_brought_into_ascii(contacts: ReadContactList) -> None:
    read, said = contacts(
        HEAD.replace('["council', '["M\u00fcnchen').replace('.example"]\ntrusted', '.Example."]\ntrusted') + COORDINATOR
    )
    assert said == []
    assert read.book is not None
    assert read.book.known_domains == ("xn--mnchen-3ya.example",)


def test_on_a_live_mailbox_somebody_must_be_trusted_to_authenticate(contacts: ReadContactList) -> None:
    _, said = contacts(HEAD.replace('["MX.council.example"]', "[]") + COORDINATOR, live=True)
    assert len(said) == 1
    assert "without the name that your mail server gives itself no mail counts as authenticated" in said[0]


def test_contacts_under_one_bracket_are_explained(contacts: ReadContactList) -> None:
    read, said = contacts(HEAD + COORDINATOR.replace("[[contact]]", "[contact]"))
    assert read.entries == ()
    assert said == [
        (
            "config/contacts.toml:9: contact: contacts must be a list of tables; "
            "write [[contact]], with two brackets, above each"
        )
    ]


def test_an_entry_that_is_no_table_is_named(contacts: ReadContactList) -> None:
    read, said = contacts("contact = [1]\n" + HEAD)
    assert read.entries == ()
    assert said == [
        "config/contacts.toml:1: contact[1]: this must be a table, not 1; write [contact[1]] above its keys"
    ]


def test_a_list_without_its_partnership_is_no_book(contacts: ReadContactList) -> None:
    read, said = contacts(COORDINATOR)
    assert read.book is None
    assert "config/contacts.toml: partnership.mailbox: this key is missing; it must be text in quotes" in said


def test_a_mail_table_that_is_none_is_no_book(contacts: ReadContactList) -> None:
    read, said = contacts("mail = 1\n" + HEAD.partition("[mail]")[0])
    assert read.book is None
    assert said == ["config/contacts.toml:1: mail: this must be a table, not 1; write [mail] above its keys"]


def test_a_broken_file_is_no_book(contacts: ReadContactList) -> None:
    read, said = contacts(HEAD + 'name = "twice"\n[mail]\n')
    assert read.book is None
    assert said == ["config/contacts.toml:10: mail: this stands twice, first in line 6; leave one of the two out"]
