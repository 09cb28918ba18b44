"""The secrets of a home: found where systemd, the environment or the home holds them, and fit to be used."""

import os
from pathlib import Path

from cspr_bot.config import Problem, secret

MASTER_KEY = "master-key"


def secret_of(folder: Path, name: str) -> bytes | Problem:
    """Give a secret of a home by its name, or what is wrong with it."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    return secret(name, os.environ, Path(credentials) if credentials else None, folder / "var")


def is_kept_elsewhere() -> bool:
    """Say whether the master key in use is a credential or in the environment: both come before the home's file."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    is_a_credential = credentials is not None and (Path(credentials) / MASTER_KEY).is_file()
    return is_a_credential or "CSPR_BOT_SECRET_MASTER_KEY" in os.environ


def master_key(folder: Path) -> bytes | Problem:
    """Give the master key of a home, or what is wrong with it."""
    found = secret_of(folder, MASTER_KEY)
    if isinstance(found, Problem):
        return found
    try:
        key = bytes.fromhex(found.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        return Problem(
            "secret", MASTER_KEY, "it is not a key", "it must be 64 hexadecimal digits; put the right one back"
        )
    return key
