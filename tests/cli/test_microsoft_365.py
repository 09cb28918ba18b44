"""A home on Microsoft 365 as its administrator meets it: check, doctor, run, and what is refused with a reason."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.world import SystemClock
from cspr_bot.demonstration.post import WORD, Enclosure, new_mail
from tests.cli.commands import FORM, Type
from tests.graph_simulator.server import GraphSimulator, simulated
from tests.scenarios.people import COMPLETE, word_file
from tests.transports.graph import MAILBOX, move_to_graph

NURSE = "casey.writer@nhs.example"
DIRECTOR = "director@nsscp.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GraphSimulator]:
    keys = tmp_path / "keys"
    keys.mkdir()
    with simulated(keys, MAILBOX, SystemClock().now) as simulator:
        yield simulator


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose clock nobody has turned."""
    folder = tmp_path / "home"
    make_home(folder)
    return folder


@pytest.fixture
def live(home: Path, server: GraphSimulator) -> Path:
    """A home on the simulated tenant, its contacts confirmed."""
    move_to_graph(home, server)
    return home


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_referral_comes_in_and_its_mails_go_out(at_home: Type, live: Path, server: GraphSimulator) -> None:
    assert at_home("check").status == 0
    word = Enclosure("form.docx", WORD, FORM.read_bytes())
    server.exchange.deliver(
        new_mail(
            f"Casey Writer <{NURSE}>", MAILBOX, "Referral", "Please find it attached.\n", SystemClock().now(), word
        )
    )
    said = at_home("run", "--once", "--json")
    assert (said.status, said.err) == (0, "")
    assert said.json["taken"] == said.json["registered"] == 1
    assert said.json["sent"] == len(server.exchange.arrived) > 3
    assert [row["status"] for row in at_home("inbox", "--json").json] == ["filed"]
    assert len(server.exchange.lying_in("Processed")) == 1
    assert server.exchange.lying_in("inbox") == server.exchange.lying_in("drafts") == []
    assert len(server.exchange.lying_in("sentitems")) == len(server.exchange.arrived)


def lie_there(server: GraphSimulator, *days: int) -> list[str]:
    """Let mails lie in the inbox that came so many days ago."""
    now, found = SystemClock().now(), []
    for number in days:
        came = now - timedelta(days=number)
        server.exchange.now = lambda came=came: came  # type: ignore[misc]
        mail = new_mail(f"Casey <{NURSE}>", MAILBOX, f"{number}", "How do I refer a child?\n", came)
        found.append(server.exchange.deliver(mail))
    server.exchange.now = SystemClock().now
    return found


def test_at_the_first_start_old_mail_waits_for_a_persons_word_and_new_mail_does_not(
    at_home: Type, live: Path, server: GraphSimulator
) -> None:
    lie_there(server, 1000, 8, 0)
    said = at_home("run", "--once")
    assert said.status == 1
    (line,) = said.problems
    assert line.startswith("old mail waits, 2 in the inbox: it lay there for more than a day before")
    assert "run --take-since DATE" in line
    assert [row["status"] for row in at_home("inbox", "--json").json] == ["held"]  # the question of today
    assert len(server.exchange.lying_in("inbox")) == 2
    assert at_home("run", "--once").status == 1  # it asks again, and takes nothing meanwhile
    assert len(server.exchange.lying_in("inbox")) == 2


def test_what_is_put_aside_is_answered_by_nobody_and_lies_where_a_person_finds_it(
    at_home: Type, live: Path, server: GraphSimulator
) -> None:
    old, *_ = lie_there(server, 1000, 8, 2)
    at_home("run", "--once")
    since = (SystemClock().now() - timedelta(days=9)).date().isoformat()
    said = at_home("run", "--once", "--take-since", since)
    assert said.status == 0
    assert said.out.startswith("mail from before ")
    assert "Earlier now (1)" in said.out
    assert len(server.exchange.lying_in("Earlier")) == 1
    assert len(at_home("inbox", "--json").json) == 2
    assert server.exchange.lying_in("inbox") == []
    sent = len(server.exchange.arrived)
    server.exchange.move(old, "inbox")  # a person finds that it was a referral after all
    assert at_home("run", "--once").status == 0
    assert len(at_home("inbox", "--json").json) == 3
    assert len(server.exchange.arrived) > sent


def test_in_a_folder_nothing_waits_for_a_word(at_home: Type, home: Path) -> None:
    assert at_home("run", "--once", "--take-all").status == 2


def test_no_more_than_twenty_mails_leave_in_a_minute(at_home: Type, live: Path, server: GraphSimulator) -> None:
    for number in range(8):
        form = replace(COMPLETE, child=replace(COMPLETE.child, name=f"Aster Fenwick the {number}th"))
        mail = new_mail(f"Casey <{NURSE}>", MAILBOX, "Referral", "Attached.\n", SystemClock().now(), word_file(form))
        server.exchange.deliver(mail)
    at_home("run", "--once")
    assert len(server.exchange.arrived) == 20
    assert [row["status"] for row in at_home("outbox", "--json").json].count("waiting") > 20


def test_a_form_in_the_junk_is_held(at_home: Type, live: Path, server: GraphSimulator) -> None:
    word = Enclosure("form.docx", WORD, FORM.read_bytes())
    mail = new_mail(f"Casey <{NURSE}>", MAILBOX, "Referral", "Attached.\n", SystemClock().now(), word)
    server.exchange.deliver(mail, "junkemail")
    server.exchange.deliver(new_mail("x@shop.example", MAILBOX, "Buy", "now\n", SystemClock().now()), "junkemail")
    at_home("run", "--once")
    rows = {row["status"]: row["reasons"] for row in at_home("inbox", "--json").json}
    assert "the mail server had put it into its junk folder" in rows["held"]
    assert "the mail server had put it into its junk folder" in rows["ignored"]
    assert server.exchange.lying_in("Held") == [mail]
    assert len(server.exchange.lying_in("junkemail")) == 1


def test_the_doctor_says_what_is_well_and_what_is_not(at_home: Type, live: Path, server: GraphSimulator) -> None:
    edit(live / "config" / "bot.toml", 'command = ""', 'command = "true"')
    said = at_home("doctor", "--other", DIRECTOR)
    assert (said.status, said.err) == (0, "")
    assert "good      other mailboxes: the app was refused at 1" in said.out
    assert "noted     Sent: no mail has left yet" in said.out
    server.reaches_others = True
    found = at_home("doctor", "--other", DIRECTOR, "--json")
    assert found.status == 1
    assert [item["what"] for item in found.json["findings"] if item["verdict"] == "bad"] == ["other mailboxes"]


def test_unconfirmed_contacts_are_no_start_on_a_live_mailbox(at_home: Type, live: Path, server: GraphSimulator) -> None:
    edit(live / "config" / "contacts.toml", "confirmed = 2026-11-01\n", "")
    said = at_home("run", "--once")
    assert said.status == 1
    assert "confirmed" in said.err
    assert server.watch.total == 0


def test_another_mailbox_than_the_partnerships_own_is_no_start(at_home: Type, live: Path) -> None:
    edit(live / "config" / "bot.toml", f'mailbox = "{MAILBOX}"\nauthority', f'mailbox = "{DIRECTOR}"\nauthority')
    said = at_home("check")
    assert said.status == 1
    assert "is not the partnership's own mailbox" in said.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no such secret"),
        (b"", "the secret is empty"),
        (b"hello", "it must hold a certificate and its private key"),
        (b"\xff\xfe", "this is not text"),
        (
            b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
            "it must hold a certificate and its private",
        ),
    ],
)
def test_a_secret_that_is_no_good_is_said_and_never_shown(
    at_home: Type, live: Path, content: bytes | None, told: str
) -> None:
    secret = live / "var" / "graph-cert"
    secret.unlink()
    if content is not None:
        secret.write_bytes(content)
        secret.chmod(0o600)
    for words in (("check",), ("run", "--once")):
        said = at_home(*words)
        assert said.status == 1
        assert told in said.err
        assert "hello" not in said.err


def test_a_certificate_of_another_app_is_named_and_nothing_is_lost(
    at_home: Type, live: Path, server: GraphSimulator
) -> None:
    server.sign_in.certificate = b""
    said = at_home("run", "--once")
    assert said.status == 75
    assert "AADSTS700027" in said.err


def test_nothing_of_microsofts_is_loaded_where_the_folder_is_used(home: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom cspr_bot.bootstrap.office import Office\n"
        f"office = Office(Path({str(home)!r}))\noffice.run_once()\noffice.close()\n"
        "print(*sorted({'O365', 'msal', 'exchangelib', 'requests'} & sys.modules.keys()))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)  # noqa: S603
    assert ended.stdout.strip() == ""


def test_the_doctor_says_whether_sent_keeps_what_has_left(at_home: Type, live: Path, server: GraphSimulator) -> None:
    edit(live / "config" / "bot.toml", 'command = ""', 'command = "true"')
    lie_there(server, 0)
    at_home("run", "--once")
    assert "good      Sent: it keeps what was sent" in at_home("doctor", "--other", DIRECTOR).out
    for message in server.exchange.within("sentitems"):
        server.exchange.remove(message.id)
    said = at_home("doctor", "--other", DIRECTOR)
    assert said.status == 1
    assert "BAD       Sent: a mail that left on" in said.out
