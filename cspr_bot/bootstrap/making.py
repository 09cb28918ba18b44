"""Makes a home: the default files are copied, a key is made; nothing that is there is ever touched."""

import os
import shutil
from pathlib import Path

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.keys import MASTER_KEY
from cspr_bot.bootstrap.world import SystemClock, new_master_key
from cspr_bot.config import Home, read_home
from cspr_bot.config.first_answers import FirstAnswers, with_answers

COPIED = ("config", "mail_templates")


def make_home(folder: Path) -> tuple[Path, ...]:
    """Make a home, or what is missing of one; give what was made. Doing it twice makes nothing the second time."""
    made: list[Path] = []
    for name in COPIED:
        source = defaults_folder() / name
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            target = folder / name / file.relative_to(source)
            if not target.exists():
                _make_folder(target.parent)
                shutil.copyfile(file, target)
                target.chmod(0o640)
                made.append(target)
    _make_folder(folder / "var")
    (folder / "var").chmod(0o700)
    key = folder / "var" / MASTER_KEY
    if not key.exists() and not (folder / "var" / "cspr-bot.db").exists():
        write_key(key)
        made.append(key)
    return tuple(made)


def shipped_answers() -> FirstAnswers:
    """Give what the files that ship say of what a new home is asked."""
    home = read_home(defaults_folder(), today=SystemClock().now().date(), live=False)
    if not isinstance(home, Home):  # the shipped files are held to their own rules by tests
        return FirstAnswers()
    book = home.book
    coordinator = next(contact for contact in book.contacts if contact.role == "coordinator")
    return FirstAnswers(
        book.partnership.name,
        book.partnership.short_name,
        book.partnership.mailbox,
        " ".join(book.known_domains),
        coordinator.name,
        coordinator.email,
        home.settings.installation,
    )


def tell_home(folder: Path, made: tuple[Path, ...], answers: FirstAnswers) -> bool:
    """Put the first answers into files that were just made; False, and nothing is touched, where they were not."""
    contacts, bot = folder / "config" / "contacts.toml", folder / "config" / "bot.toml"
    if answers == FirstAnswers():
        return True
    if not {contacts, bot} <= set(made):
        return False
    texts = with_answers(contacts.read_text(encoding="utf-8"), bot.read_text(encoding="utf-8"), answers)
    for path, text in zip((contacts, bot), texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return True


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)


def write_key(path: Path) -> None:
    """Write a new key that only its owner can read, durable before anything is sealed with it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(new_master_key().hex().encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
