"""The house as it is delivered: what ships, what runs it, and what the papers say about it."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

from cspr_bot.cli.parser import COMMANDS

ROOT = Path(__file__).parents[1]
UNITS = {"cspr-bot.service": "/var/lib/cspr-bot", "cspr-bot@.service": "/var/lib/cspr-bot/%i"}


class UnitFile(ConfigParser):
    """A unit of systemd: its names keep their case, and some stand there twice."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit(name: str) -> UnitFile:
    parser = UnitFile(interpolation=None, strict=False)
    parser.read(ROOT / "systemd" / name, encoding="utf-8")
    return parser


@pytest.mark.parametrize(("name", "home"), UNITS.items())
def test_a_unit_runs_the_daemon_of_its_own_home_and_may_write_nowhere_else(name: str, home: str) -> None:
    service = unit(name)["Service"]
    assert service["Type"] == "notify"
    assert service["ExecStart"].endswith(f"cspr-bot --home {home} run")
    assert service["ReadWritePaths"] == f"{home}/var"
    assert service["ProtectSystem"] == "strict"
    assert int(service["WatchdogSec"]) >= 300
    assert service["UMask"] == "0077"


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_what_the_readme_installs_as_the_user_that_it_makes(name: str) -> None:
    readme, service = (ROOT / "README.md").read_text(encoding="utf-8"), unit(name)["Service"]
    program = service["ExecStart"].split()[0]
    assert f"python3 -m venv {program.removesuffix('/bin/cspr-bot')}\n" in readme
    assert f"useradd --system --home-dir /var/lib/cspr-bot --shell /usr/sbin/nologin {service['User']}\n" in readme
    assert "--require-hashes --no-deps -r requirements.lock" in readme
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    page = unit(name)["Unit"]["Documentation"].removeprefix("file:/opt/cspr-bot/")
    assert page in shipped["shared-data"].values()


@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_a_unit(name: str, tmp_path: Path) -> None:
    verifier = shutil.which("systemd-analyze")
    if verifier is None:
        pytest.skip("systemd-analyze is not there")
    text = (ROOT / "systemd" / name).read_text(encoding="utf-8")
    copy = tmp_path / name
    copy.write_text(text.replace("/opt/cspr-bot/bin/cspr-bot", sys.executable), encoding="utf-8")
    wanted = str(copy).replace("@.", "@north-somerset.")
    ended = subprocess.run(  # noqa: S603 - a tool of the system
        [verifier, "verify", "--man=no", wanted], capture_output=True, text=True, check=False, timeout=60
    )
    about_it = [line for line in ended.stderr.splitlines() if name.partition(".")[0] in line]
    assert about_it == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_holds_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = re.findall(r"^[A-Za-z0-9._-]+==\S+", text, re.MULTILINE)
    assert pinned
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert not re.search(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host", text)


def test_what_runs_is_part_of_what_is_developed_with() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==[^\s;\\]+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.slow
def test_the_wheel_holds_configuration_and_templates(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    subprocess.run(  # noqa: S603 - our own build
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name.removeprefix("cspr_bot/defaults/") for name in archive.namelist()}
    for folder in ("config", "mail_templates"):
        files = {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert files <= inside
    assert not any(name.startswith("tests/") for name in inside)


def test_every_command_in_the_readme_exists() -> None:
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/flow.md"))
    named = set(re.findall(r"cspr-bot (?:--home \S+ )?([a-z]+)\b(?= |`|$)", text, re.MULTILINE))
    known = {command[0] for command in COMMANDS}
    spoken = {name for name in named if re.search(rf"(?:^    |`)cspr-bot (?:--home \S+ )?{name}\b", text, re.MULTILINE)}
    assert {"check", "record", "run"} <= spoken
    assert spoken <= known


def test_every_target_of_make_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named <= targets
    assert {"demo", "test", "test-slow"} <= targets


def test_every_link_in_the_papers_leads_somewhere() -> None:
    papers = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{paper.relative_to(ROOT)}: {link}"
        for paper in papers
        for link in re.findall(r"\]\(([^)#:]+)\)", paper.read_text(encoding="utf-8"))
        if not (paper.parent / link).exists()
    ]
    assert broken == []


def test_decisions_are_numbered_without_a_gap_and_have_a_title() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    assert all(path.read_text(encoding="utf-8").startswith("# ") for path in decisions)
    assert "docs/decisions" in (ROOT / "README.md").read_text(encoding="utf-8")
