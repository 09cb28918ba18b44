"""Files that were made to harm whoever opens them, each with the verdict that it deserves."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pikepdf

from cspr_bot.documents.archive import LARGEST_PART
from tests.documents.outlook_files import attribute, message, msg, ole, winmail
from tests.forms.children import CHILDREN
from tests.forms.pdf_file import Fillable, fillable

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_ROW = "<w:tr><w:tc><w:p><w:r><w:t>Name:</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr>"


def hostile_files() -> Iterator[tuple[str, bytes, frozenset[str]]]:
    """Give what each is called, its bytes, and the verdicts that are right for it."""
    form = word("<w:p><w:r><w:t>Name of child: Robin</w:t></w:r></w:p>" * 40)
    for name, content, *verdicts in (
        ("bomb", zipped({"word/document.xml": b" " * (64 * 1024 * 1024)}), "hostile"),
        ("bomb in a bomb", zipped({f"{n}.zip": zipped({"a": b" " * LARGEST_PART}) for n in range(60)}), "hostile"),
        ("lying size", _lying(form), "hostile"),
        ("overlapping files", _overlapping(), "hostile"),
        ("20,000 entries", zipped({f"part{number}": b"" for number in range(20_000)}), "hostile"),
        ("zip in zip", _nested(form, 20), "hostile"),
        ("entity from outside", word("&e;", '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'), "hostile"),
        ("laughing entities", word("&e9;", _laughs()), "hostile"),
        ("deep XML", word("<w:sdt>" * 100_000 + "</w:sdt>" * 100_000), "unreadable"),
        ("12,000 rows", word(f"<w:tbl>{_ROW * 12_000}</w:tbl>"), "not_a_form", "too_large"),
        ("endless text", word("<w:p/>" * 400_000), "not_a_form", "too_large"),
        ("deep HTML", b"<html><body>" + b"<table><tr><td>" * 60_000, "not_a_form", "unreadable", "too_large"),
        ("wide HTML", b"<html><body><table><tr>" + b"<td>Name:" * 250_000, "not_a_form", "too_large"),
        ("truncated Word", form[: len(form) // 2], "unreadable"),
        ("truncated PDF", fillable(CHILDREN[0])[:9_000], "unreadable", "needs_ocr"),
        ("locked PDF", fillable(CHILDREN[0], Fillable(password="secret")), "encrypted"),
        ("locked Word", ole({"EncryptedPackage": b"\1" * 9_000, "EncryptionInfo": b"\4\0\4\0"}), "encrypted"),
        ("locked Word 97", ole({"WordDocument": b"\xec\xa5" + b"\0" * 9 + b"\1" + b"\0" * 5_000}), "encrypted"),
        ("loop of pages", _looping(), "unreadable", "needs_ocr", "too_large"),
        ("bomb in a PDF", _pdf_with(b"0 0 m 1 1 l S\n" * 2_000_000), "hostile"),
        ("1,000 pages", _many_pages(1_000), "too_large"),
        ("winmail.dat that counts to four billion", winmail(attribute(0x69003, b"\xff" * 9)), "unreadable"),
        ("mails in one another", _mails(30), "too_large", "hostile"),
    ):
        yield name, content, frozenset(verdicts)


def zipped(parts: dict[str, bytes]) -> bytes:
    """Zip some parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def word(body: str, front: str = "") -> bytes:
    """Make a Word document."""
    document = f"{front}<w:document {_WORD}><w:body>{body}</w:body></w:document>"
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode()})


def _laughs() -> str:
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    return f"<!DOCTYPE d [{lines}]>"


def _lying(form: bytes) -> bytes:
    content = bytearray(form)
    struct.pack_into("<I", content, form.rindex(b"word/document.xml") - 46 + 24, 10)
    return bytes(content)


def _overlapping() -> bytes:
    """Say of many names that they are the same bytes, as a file of petabytes does."""
    plain = b"a" * 1_000_000
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(plain) + packer.flush()
    sizes = (zlib.crc32(plain), len(packed), len(plain))
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, 1, 0) + b"a" + packed
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes, 4, 0, 0, 0, 0, 0, 0)
    entries = b"".join(entry + b"%04d" % number for number in range(900))
    return local + entries + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 900, 900, len(entries), len(local), 0)


def _nested(content: bytes, depth: int) -> bytes:
    for _ in range(depth):
        content = zipped({"more.zip": content})
    return content


def _looping() -> bytes:
    """Make the pages of a PDF their own parents."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    plain = target.getvalue()
    number = plain[plain.index(b"/Pages ") + 7 :].split()[0]
    start = plain.index(b"/Kids [ ") + 8
    return plain[:start] + number + plain[start + len(number) :]


def _pdf_with(drawing: bytes) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    page.obj.Contents = pdf.make_stream(drawing)
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True, compress_streams=True, recompress_flate=True)
    return target.getvalue()


def _many_pages(count: int) -> bytes:
    pdf = pikepdf.new()
    for _ in range(count):
        pdf.add_blank_page()
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True)
    return target.getvalue()


def _mails(depth: int) -> bytes:
    inner = message(text="x")
    for _ in range(depth):
        inner = message(inner)
    return msg(inner)
