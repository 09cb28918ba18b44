"""LibreOffice is let at a stranger's document alone: bounded, for a time, in a folder that is gone afterwards."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cspr_bot.bootstrap.checking import _office_problems
from cspr_bot.bootstrap.office import confined_reader
from cspr_bot.bootstrap.reading_room import read_alone
from cspr_bot.documents import office
from cspr_bot.documents.containers import Desk
from cspr_bot.documents.office import find_office, to_word
from cspr_bot.documents.reading import read_document
from cspr_bot.documents.refusal import Refused
from cspr_bot.referral.form import Reading
from cspr_bot.referral.form_json import as_json
from cspr_bot.referral.rules import FormRules
from tests.documents.outlook_files import msg, ole, packed_rtf

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
FILTERS = {"doc": "doc:MS Word 97", "rtf": "rtf:Rich Text Format"}

Sample = Callable[[str], bytes]
Saved = Callable[[str, str], bytes]
needs_office = pytest.mark.skipif(find_office() is None, reason="LibreOffice (soffice) is not installed")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which temporary files are made, empty."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def program(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write a program to run in LibreOffice's stead; it is told the folder to write to as $MADE."""

    def write(script: str) -> Path:
        path = tmp_path_factory.mktemp("program") / "soffice.bin"
        path.write_text(f"#!/bin/sh\nMADE=$PWD/made; mkdir -p $MADE\n{script}\n")
        path.chmod(0o755)
        return path

    return write


# ---------------------------------------------------------------------------------------------------------------------
# Without LibreOffice


def test_where_there_is_no_office_a_person_has_to_open_the_file(
    monkeypatch: pytest.MonkeyPatch, rules: FormRules
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert find_office() is None
    for content in (rb"{\rtf1 Name}", ole({"WordDocument": b"\0" * 100}), ole({"WordDocument": b""})):
        read = read_document(content, rules)
        assert read.verdict == "unreadable"
        assert "save it as" in read.reason


def test_a_locked_word_97_document_is_not_even_tried(rules: FormRules) -> None:
    locked = ole({"WordDocument": b"\xec\xa5" + b"\0" * 9 + b"\x01" + b"\0" * 5_000})
    assert read_document(locked, rules).verdict == "encrypted"


def test_the_program_is_started_rather_than_its_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Callable[[str], Path]
) -> None:
    found = program("")
    script = found.with_name("soffice")
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (tmp_path / "libreoffice").symlink_to(script)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_office() == found
    found.unlink()
    assert find_office() == tmp_path / "libreoffice"


# ---------------------------------------------------------------------------------------------------------------------
# A program in its stead


def test_what_it_makes_is_given_back_and_its_folder_is_gone(temporary: Path, program: Callable[[str], Path]) -> None:
    copy = program('cp "$PWD/document.rtf" $MADE/document.docx; echo > /dev/stdout; cat > /dev/null')
    assert to_word(b"words", "rtf", program=copy) == b"words"
    assert list(temporary.iterdir()) == []


def test_it_is_started_once_more_where_it_asks_for_that(temporary: Path, program: Callable[[str], Path]) -> None:
    twice = program("[ -e once ] || { touch once; exit 81; }; echo done > $MADE/document.docx")
    assert to_word(b"", "doc", program=twice) == b"done\n"
    never = program("echo x >> count; cp count $MADE/document.docx; exit 81")
    assert to_word(b"", "doc", program=never) == b"x\nx\n"


def test_what_it_cannot_read_is_damaged(temporary: Path, program: Callable[[str], Path]) -> None:
    with pytest.raises(Refused) as caught:
        to_word(b"", "doc", program=program("exit 134"))
    assert caught.value.reading.verdict == "unreadable"
    assert list(temporary.iterdir()) == []


def test_it_cannot_fill_the_disk(temporary: Path, program: Callable[[str], Path]) -> None:
    endless = program("exec cat /dev/zero > $MADE/document.docx")
    with pytest.raises(Refused) as caught:
        to_word(b"", "doc", program=endless)
    assert caught.value.reading.verdict == "too_large"
    assert list(temporary.iterdir()) == []


def test_what_hangs_is_ended_with_everything_that_it_started(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], Path]
) -> None:
    pids = tmp_path_factory.mktemp("pids") / "pids"
    hanging = program(f"sleep 600 & echo $! > {pids}; sleep 600")
    started = time.perf_counter()
    with pytest.raises(Refused) as caught:
        to_word(b"", "doc", program=hanging, seconds=0.7)
    assert time.perf_counter() - started < 5
    assert "time" in caught.value.reading.reason
    assert _is_gone(int(pids.read_text()))
    assert list(temporary.iterdir()) == []


def test_its_limits_are_set_and_its_surroundings_empty(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, program: Callable[[str], Path]
) -> None:
    monkeypatch.setenv("CSPR_BOT_SECRET_GRAPH", "invented")
    looking = program("{ ulimit -v; ulimit -n; ulimit -t; ulimit -c; env; } > $MADE/document.docx")
    memory, files, seconds, core, *names = to_word(b"", "doc", program=looking).decode().splitlines()
    assert (int(memory), int(files), int(seconds), int(core)) == (512 * 1024, 64, 20, 0)
    assert "invented" not in " ".join(names)
    assert f"HOME={temporary}" in " ".join(names)


def test_a_stricter_limit_of_whoever_started_us_stays(program: Callable[[str], Path]) -> None:
    code = (
        "from cspr_bot.documents.office import bound; import resource as r; bound(); print(*r.getrlimit(r.RLIMIT_AS))"
    )
    shell = f'ulimit -v 300000; exec {sys.executable} -c "{code}"'
    done = subprocess.run(["sh", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    assert done.stdout.split() == ["307200000", "307200000"]


def _is_gone(pid: int) -> bool:
    """Say whether a process has ended, or does so soon: a signal is not yet an end. One that nobody buried has."""
    deadline = time.perf_counter() + 5
    while time.perf_counter() < deadline:
        try:
            if ") Z" in Path(f"/proc/{pid}/stat").read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        os.sched_yield()
    return False


# ---------------------------------------------------------------------------------------------------------------------
# LibreOffice itself


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Save a sample in another format, as somebody with LibreOffice would."""
    folder = tmp_path_factory.mktemp("saved")
    program = str(find_office())

    def save(name: str, kind: str) -> bytes:
        made = folder / f"{Path(name).stem}.{kind}"
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        options = ("--headless", "--convert-to", FILTERS[kind], "--outdir", str(folder), str(SAMPLES / name))
        for _ in range(0 if made.exists() else 2):
            subprocess.run((program, profile, *options), capture_output=True, check=False)  # noqa: S603
        return made.read_bytes()

    return save


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["doc", "rtf"])
@pytest.mark.parametrize(
    "name", ["sample-1-word.docx", "sample-2-word-controls.docx", "sample-3-libreoffice.odt", "sample-6-pasted.html"]
)
def test_a_sample_saved_otherwise_gives_its_answers(name: str, kind: str, saved: Saved, rules: FormRules) -> None:
    wanted = json.loads((SAMPLES / name).with_suffix(".json").read_text(encoding="utf-8"))["forms"]
    read = read_document(saved(name, kind), rules)
    forms = [as_json(form) for form in read.forms]
    assert [{key: form[key] for key in wanted[0]} for form in forms] == wanted, read.reason
    assert [(form["missing"], form["doubts"]) for form in forms] == [([], [])]


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["doc", "rtf"])
def test_the_blank_form_saved_otherwise_is_blank(kind: str, saved: Saved, rules: FormRules) -> None:
    assert read_document(saved("blank-referral-form.docx", kind), rules).verdict == "blank_form"


@needs_office
@pytest.mark.slow
def test_rtf_and_word_97_are_found_in_other_files(
    saved: Saved, archive: Callable[[dict[str, bytes]], bytes], rules: FormRules
) -> None:
    alone = read_document(saved("sample-1-word.docx", "rtf"), rules)
    body = packed_rtf(saved("sample-1-word.docx", "rtf"))
    assert read_document(msg(rtf=body), rules) == alone
    assert read_document(archive({"form.doc": saved("sample-1-word.docx", "doc")}), rules).forms == alone.forms


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b"{\\rtf1 " + b"{" * 20_000,
        b"{\\rtf1 \\bin99999999999 x}",
        b"{\\rtf1{\\object\\objemb{\\*\\objdata " + b"d0cf11e0a1b11ae1" * 500 + b"}}}",
        b'{\\rtf1{\\field{\\*\\fldinst INCLUDEPICTURE "http://192.0.2.1/x.png"}{\\fldrslt x}}}',
        b"{\\rtf1" + b"\\trowd\\cellx100\\cell\\row" * 5_000 + b"}",
        b"\x5a" * 4_000,
    ],
    ids=["deep", "lying length", "object", "picture elsewhere", "rows", "noise"],
)
def test_a_hostile_document_is_survived(content: bytes, temporary: Path, rules: FormRules) -> None:
    content = content if content.startswith(b"{") else ole({"WordDocument": content, "1Table": content})
    started = time.perf_counter()
    read = read_document(content, rules)
    assert read.verdict in {"not_a_form", "unreadable"}
    assert "unusual" not in read.reason
    assert time.perf_counter() - started < office.WALL_SECONDS + 2
    assert list(temporary.iterdir()) == []


@needs_office
@pytest.mark.slow
def test_the_bounded_child_can_have_documents_converted(saved: Saved, reading: Callable[[bytes], Reading]) -> None:
    reader = confined_reader(ROOT)
    try:
        read = read_alone(reader, saved("sample-1-word.docx", "doc"))
        assert (read.verdict, len(read.forms)) == ("ok", 1), read.reason
    finally:
        reader.close()


@needs_office
@pytest.mark.slow
def test_an_office_that_is_killed_leaves_nothing_behind(saved: Saved, temporary: Path, rules: FormRules) -> None:
    before = set(Path("/tmp").glob("OSL_PIPE_*"))  # noqa: S108
    content = saved("sample-1-word.docx", "doc")
    desk = Desk(to_word=lambda content, kind: to_word(content, kind, seconds=0.9))
    read_document(content, rules, "", desk)
    assert set(Path("/tmp").glob("OSL_PIPE_*")) <= before  # noqa: S108
    assert list(temporary.iterdir()) == []


def test_check_warns_of_what_cannot_be_read_here(
    monkeypatch: pytest.MonkeyPatch, program: Callable[[str], Path]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    (problem,) = _office_problems()
    assert problem.is_warning
    assert "install libreoffice" in str(problem)
    found = program("").rename(program("").with_name("soffice"))
    monkeypatch.setenv("PATH", str(found.parent))
    assert not tuple(_office_problems())
