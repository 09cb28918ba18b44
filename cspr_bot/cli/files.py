"""Files that a person names on the command line: read whole, or written anew and never over another."""

from pathlib import Path

from cspr_bot.cli.failures import SaidNoError

LARGEST = 256 * 1024 * 1024  # nothing larger is a mail or a form; reading it would only fill the memory


def read_file(path: Path) -> bytes:
    """Give the bytes of a file."""
    try:
        if not path.is_file() and not path.is_char_device():
            raise SaidNoError(f"{path}: {'it is a folder; name a file in it' if path.is_dir() else _missing(path)}")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise SaidNoError(f"{path}: the file cannot be read ({error.strerror})") from error
    if len(content) > LARGEST:
        raise SaidNoError(f"{path}: the file is too large ({LARGEST // 1024 // 1024} MB at most)")
    return content


def write_new(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, and never over another."""
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(content)
    except FileExistsError as error:
        what = "it is a folder; name a file in it" if path.is_dir() else "there is a file of that name already"
        raise SaidNoError(f"{path}: {what}") from error
    except OSError as error:
        raise SaidNoError(f"{path}: it cannot be written ({error.strerror})") from error


def _missing(path: Path) -> str:
    return "it is no file" if path.exists() else "there is no such file"
