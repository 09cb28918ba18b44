"""Has tesseract look at a scan or a photo, where it is installed: a person gets a guess to check, and no form is read.

Tesseract is a program beside ours and the picture is a stranger's, so it is bounded as LibreOffice is. It garbles boxes
and addresses; what it says is therefore never an answer, and it is asked only when a person looks at a file.
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cspr_bot.documents.office import bound

if TYPE_CHECKING:
    import pypdfium2

SECONDS = 15.0
MOST_PAGES = 2  # name and dates stand on the first, or behind a cover
_MOST_PIXELS = 6_000_000
_DOTS_PER_POINT = 200 / 72
_MOST_WORDS = 200_000


def find_tesseract() -> Path | None:
    """Find the program."""
    found = shutil.which("tesseract")
    return Path(found) if found else None


def words_in(content: bytes, *, program: Path | None = None, seconds: float = SECONDS) -> str:
    """Give the words that may stand on a picture, or on the first pages of a PDF; "" where nobody can say."""
    program = program or find_tesseract()
    if program is None:
        return ""
    pictures = _pages(content) if b"%PDF-" in content[:1024] else [content]
    return "\n".join(_look(program, picture, seconds) for picture in pictures)


def _look(program: Path, picture: bytes, seconds: float) -> str:
    # As columns of lines of any size (4): taken for one block, a ruled table loses what stands in its cells.
    process = subprocess.Popen(  # noqa: S603 - the command is our own
        (str(program), "stdin", "stdout", "-l", "eng", "--psm", "4"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1"},
        process_group=0,
        preexec_fn=bound,  # noqa: PLW1509 - who reads documents has one thread
    )
    try:
        words, _ = process.communicate(picture, timeout=seconds)
    except subprocess.TimeoutExpired:
        return ""
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in filter(None, (process.stdin, process.stdout)):
            with suppress(BrokenPipeError):
                pipe.close()
    return words[:_MOST_WORDS].decode("utf-8", "replace")


def _pages(content: bytes) -> list[bytes]:
    """Draw the first pages in grey, as portable pictures; none where the file cannot be drawn."""
    import pypdfium2  # noqa: PLC0415 - 44 ms, and most files are no scans

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return []
    try:
        return [_drawn(document[number]) for number in range(min(len(document), MOST_PAGES))]
    except pypdfium2.PdfiumError:
        return []
    finally:
        document.close()


def _drawn(page: "pypdfium2.PdfPage") -> bytes:
    width, height = page.get_size()
    scale = min(_DOTS_PER_POINT, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    rows = bytes(bitmap.buffer)
    lines = (rows[at : at + bitmap.width] for at in range(0, bitmap.stride * bitmap.height, bitmap.stride))
    picture = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(lines)
    page.close()
    return picture
