"""Secrets that are words: a password, the secret of a registered program."""

from pathlib import Path

from cspr_bot.bootstrap.keys import secret_of
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.problems import Problem
from cspr_bot.config.settings import TokenSettings
from cspr_bot.mail.login import TokenLogin


def text_of(home: Path, name: str) -> str:
    """Give a secret as text, without the line break that an editor leaves behind it."""
    found = secret_of(home, name)
    if isinstance(found, Problem):
        raise NotReadyError((str(found),))
    try:
        return found.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise NotReadyError((f"secret {name}: this is not text; it must be UTF-8",)) from error


def token_login(home: Path, user: str, oauth: TokenSettings, ca_file: Path | None) -> TokenLogin:
    """Give who we are by tokens, with the secrets that the settings name."""
    named = {"client_secret": oauth.client_secret, "refresh_token": oauth.refresh_token}
    secrets = {field: text_of(home, name) for field, name in named.items() if name}
    plain = {field: value for field in ("scope", "resource") if (value := getattr(oauth, field))}
    return TokenLogin(user, oauth.token_url, {"client_id": oauth.client_id, **secrets, **plain}, ca_file)
