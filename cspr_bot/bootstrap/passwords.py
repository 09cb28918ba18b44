"""Secrets that are words: a password, the secret of a registered program."""

from pathlib import Path

from cspr_bot.bootstrap.keys import secret_of
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.problems import Problem


def text_of(home: Path, name: str) -> str:
    """Give a secret as text, without the line break that an editor leaves behind it."""
    found = secret_of(home, name)
    if isinstance(found, Problem):
        raise NotReadyError((str(found),))
    try:
        return found.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise NotReadyError((f"secret {name}: this is not text; it must be UTF-8",)) from error
