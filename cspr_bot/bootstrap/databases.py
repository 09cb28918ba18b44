"""Where the database of a home lies: a file under it, or a schema of its own on a server."""

import re
from pathlib import Path
from urllib.parse import quote

from cspr_bot.bootstrap.keys import secret_of
from cspr_bot.config import Problem, Settings

PASSWORD = "database-password"  # noqa: S105 - the name of the secret, not the secret
_FILE = "sqlite:///"


def database_url(settings: Settings, folder: Path) -> str:
    """Give the address of a home's database; a server's password comes from the secrets, where one is kept there."""
    url = settings.database.url
    if url.startswith(_FILE):
        return f"{_FILE}{folder.resolve() / url.removeprefix(_FILE)}"
    password = secret_of(folder, PASSWORD)
    scheme, separator, rest = url.partition("://")
    if isinstance(password, Problem) or "@" not in rest:
        return url
    user, _, where = rest.partition("@")
    return f"{scheme}{separator}{user}:{quote(password.decode().strip(), safe='')}@{where}"


def database_file(settings: Settings, folder: Path) -> Path | None:
    """Give the file in which a home keeps everything; None where that is a server."""
    url = settings.database.url
    return folder.resolve() / url.removeprefix(_FILE) if url.startswith(_FILE) else None


def schema_of(settings: Settings) -> str:
    """Give the schema of a home on a server: what the file says, else the installation's own name."""
    return settings.database.schema or re.sub("[.-]", "_", f"cspr_{settings.installation}")[:63]
