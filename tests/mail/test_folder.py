"""The folder mailbox: what a mail program, a person and a crash may do to it."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from cspr_bot.mail.folder import FolderMailbox, read_whole
from cspr_bot.pipeline.ports import Draft, OutgoingMail, PermanentFailure, TemporaryFailure

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAIL = b"From: a@council.example\n\nHello\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "mailbox"


@pytest.fixture
def mailbox(path: Path) -> FolderMailbox:
    return FolderMailbox(path, lambda: NOON)


NO_DRAFT = Draft()


def ids(mailbox: FolderMailbox) -> list[str]:
    return [mail.server_id for mail in mailbox.list_new()]


def outgoing(effect: str, content: bytes = b"first") -> OutgoingMail:
    return OutgoingMail("us@nsscp.example", "them@police.example", "<1@nsscp.example>", effect, content)


def test_missing_folders_are_made_and_belong_to_nobody_else(mailbox: FolderMailbox, path: Path) -> None:
    for folder in ("", ".Processed", ".Held", ".Sent"):
        for room in ("tmp", "new", "cur"):
            assert (path / folder / room).stat().st_mode & 0o777 == 0o700


def test_a_mail_that_was_read_in_a_mail_program_is_the_same_mail(mailbox: FolderMailbox, path: Path) -> None:
    server_id = mailbox.deliver(MAIL)
    (path / "new" / server_id).rename(path / "cur" / f"{server_id}:2,RS")
    assert ids(mailbox) == [server_id]
    assert mailbox.download(server_id) == MAIL
    mailbox.file(server_id, "Processed")
    assert (path / ".Processed" / "cur" / f"{server_id}:2,RS").read_bytes() == MAIL


def test_a_mail_that_a_person_filed_elsewhere_can_still_be_downloaded(mailbox: FolderMailbox, path: Path) -> None:
    server_id = mailbox.deliver(MAIL)
    for room in ("tmp", "new", "cur"):
        (path / ".Archive" / room).mkdir(parents=True)
    (path / "new" / server_id).rename(path / ".Archive" / "cur" / f"{server_id}:2,S")
    assert mailbox.download(server_id) == MAIL
    mailbox.file(server_id, "Processed")
    assert (path / ".Archive" / "cur" / f"{server_id}:2,S").exists()


def test_a_file_dropped_in_by_hand_twice_under_one_name_is_two_mails(mailbox: FolderMailbox, path: Path) -> None:
    (path / "new" / "referral.eml").write_bytes(MAIL)
    (first,) = ids(mailbox)
    mailbox.file(first, "Processed")
    (path / "new" / "referral.eml").write_bytes(MAIL + b"more\n")
    (second,) = ids(mailbox)
    mailbox.file(second, "Processed")
    assert first != second
    assert mailbox.download(first) == MAIL
    assert mailbox.download(second) == MAIL + b"more\n"


def test_a_name_given_by_hand_is_changed_once_and_stays(mailbox: FolderMailbox, path: Path) -> None:
    (path / "cur" / "referral.eml:2,S").write_bytes(MAIL)
    assert ids(mailbox) == ids(mailbox)
    assert ids(mailbox)[0].endswith(".referral.eml")


def test_hidden_files_folders_and_links_are_not_mails(mailbox: FolderMailbox, path: Path, tmp_path: Path) -> None:
    (path / "new" / ".hidden").write_bytes(MAIL)
    (path / "new" / "folder").mkdir()
    (tmp_path / "elsewhere").write_bytes(MAIL)
    (path / "new" / "link").symlink_to(tmp_path / "elsewhere")
    assert ids(mailbox) == []


def test_an_id_never_leads_out_of_the_mailbox(mailbox: FolderMailbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    for server_id in ("../../../secret", "..", ".", "", "a\0b"):
        with pytest.raises(PermanentFailure):
            mailbox.download(server_id)


def test_sending_one_effect_twice_leaves_one_file_with_the_first_content(mailbox: FolderMailbox, path: Path) -> None:
    mailbox.send(outgoing("effect", b"first"), NO_DRAFT)
    mailbox.send(outgoing("effect", b"second"), NO_DRAFT)
    assert [file.read_bytes() for file in (path / ".Sent" / "new").iterdir()] == [b"first"]


def test_a_sent_mail_that_was_read_or_moved_counts_as_sent(mailbox: FolderMailbox, path: Path) -> None:
    mailbox.send(outgoing("effect"), NO_DRAFT)
    (file,) = (path / ".Sent" / "new").iterdir()
    file.rename(path / ".Processed" / "cur" / f"{file.name}:2,FS")
    assert mailbox.trace(outgoing("effect"), NO_DRAFT) == "sent"
    mailbox.send(outgoing("effect"), NO_DRAFT)
    assert list((path / ".Sent" / "new").iterdir()) == []


def test_an_effect_never_becomes_a_path(mailbox: FolderMailbox, path: Path) -> None:
    mailbox.send(outgoing("../../../../etc/x"), NO_DRAFT)
    assert len(list((path / ".Sent" / "new").iterdir())) == 1


def test_nothing_is_left_in_tmp(mailbox: FolderMailbox, path: Path) -> None:
    mailbox.deliver(MAIL)
    mailbox.send(outgoing("effect"), NO_DRAFT)
    assert [*(path / "tmp").iterdir(), *(path / ".Sent" / "tmp").iterdir()] == []


def test_what_a_crash_left_in_tmp_is_no_mail_and_goes_after_36_hours(mailbox: FolderMailbox, path: Path) -> None:
    old, young = path / "tmp" / "old", path / ".Sent" / "tmp" / "young"
    for file, hours in ((old, 37), (young, 35)):
        file.write_bytes(b"half a ma")
        moment = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(file, (moment, moment))
    assert ids(mailbox) == []
    FolderMailbox(path, lambda: NOON)
    assert not old.exists()
    assert young.exists()


def test_a_crash_between_writing_and_naming_leaves_no_mail_and_sending_again_one(
    mailbox: FolderMailbox, path: Path
) -> None:
    mailbox.send(outgoing("effect"), NO_DRAFT)
    (file,) = (path / ".Sent" / "new").iterdir()
    file.rename(path / ".Sent" / "tmp" / f"{file.name}.1")
    assert mailbox.trace(outgoing("effect"), NO_DRAFT) == "not_sent"
    mailbox.send(outgoing("effect"), NO_DRAFT)
    assert mailbox.trace(outgoing("effect"), NO_DRAFT) == "sent"


def test_two_programs_that_send_one_effect_at_once_leave_one_file(path: Path) -> None:
    one, two = FolderMailbox(path, lambda: NOON), FolderMailbox(path, lambda: NOON)
    one.send(outgoing("effect"), NO_DRAFT)
    assert two._write(path / ".Sent", next((path / ".Sent" / "new").iterdir()).name, b"other") is False
    assert [file.read_bytes() for file in (path / ".Sent" / "new").iterdir()] == [b"first"]


def test_a_disk_that_refuses_is_a_temporary_failure_without_a_path_in_it(mailbox: FolderMailbox, path: Path) -> None:
    server_id = mailbox.deliver(MAIL)
    (path / ".Processed").rename(path / "gone")
    with pytest.raises(TemporaryFailure):
        mailbox.file(server_id, "Processed")
    (path / "new").rename(path / "away")
    with pytest.raises(TemporaryFailure) as failure:
        mailbox.list_new()
    assert str(path) not in str(failure.value)


def test_a_mailbox_that_cannot_be_made_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TemporaryFailure):
        FolderMailbox(tmp_path / "file", lambda: NOON)


class Restless(FolderMailbox):
    """A mailbox in which another program moves every mail just before we touch it."""

    def _find(self, server_id: str, folders: Sequence[str]) -> Path | None:
        found = super()._find(server_id, folders)
        return found.with_name("moved") if found else None


def test_a_mail_that_another_program_moves_all_the_time_waits_for_the_next_round(path: Path) -> None:
    mailbox = Restless(path, lambda: NOON)
    server_id = mailbox.deliver(MAIL)
    with pytest.raises(TemporaryFailure):
        mailbox.download(server_id)
    with pytest.raises(TemporaryFailure):
        mailbox.file(server_id, "Processed")


class Growing(BytesIO):
    """A file that is longer when it has been read than it was while it was read."""

    def __init__(self, file: Path) -> None:
        super().__init__(b"half")
        self._file = file.open("rb")

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
        super().close()


def test_a_mail_that_is_still_being_copied_in_is_not_taken_yet(tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(b"half and half")
    with pytest.raises(TemporaryFailure), Growing(tmp_path / "mail") as file:
        read_whole(file)
