"""A new address: its holder is asked once, no mail of a case goes there before they answer, and nobody is left out."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from cspr_bot.bootstrap.office import Office
from cspr_bot.cli import main
from cspr_bot.config import Home, read_home
from cspr_bot.demonstration.post import new_mail
from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.store.rows import OutboxRow
from tests.bootstrap.test_cycle import MAILBOX, Bench, refer
from tests.pipeline.world import TUESDAY

LEADER, DEPUTY = "service.leader@council.example", "deputy.service.leader@council.example"
CONTACTS = "config/contacts.toml"


class LiveBench(Bench):
    """A home on which everybody is confirmed but the Service Leader, judged as for a mailbox that reaches people."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        path = folder / CONTACTS
        text = path.read_text(encoding="utf-8").replace("01632 96000", "01934 88880").replace("2 outside", "3 outside")
        text = re.sub(r"^(email = .*)$", r"\1\nconfirmed = 2026-11-02", text, flags=re.MULTILINE)
        mine = f'email = "{LEADER}"\n'
        text = text.replace(f"{mine}confirmed = 2026-11-02", f'{mine}unconfirmed = ["{LEADER}"]')
        path.write_text(text, encoding="utf-8")

    def start(self) -> None:
        home = read_home(self.folder, today=date(2026, 12, 15), live=True)
        assert isinstance(home, Home), [str(problem) for problem in home if not problem.is_warning]
        self.office = Office(self.folder, home=home)
        self.office.turn(self.machine.at)

    def rows(self, notice: str = "") -> list[OutboxRow]:
        return [row for row in self.office.store.reports.outbox_rows() if row.notice.startswith(notice)]

    def code(self) -> str:
        (row,) = self.rows("N28-address")
        content = self.office.store.reports.outgoing(row.id)
        assert content is not None
        found = re.search(rb"Answer code: ([A-Z2-7]{26})", content)
        assert found is not None
        return found[1].decode()

    def answer(self, sender: str, words: str, **headers: str) -> None:
        mail = new_mail(sender, MAILBOX, "Re: contacts", words, TUESDAY)
        for name, value in headers.items():
            mail = mail.replace(b"MIME-Version:", f"{name.replace('_', '-')}: {value}\r\nMIME-Version:".encode(), 1)
        mailbox = self.office.mailbox
        assert isinstance(mailbox, FolderMailbox)
        mailbox.deliver(mail)

    def contacts(self, capsys: pytest.CaptureFixture[str]) -> str:
        capsys.readouterr()
        assert main(["--home", str(self.folder), "contacts"]) == 0
        return next(line for line in capsys.readouterr().out.splitlines() if f" {LEADER} " in line)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LiveBench]:
    made = LiveBench(tmp_path / "home")
    made.start()
    yield made
    made.office.close()


def test_a_new_address_is_asked_once_and_used_when_its_holder_has_answered(
    bench: LiveBench, capsys: pytest.CaptureFixture[str]
) -> None:
    refer(bench)
    assert bench.office.run_once().sent
    (asked,) = bench.rows("N28-address")
    assert (asked.to, asked.status, asked.case) == (LEADER, "sent", "digest")
    assert DEPUTY in {row.to for row in bench.rows("N4")}
    assert {row.notice for row in bench.rows() if row.to == LEADER} == {"N28-address"}
    assert "asked on 15 December 2026" in bench.contacts(capsys)
    bench.pass_by(timedelta(days=1))
    bench.office.run_once()
    assert len(bench.rows("N28-address")) == 1

    code = f"Answer code: {bench.code()}"
    bench.answer("somebody.else@council.example", f"RECEIVED\n\n{code}\n")
    bench.answer(LEADER, f"Who are you?\n\n{code}\n")
    bench.answer(LEADER, "RECEIVED\n")
    bench.answer(LEADER, f"RECEIVED\n\n{code}\n", Auto_Submitted="auto-replied")
    bench.office.run_once()
    held = bench.office.store.reports.inbox_rows(held_only=True)
    assert len(held) == 3  # an automatic reply is noise
    assert {reason for row in held for reason in row.reasons} >= {
        "it answers the mail that asked whether an address is read, in other words",
        "it confirms an address, and comes from another one",
    }
    assert bench.office.store.asked_addresses.confirmed([LEADER]) == frozenset()

    bench.answer(LEADER, f"RECEIVED\n\n{code}\n")
    bench.office.run_once()
    row = bench.office.store.reports.inbox_rows()[0]
    assert (row.status, row.kind, row.reasons) == (
        "filed", "reply", ("the holder of an address on the contact list has confirmed it",),
    )  # fmt: skip
    assert "16 December 2026, by its holder" in bench.contacts(capsys)
    assert [entry.entry.what for entry in bench.office.store.installation.audit_of()].count("address_confirmed") == 1
    refer(bench)
    bench.pass_by(timedelta(days=5))
    bench.office.run_once()
    assert LEADER in {row.to for row in bench.rows("N4") if row.status == "sent"}


def test_an_address_that_leaves_the_list_is_neither_asked_nor_remembered(bench: LiveBench) -> None:
    bench.office.introductions.step()
    bench.edit(CONTACTS, LEADER, "another.leader@council.example")
    bench.start()
    bench.office.run_once()
    assert {(row.to, row.status) for row in bench.rows("N28-address")} == {
        (LEADER, "cancelled"),
        ("another.leader@council.example", "sent"),
    }
    assert bench.office.store.asked_addresses.states([LEADER]) == {}


def test_what_asks_a_holder_waits_for_the_mailbox_as_long_as_it_takes(bench: LiveBench) -> None:
    bench.office.introductions.step()
    bench.pass_by(timedelta(days=6))
    bench.office.run_once()
    assert [row.status for row in bench.rows("N28-address")] == ["sent"]


def test_somebody_may_be_asked_again_by_role_or_address(bench: LiveBench, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(bench.folder)]
    assert main([*home, "contacts", "test", "la_service_leader", "Executive@police.example"]) == 0
    assert capsys.readouterr().out == (
        f"{LEADER}: a mail that asks is in the outbox; it goes out when `run` next works.\n"
        "executive@police.example: a mail that asks is in the outbox; it goes out when `run` next works.\n"
    )
    bench.office.run_once()
    assert sorted(row.to for row in bench.rows("N28-address") if row.status == "sent") == [
        "executive@police.example",
        LEADER,
    ]
    assert main([*home, "contacts", "test", "nobody"]) == 1
    assert capsys.readouterr().err == "nobody: nobody on the list has this role or address; `contacts` lists them\n"


def test_an_address_that_does_not_exist_is_told_to_the_coordinator(bench: LiveBench) -> None:
    bench.office.introductions.step()
    claimed = bench.office.store.dispatch.claim_outgoing(bench.machine.at)
    assert claimed is not None
    bench.office.store.dispatch.mark_failed(claimed.id, bench.machine.at, "550 no such user")
    bench.office.run_once()
    assert "coordinator@nsscp.example" in {row.to for row in bench.rows("N28-undeliverable")}
