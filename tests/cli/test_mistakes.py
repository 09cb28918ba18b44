"""An administrator's mistakes (reliability, 3e): `check` and a start say the same, with file, line, key and remedy."""

import sys
from pathlib import Path

import pytest

from tests.cli.commands import START, Type

CONTACTS, BOT, PROCEDURE = "config/contacts.toml", "config/bot.toml", "config/procedure.toml"
HEALTH = 'email = "executive@nhs.example"'

MISTAKES = {
    "a typo in a domain": (
        CONTACTS,
        "casereview@police.example",
        "casereview@avonandsomerset.pnn.polce.uk",
        (
            'config/contacts.toml:146: contact[13].email: "avonandsomerset.pnn.polce.uk" is not on the '
            "secure-domain list; "
            'nearest: avonandsomerset.pnn.police.uk; or say why it may be used: allow_insecure = "reason"'
        ),
    ),
    "a domain that is not secure": (
        CONTACTS,
        'email = "executive@police.example"',
        'email = "someone@gmail.com"',
        (
            'config/contacts.toml:155: contact[14].email: "gmail.com" is not on the secure-domain list; write a secure '
            'address; or say why it may be used: allow_insecure = "reason"'
        ),
    ),
    "a retired domain": (
        CONTACTS,
        HEALTH,
        'email = "executive@bnssg.gsi.gov.uk"',
        (
            'config/contacts.toml:185: contact[17].email: "bnssg.gsi.gov.uk" has been retired, mail to it is '
            "lost; ask for "
            "the address that replaced it"
        ),
    ),
    "an empty role": (
        CONTACTS,
        'role = "executive"',
        'role = ""',
        (
            'config/contacts.toml:{line}: contact[11].role: there is no role ""; write one of administrator, agency, '
            "assistant_director, coordinator, director, executive, health_safeguarding, la_service_leader, "
            "lead_reviewer, "
            "other_area_partners, police_review_team, referrer, review_group, subgroup, subgroup_chair"
        ),
    ),
    "a role that nobody holds": (
        CONTACTS,
        'role = "director"',
        'role = "coordinator"',
        (
            'config/contacts.toml:42: contact: nobody holds the role "director"; these would have no recipient: '
            "receipt; "
            'add a [[contact]] with role = "director"'
        ),
    ),
    "a gap of a week": (
        CONTACTS,
        'email = "director@council.example"',
        'email = "director@council.example"\nvalid_from = 2026-12-22',
        (
            'config/contacts.toml:117: contact[10].valid_from: nobody holds the role "director" from 2026-12-15 to '
            "2026-12-21 (7 days); these would have no recipient: receipt; let one contact begin on the day after the "
            "other ends"
        ),
    ),
    "no deputy for a statutory duty": (
        CONTACTS,
        'deputies = ["deputy.service.leader@council.example"]\n',
        "",
        (
            'config/contacts.toml:93: contact[8]: the "la_service_leader" "service.leader@council.example" has '
            "no deputy, "
            'and owns statutory duties: T2, T3, T4, T5, T14; add deputies = ["..."], who are written to when '
            "this address "
            "is away, bounces or is silent"
        ),
    ),
    "one address in two agencies": (
        CONTACTS,
        HEALTH,
        'email = "executive@police.example"',
        (
            'config/contacts.toml:185: contact[17].email: "executive@police.example" answers for "police" '
            "already (in line "
            "155); one address speaks for one agency: write another one"
        ),
    ),
    "one address in two spellings": (
        CONTACTS,
        'email = "safeguarding@nhs.example"',
        'email = "Safeguarding@nhs.example"',
        (
            'config/contacts.toml:193: contact[18].email: "safeguarding@nhs.example" stands in line 176 as '
            '"Safeguarding@nhs.example"; write one address in one way'
        ),
    ),
    "a display name": (
        CONTACTS,
        HEALTH,
        'email = "Executive <executive@nhs.example>"',
        (
            'config/contacts.toml:185: contact[17].email: "Executive <executive@nhs.example>" is not an '
            "address: it has a "
            "display name or brackets; write the address alone: name@domain"
        ),
    ),
    "a letter of another alphabet": (
        CONTACTS,
        HEALTH,
        'email = "ex\\u0435cutive@nhs.example"',
        (
            'config/contacts.toml:185: contact[17].email: "ex\\u0435cutive@nhs.example" is not an address: it has a '
            "CYRILLIC SMALL LETTER IE in it, which is not ASCII; write the address alone: name@domain"
        ),
    ),
    "our own mailbox": (
        CONTACTS,
        HEALTH,
        'email = "partnership@nsscp.example"',
        (
            "config/contacts.toml:185: contact[17].email: this is the partnership's own mailbox: mail would go "
            "round in a "
            "loop; write another address"
        ),
    ),
    "a mailing list": (
        CONTACTS,
        HEALTH,
        'email = "executive-list@nhs.example"',
        (
            'config/contacts.toml:185: contact[17].email: "executive-list@nhs.example": this is a mailing list; '
            "write the "
            "address of a person or a team that reads it"
        ),
    ),
    "a no-reply address": (
        CONTACTS,
        HEALTH,
        'email = "no-reply@nhs.example"',
        (
            'config/contacts.toml:185: contact[17].email: "no-reply@nhs.example": nobody reads this address; write the '
            "address of a person or a team that reads it"
        ),
    ),
    "text for a number": (
        BOT,
        "poll_seconds = 60",
        'poll_seconds = "60"',
        'config/bot.toml:7: mailbox.poll_seconds: this must be a whole number, not "60"; write it without quotes',
    ),
    "a key twice": (
        BOT,
        "poll_seconds = 60",
        "poll_seconds = 60\npoll_seconds = 90",
        "config/bot.toml:8: mailbox.poll_seconds: this stands twice, first in line 7; leave one of the two out",
    ),
    "an unknown key": (
        BOT,
        "poll_seconds = 60",
        "poll_secnds = 60",
        'config/bot.toml:7: mailbox.poll_secnds: there is no such key; did you mean "poll_seconds"?',
    ),
    "broken TOML": (
        BOT,
        "[limits]",
        "[limits",
        (
            "config/bot.toml:51: this is not TOML: Expected ']' at the end of a table declaration; mend this "
            "line or the "
            "one before it"
        ),
    ),
    "a negative number of days": (
        PROCEDURE,
        'length = 5\nanchors = ["la_aware"]\nouter_limit',
        'length = -5\nanchors = ["la_aware"]\nouter_limit',
        (
            "config/procedure.toml:{line}: timer.T2.length: a length of -5 working days would be due before its "
            "clock starts; "
            'write a positive number; only working days count back, from a date such as "event.field"'
        ),
    ),
    "an escalation after the deadline": (
        PROCEDURE,
        '{ offset = 0, level = "L2" }]\n\n[ladder.ten_days]',
        '{ offset = 1, level = "L2" }]\noverdue_first = 2\n\n[ladder.ten_days]',
        (
            "config/procedure.toml:{line}: ladder.five_days.rungs[3]: the first escalation, L2, comes only after the "
            "deadline; let L2 come on the due day at the latest"
        ),
    ),
    "a bank holiday on a Saturday": (
        "config/holidays.toml",
        "2027-12-27",
        "2027-12-25",
        (
            "config/holidays.toml:{line}: england_and_wales.2027-12-25: 2027-12-25 is a Saturday; write the "
            "substitute day, "
            "on which the offices are closed"
        ),
    ),
    "a secret in the file": (
        BOT,
        'url = "sqlite:///var/cspr-bot.db"',
        'url = "postgresql+psycopg://cspr:hunter2@db.example/cspr"',
        (
            "config/bot.toml:42: database.url: a password must not stand in this file; leave it out, and use a .pgpass "
            "file or a secret"
        ),
    ),
}


def spoil(home: Path, name: str, old: str, new: str) -> int:
    """Make a mistake; give the line in which it begins."""
    path = home / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.count("\n", 0, text.index(old)) + 1


def errors_in(problems: list[str]) -> list[str]:
    return [line for line in problems if ": warning: " not in line and not line.startswith(("until this", "1 to mend"))]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_by_check_and_by_a_start_in_the_same_words(at_home: Type, home: Path, mistake: str) -> None:
    name, old, new, expected = MISTAKES[mistake]
    expected = expected.replace("{line}", str(spoil(home, name, old, new)))
    checked, started = at_home("--now", START, "check"), at_home("--now", START, "run", "--once")
    assert (checked.status, started.status) == (1, 1)
    assert errors_in(checked.problems) == errors_in(started.problems) == [expected]
    assert "hunter2" not in checked.err


def test_a_reason_allows_an_insecure_address_and_stands_in_every_export(
    at_home: Type, home: Path, case: str, tmp_path: Path
) -> None:
    why = "School without a mail system, pointers only"
    spoil(home, CONTACTS, HEALTH, f'email = "someone@gmail.com"\nallow_insecure = "{why}"')
    assert at_home("export", case, tmp_path / "pack").status == 0
    assert (
        f"Contacts who may have an address outside the secure domains, and why:\n  executive (health): {why}\n"
    ) in (tmp_path / "pack" / "README.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "mode", "expected"),
    [
        (
            CONTACTS,
            0o664,
            "config/contacts.toml: others than its owner may write this file; chmod go-w config/contacts.toml",
        ),
        (
            "var/master-key",
            0o644,
            (
                "var/master-key: others than its owner may use this secret (mode 0644); make a new one, and chmod 600 "
                "var/master-key"
            ),
        ),
    ],
)
def test_a_file_that_others_could_use_is_refused(
    at_home: Type, home: Path, name: str, mode: int, expected: str
) -> None:
    (home / name).chmod(mode)
    for said in (at_home("check"), at_home("run", "--once")):
        assert said.status == 1
        assert any(line.startswith(expected) for line in said.problems)


def test_a_home_and_a_database_of_two_installations_refuse_to_start(at_home: Type, home: Path) -> None:
    spoil(home, BOT, 'installation = "nsscp-live"', 'installation = "nsscp-test"')
    said = at_home("run", "--once")
    assert (said.status, said.problems) == (
        1,
        [
            (
                "config/bot.toml: installation: this database belongs to installation 'nsscp-live', the home says "
                "'nsscp-test'; write its name there, or name the right home"
            )
        ],
    )


def test_the_mailbox_that_is_read_must_be_our_own_in_both_files(at_home: Type, home: Path) -> None:
    graph = (
        '[mailbox.graph]\ntenant_id = "00000000-0000-0000-0000-000000000000"\nclient_id = '
        '"00000000-0000-0000-0000-000000000000"\ncertificate = "graph-cert"\nmailbox = "other@nsscp.example"\n\n'
    )
    spoil(home, BOT, "[mailbox.folder]", f"{graph}[mailbox.folder]")
    spoil(home, BOT, 'transport = "folder"', 'transport = "graph"')
    assert (
        'config/bot.toml:13: mailbox.graph.mailbox: "other@nsscp.example" is not the partnership\'s own mailbox in '
        'contacts.toml, "partnership@nsscp.example"; write the same address in both'
    ) in at_home("check").problems


# ---------------------------------------------------------------------------------------------------------------------
# A restart with a broken file: a clear error, and what still works


def test_with_a_broken_file_nothing_is_decided_and_what_still_works_is_named(
    at_home: Type, home: Path, case: str
) -> None:
    known = {(row["case"], row["timer"], row["due_at"]) for row in at_home("due", "--json").json}
    spoil(home, CONTACTS, HEALTH, 'email = "executive"')
    for command in (("run", "--once"), ("cases",), ("show", case)):
        said = at_home(*command)
        assert (said.status, said.out) == (1, "")
        assert said.problems[0].startswith('config/contacts.toml:185: contact[17].email: "executive" is not an address')
    assert at_home("run", "--once").problems[-1] == (
        "until this is mended only `check`, `contacts export`, `contacts import` and `due` work"
    )
    said = at_home("due", "--json")
    assert said.status == 1
    assert {(row["case"], row["timer"], row["due_at"]) for row in said.json} == known
    assert case in at_home("due").out
    spoil(home, BOT, "[mailbox]", "[mailbox")
    assert (at_home("due").status, at_home("due").out) == (1, "")


def test_a_service_that_cannot_start_tells_a_person_once_in_an_hour(at_home: Type, home: Path, tmp_path: Path) -> None:
    script, heard = tmp_path / "tell.py", tmp_path / "heard"
    script.write_text(f"import sys; open({str(heard)!r}, 'a').write(sys.stdin.read())", encoding="utf-8")
    spoil(home, BOT, 'command = ""', f'command = "{sys.executable} {script}"')
    spoil(home, CONTACTS, HEALTH, 'email = "executive"')
    for _ in range(2):
        assert at_home("run").status == 1
    told = heard.read_text(encoding="utf-8")
    assert told.count("cspr-bot nsscp-live: it does not start, for its files are broken (version ") == 1
    assert "No reminder goes out until they are mended: `cspr-bot check` says what is wrong.\n" in told
    spoil(home, CONTACTS, 'email = "executive"', 'email = "exec"')  # another mistake is another word
    at_home("run")
    assert heard.read_text(encoding="utf-8").count("it does not start") == 2
