"""`run --once`, `inbox`, `release`, `outbox`, `preview`: mails in and out, and what a person decides on them."""

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.commands import FORM, START, Said, Type
from tests.cli.test_looking import INBOX_KEYS, OUTBOX_KEYS

BY = ("--by", "A. Clerk")
STRANGER = "someone@elsewhere.example"
KNOWN = "rowan.ashdown@council.example"


def mail(sender: str, *, body: str = "Please see the form.", form: Path | None = FORM) -> EmailMessage:
    made = EmailMessage(policy=policy.SMTP)
    made["From"], made["To"] = sender, "partnership@nsscp.example"
    made["Subject"], made["Message-ID"] = "A referral", f"<{len(sender)}.{len(body)}@elsewhere.example>"
    made["Date"] = "Tue, 15 Dec 2026 08:30:00 +0000"
    made.set_content(body)
    if form:
        made.add_attachment(form.read_bytes(), maintype="application", subtype="octet-stream", filename=form.name)
        made.set_boundary("a-boundary")
    return made


def deliver(home: Path, content: bytes, name: str = "1.mail") -> None:
    for part in ("new", "cur", "tmp"):
        (home / "var" / "mailbox" / part).mkdir(parents=True, exist_ok=True)
    (home / "var" / "mailbox" / "new" / name).write_bytes(content)


@pytest.fixture
def held(at_home: Type, home: Path) -> int:
    """The id of a held mail: a form from somebody whose domain may not refer."""
    deliver(home, mail(STRANGER).as_bytes())
    assert at_home("--now", START, "run", "--once").status == 0
    [row] = at_home("inbox", "--held", "--json").json
    return int(row["id"])


def test_a_mail_goes_all_the_way_from_the_folder_to_the_outbox(at_home: Type, home: Path) -> None:
    raw = mail(KNOWN).as_bytes()
    deliver(home, raw)
    said = at_home("--now", START, "run", "--once", "--json")
    assert said.json["taken"] == said.json["registered"] == 1
    [row] = at_home("inbox", "--json").json
    assert row.keys() >= INBOX_KEYS
    assert (row["kind"], row["status"], row["bounce"]) == ("referral", "filed", None)
    assert row["sha256"] == hashlib.sha256(raw).hexdigest()
    rows = at_home("outbox", "--json").json
    assert all(item.keys() >= OUTBOX_KEYS for item in rows)
    assert {item["status"] for item in rows} == {"sent"}
    assert KNOWN in {item["to"] for item in rows}
    assert "1 mails taken in, 1 registered" not in at_home("--now", START, "run", "--once").out


def test_the_original_is_had_back_byte_for_byte_and_never_over_another(
    at_home: Type, home: Path, held: int, tmp_path: Path
) -> None:
    target = tmp_path / "original.eml"
    said = at_home("inbox", "export", held, target)
    assert said.status == 0
    assert target.read_bytes() == mail(STRANGER).as_bytes()
    assert target.stat().st_mode & 0o777 == 0o600
    again = at_home("inbox", "export", held, target)
    assert (again.status, again.problems) == (1, [f"{target}: there is a file of that name already"])
    assert at_home("inbox", "export", held, tmp_path / "2.eml", "--json").json["bytes"] == len(target.read_bytes())
    assert "it is a folder" in at_home("inbox", "export", held, tmp_path).err
    assert "cannot be written" in at_home("inbox", "export", held, tmp_path / "no" / "where.eml").err
    assert at_home("inbox", "export", 99, tmp_path / "3.eml").problems == [
        "mail 99: there is no such mail; `inbox` lists them"
    ]
    assert home.is_dir()


def test_a_held_mail_with_a_form_runs_clocks_and_is_listed_as_due(at_home: Type, held: int) -> None:
    rows = at_home("due", "--json").json
    assert {row["case"] for row in rows} == {f"held:{held}"}
    assert at_home("cases", "--json").json == []
    assert "waits for a person" in at_home("inbox", "--held").out
    assert at_home("show", f"held:{held}").status == 0


def test_a_held_mail_is_released_as_a_referral(at_home: Type, held: int) -> None:
    said = at_home("release", held, "--as", "referral", *BY, "--json")
    assert said.json["id"] == held
    [row] = at_home("cases", "--json").json
    assert row["reference"] == said.json["case"]
    assert at_home("inbox", "--held", "--json").json == []
    assert f"held:{held}" not in {item["case"] for item in at_home("due", "--json").json}


def test_a_held_mail_is_released_as_a_reply_to_a_case(at_home: Type, home: Path, case: str) -> None:
    deliver(home, mail(STRANGER, body="More about it.", form=None).as_bytes())
    at_home("--now", START, "run", "--once")
    [row] = at_home("inbox", "--held", "--json").json
    said = at_home("release", row["id"], "--as", "reply", "--case", case, *BY)
    assert said.out == f"Mail {row['id']}: released as reply, case {case}.\n"
    assert at_home("inbox", "--json").json[0]["case"] == case


def test_a_held_mail_is_released_as_nothing(at_home: Type, held: int) -> None:
    assert at_home("release", held, "--as", "ignore", *BY).out == f"Mail {held}: released as ignore.\n"
    assert at_home("inbox", "--json").json[0]["status"] == "ignored"
    again = at_home("release", held, "--as", "ignore", *BY)
    assert (again.status, again.problems) == (1, [f"mail {held} is not held; `inbox --held` lists those that are"])


def test_a_case_is_opened_from_a_held_mail(at_home: Type, held: int) -> None:
    reference = at_home("open", "--mail", held, *BY, "--json").json["reference"]
    assert [row["reference"] for row in at_home("cases", "--json").json] == [reference]
    assert at_home("inbox", "--held", "--json").json == []


def test_a_case_is_opened_from_a_file_that_came_sealed_in_a_held_mail(at_home: Type, held: int) -> None:
    reference = at_home("open", FORM, "--mail", held, *BY, "--json").json["reference"]
    [row] = at_home("inbox", "--json").json
    assert (row["status"], row["case"]) == ("filed", reference)
    assert at_home("show", reference, "--json").json["referral"] is not None
    assert at_home("due", "--json").json[0]["case"] == reference


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--as", "reply"), 2, "needs --case REF"),
        (("--as", "ignore", "--case", "NS-0000-00"), 2, "takes no --case"),
        (("--as", "reply", "--case", "NS-0000-00"), 1, "there is no such case"),
        (("--as", "nothing"), 2, "invalid choice"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused(
    at_home: Type, held: int, words: tuple[str, ...], status: int, told: str
) -> None:
    said = at_home("release", held, *words, *BY)
    assert (said.status, len(said.problems)) == (status, 1)
    assert told in said.err


def test_a_held_mail_is_not_a_case_to_record_on(at_home: Type, held: int) -> None:
    said = at_home("record", f"held:{held}", "note_added", *BY)
    assert said.problems == [f"held:{held}: this is a held mail; decide on it with `release`"]


def test_a_waiting_mail_is_cancelled_and_sent_again(at_home: Type, case: str) -> None:
    first = at_home("outbox", "--json").json[0]["id"]
    assert at_home("outbox", "cancel", first).out == f"Mail {first}: it will not be sent.\n"
    assert at_home("outbox", "cancel", first).problems == [f"mail {first}: it has left, or was cancelled before"]
    assert at_home("outbox", "retry", first).status == 1
    second = at_home("outbox", "--json").json[1]["id"]
    assert at_home("outbox", "retry", second, "--json").json == {"id": second, "status": "waiting"}
    at_home("--now", START, "run", "--once")
    statuses = {row["id"]: row["status"] for row in at_home("outbox", "--json").json}
    assert (statuses[first], statuses[second]) == ("cancelled", "sent")
    assert at_home("outbox", "retry", 999).problems == ["mail 999: there is no such mail; `outbox` lists them"]
    assert case in at_home("outbox").out


def test_the_mails_of_a_case_are_previewed_in_the_terminal_and_as_pages(
    at_home: Type, case: str, tmp_path: Path
) -> None:
    said = at_home("preview", case, "--html", tmp_path / "pages")
    assert said.status == 0
    assert "Answer code:" in said.out
    pages = list((tmp_path / "pages").glob("*.html"))
    assert len(pages) == len(at_home("outbox", "--json").json) + 1


def test_every_mail_is_previewed_once_from_an_imagined_case(type_: Type, home: Path, tmp_path: Path) -> None:
    rows = type_("--home", home, "preview", "--html", tmp_path / "pages", "--json").json
    assert len({row["notice"] for row in rows}) == len(rows) > 40
    assert all(row["text"].strip() and row["subject"] for row in rows)
    assert not (home / "var" / "cspr-bot.db-wal").exists()


def test_signs_that_move_a_cursor_do_not_reach_the_terminal(at_home: Type, home: Path) -> None:
    deliver(home, mail('"\x1b[2Jred\x07" <x@council.example>', body="\x1b[31m hello").as_bytes())
    at_home("--now", START, "run", "--once")
    printed: list[Said] = [at_home("inbox"), at_home("outbox"), at_home("cases")]
    assert not any("\x1b" in said.out or "\x07" in said.out for said in printed)


def test_what_is_sent_lies_in_the_folder_as_it_was_written(at_home: Type, home: Path, case: str) -> None:
    at_home("--now", START, "run", "--once")
    sent = [
        message_from_bytes(path.read_bytes())
        for path in (home / "var" / "mailbox" / ".Sent").glob("*/*")
        if path.is_file()
    ]
    assert {item["X-CSPR-Case"] for item in sent} == {case}
