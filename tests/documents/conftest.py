"""Documents to read: our own samples, altered copies of them, and small files built by hand."""

import io
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cspr_bot.documents.reading import page_of, read_document
from cspr_bot.referral.form import Reading, ReferralForm
from cspr_bot.referral.pages import Page
from cspr_bot.referral.rules import FormRules, form_rules

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)
ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "form": "form",
        "field": "forms-field",
        "loext": "experimental",
    }.items()
)


@pytest.fixture(scope="session")
def rules() -> FormRules:
    read = form_rules(tomllib.loads((ROOT / "config" / "form.toml").read_text(encoding="utf-8")))
    assert isinstance(read, FormRules), read
    return read


@pytest.fixture(scope="session")
def sample() -> Callable[[str], bytes]:
    return lambda name: (SAMPLES / name).read_bytes()


@pytest.fixture(scope="session")
def archive() -> Callable[[Mapping[str, str | bytes]], bytes]:
    """Zip some parts."""

    def build(parts: Mapping[str, str | bytes]) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
            for name, content in parts.items():
                written.writestr(name, content)
        return target.getvalue()

    return build


@pytest.fixture(scope="session")
def docx(archive: Callable[[Mapping[str, str | bytes]], bytes]) -> Callable[[str], bytes]:
    """Make a Word document of what stands in its body."""

    def build(body: str) -> bytes:
        document = f"<w:document {WORD}><w:body>{body}</w:body></w:document>"
        return archive({"[Content_Types].xml": "<Types/>", "word/document.xml": document})

    return build


@pytest.fixture(scope="session")
def odt(archive: Callable[[Mapping[str, str | bytes]], bytes]) -> Callable[[str], bytes]:
    """Make an OpenDocument text of what stands in its body."""

    def build(body: str) -> bytes:
        content = (
            f"<office:document-content {ODF}><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>"
        )
        return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})

    return build


@pytest.fixture(scope="session")
def page() -> Callable[[bytes | str], Page]:
    """Give what a document says."""
    return lambda content: page_of(content.encode() if isinstance(content, str) else content)


@pytest.fixture(scope="session")
def first_text(page: Callable[[bytes | str], Page]) -> Callable[[bytes | str], str]:
    """Give the first paragraph of a document."""

    def find(content: bytes | str) -> str:
        return next((block for block in page(content).blocks if isinstance(block, str)), "")

    return find


@pytest.fixture(scope="session")
def altered(
    sample: Callable[[str], bytes], archive: Callable[[Mapping[str, str | bytes]], bytes]
) -> Callable[..., bytes]:
    """Give a sample with some of its XML exchanged; what is to be exchanged must be there, once or more."""

    def build(*changes: tuple[str, str], name: str = "sample-1-word.docx", part: str = "word/document.xml") -> bytes:
        with zipfile.ZipFile(io.BytesIO(sample(name))) as source:
            parts: dict[str, str | bytes] = {entry: source.read(entry) for entry in source.namelist()}
        content = parts[part]
        assert isinstance(content, bytes)
        text = content.decode("utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return archive({**parts, part: text})

    return build


@pytest.fixture(scope="session")
def only_form(rules: FormRules) -> Callable[[bytes | str], ReferralForm]:
    """Read the one form that is in a document."""

    def read(content: bytes | str) -> ReferralForm:
        reading = read_document(content.encode() if isinstance(content, str) else content, rules)
        assert (reading.verdict, len(reading.forms)) == ("ok", 1), reading.reason
        return reading.forms[0]

    return read


@pytest.fixture(scope="session")
def reading(rules: FormRules) -> Callable[[bytes | str], Reading]:
    return lambda content: read_document(content.encode() if isinstance(content, str) else content, rules)
