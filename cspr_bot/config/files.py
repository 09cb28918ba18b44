"""Reads one configuration file: its permissions, its encoding, its TOML; whatever is wrong becomes a problem."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_IWGRP, S_IWOTH

from cspr_bot.config.lines import KeyLines, find_lines
from cspr_bot.config.problems import Findings

LARGEST_FILE = 4 * 1024 * 1024
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file's table, and what has been found wrong with it so far. The table is empty where it cannot be read."""

    table: Mapping[str, object]
    findings: Findings
    is_readable: bool = True
    text: str = ""


def read_file(path: Path, name: str) -> ConfigFile:
    """Read a file that only its owner may write; `name` is what problems call it."""
    findings = Findings(name)
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        mode = path.stat().st_mode
    except FileNotFoundError:
        findings.error((), "the file is missing", "`cspr-bot init` makes it, and never overwrites the others")
        return ConfigFile({}, findings, is_readable=False)
    except OSError as error:
        findings.error((), f"the file cannot be read ({error.strerror})", "make it readable for the bot's own user")
        return ConfigFile({}, findings, is_readable=False)
    if mode & (S_IWGRP | S_IWOTH):
        findings.error((), "others than its owner may write this file", f"chmod go-w {name}")
    if len(raw) > LARGEST_FILE:
        findings.error((), f"the file is larger than {LARGEST_FILE} bytes", "this cannot be a configuration file")
        return ConfigFile({}, findings, is_readable=False)
    return read_bytes(raw, findings)


def read_bytes(raw: bytes, findings: Findings) -> ConfigFile:
    """Read UTF-8, with or without the mark that Windows editors put first."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        findings.error_at(line, "the text is not UTF-8", "save it as UTF-8")
        return ConfigFile({}, findings, is_readable=False)
    return read_text(text, findings)


def read_text(text: str, findings: Findings) -> ConfigFile:
    """Read TOML. A text that is broken gives an empty table and the problem."""
    findings.locate = lambda: find_lines(text).lines
    try:
        return ConfigFile(tomllib.loads(text), findings, text=text)
    except RecursionError:
        findings.error((), "lists are nested too deeply", "no setting needs more than a few levels")
    except ValueError as error:  # TOMLDecodeError is one; a number of thousands of digits raises the plain kind
        _broken(str(error), find_lines(text), findings, text.count("\n") + 1)
    return ConfigFile({}, findings, is_readable=False)


def _broken(message: str, found: KeyLines, findings: Findings, last_line: int) -> None:
    if found.twice:
        twice = found.twice[0]
        findings.locate = lambda: {twice.place: twice.second}
        findings.error(twice.place, f"this stands twice, first in line {twice.first}", "leave one of the two out")
        return
    at = _AT_LINE.search(message)
    line = int(at.group(1)) if at and at.group(1) else last_line
    what = message[: at.start()] if at else message.partition(";")[0]
    findings.error_at(line, f"this is not TOML: {what}", "mend this line or the one before it")
