"""Secrets: where they are looked for, and which are refused."""

import os
from pathlib import Path

import pytest

from cspr_bot.config.problems import Problem
from cspr_bot.config.secret import secret


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    return folder


@pytest.fixture
def var(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    folder.mkdir()
    return folder


def put(folder: Path, content: bytes, mode: int = 0o600, name: str = "graph-cert") -> None:
    (folder / name).write_bytes(content)
    (folder / name).chmod(mode)


def test_a_systemd_credential_comes_first(credentials: Path, var: Path) -> None:
    put(credentials, b"one", 0o440)
    put(var, b"three")
    assert secret("graph-cert", {"CSPR_BOT_SECRET_GRAPH_CERT": "two"}, credentials, var) == b"one"


def test_the_environment_comes_second(credentials: Path, var: Path) -> None:
    put(var, b"three")
    assert secret("graph-cert", {"CSPR_BOT_SECRET_GRAPH_CERT": "two"}, credentials, var) == b"two"


def test_a_file_in_var_comes_last_and_is_given_byte_for_byte(credentials: Path, var: Path) -> None:
    put(var, b"\0three\n")
    assert secret("graph-cert", {}, credentials, var) == b"\0three\n"
    assert secret("graph-cert", {}, None, var) == b"\0three\n"


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o644, 0o610])
def test_a_secret_that_others_may_use_is_refused(var: Path, mode: int) -> None:
    put(var, b"Hush", mode)
    found = secret("graph-cert", {}, None, var)
    assert str(found) == (
        f"var/graph-cert: others than its owner may use this secret (mode {mode:04o}); "
        "make a new one, and chmod 600 var/graph-cert"
    )


def test_a_secret_that_is_nowhere_is_said_to_be_so(credentials: Path, var: Path) -> None:
    assert str(secret("graph-cert", {}, credentials, var)) == (
        "secret: graph-cert: there is no such secret; give it as the systemd credential graph-cert, "
        "as $CSPR_BOT_SECRET_GRAPH_CERT, or in var/graph-cert (mode 0600)"
    )


def test_an_empty_secret_is_none(credentials: Path, var: Path) -> None:
    assert str(secret("k", {"CSPR_BOT_SECRET_K": ""}, None, var)) == (
        "$CSPR_BOT_SECRET_K: the secret is empty; set it, or unset it"
    )
    put(credentials, b"", name="k")
    assert str(secret("k", {}, credentials, var)) == (
        "$CREDENTIALS_DIRECTORY/k: the secret is empty or far too large; put the secret in it, and nothing else"
    )


def test_what_cannot_be_read_is_a_problem(var: Path) -> None:
    (var / "k").mkdir()
    found = secret("k", {}, None, var)
    assert str(found) == "var/k: the secret cannot be read (Is a directory); let the bot's own user own it"


@pytest.mark.parametrize("name", ["", "../key", "Hush~Hush", "a b", "k\n"])
def test_a_name_that_is_none_is_not_looked_for_and_not_shown(var: Path, name: str) -> None:
    found = secret(name, {}, None, var)
    assert isinstance(found, Problem)
    assert str(found) == "secret: this is not the name of a secret; write small letters, digits and hyphens"


def test_a_secret_of_the_environment_may_be_any_bytes(var: Path) -> None:
    assert secret("k", {"CSPR_BOT_SECRET_K": os.fsdecode(b"\xff\x00"[:1])}, None, var) == b"\xff"
