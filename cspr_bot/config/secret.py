"""Finds a secret by its name: a systemd credential, the environment, or a file that only its owner can read."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from stat import S_IMODE, S_IRWXG, S_IRWXO

from cspr_bot.config.problems import Problem

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_LARGEST = 1024 * 1024


def secret(name: str, environ: Mapping[str, str], credentials_dir: Path | None, var_dir: Path) -> bytes | Problem:
    """Find a secret; its bytes come back as they are, a final line break included.

    Who may read a credential is systemd's affair. A file in var/ that others can read is refused: whoever could read
    it may have done so, and it must be made anew. No problem ever shows a secret.
    """
    if not _NAME.fullmatch(name):
        return Problem("secret", "", "this is not the name of a secret", "write small letters, digits and hyphens")
    if credentials_dir is not None and (credentials_dir / name).is_file():
        return _read(credentials_dir / name, f"$CREDENTIALS_DIRECTORY/{name}", is_guarded=True)
    variable = "CSPR_BOT_SECRET_" + name.upper().replace("-", "_")
    if variable in environ:
        value = environ[variable]
        return (
            os.fsencode(value) if value else Problem(f"${variable}", "", "the secret is empty", "set it, or unset it")
        )
    path = var_dir / name
    if path.exists():
        return _read(path, f"{var_dir.name}/{name}", is_guarded=False)
    remedy = f"give it as the systemd credential {name}, as ${variable}, or in {var_dir.name}/{name} (mode 0600)"
    return Problem("secret", name, "there is no such secret", remedy)


def _read(path: Path, called: str, *, is_guarded: bool) -> bytes | Problem:
    try:
        with path.open("rb") as file:
            mode = S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_LARGEST + 1)
    except OSError as error:
        return Problem(called, "", f"the secret cannot be read ({error.strerror})", "let the bot's own user own it")
    if not is_guarded and mode & (S_IRWXG | S_IRWXO):
        what = f"others than its owner may use this secret (mode {mode:04o})"
        return Problem(called, "", what, f"make a new one, and chmod 600 {called}")
    if not content or len(content) > _LARGEST:
        return Problem(called, "", "the secret is empty or far too large", "put the secret in it, and nothing else")
    return content
