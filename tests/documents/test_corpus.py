"""Odd, broken and hostile documents of public test suites: each is survived, in time, and none is taken for a form."""

import time
from pathlib import Path

import pytest

from cspr_bot.documents.containers import Desk
from cspr_bot.documents.office import OfficeKind
from cspr_bot.documents.reading import read_document
from cspr_bot.documents.refusal import NO_OFFICE, Refused
from cspr_bot.referral.rules import FormRules

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "docs"
SLOWEST = 5.0

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora/docs is not here"),
]


def no_office(content: bytes, kind: OfficeKind) -> bytes:
    raise Refused("unreadable", NO_OFFICE)


@pytest.mark.parametrize("source", sorted(path.name for path in CORPUS.glob("*") if path.is_dir()))
def test_public_documents_are_survived(source: str, rules: FormRules) -> None:
    for path in sorted(path for path in (CORPUS / source).rglob("*") if path.is_file()):
        started = time.perf_counter()
        reading = read_document(path.read_bytes(), rules, path.name, Desk(to_word=no_office))
        assert reading.verdict not in {"ok", "blank_form"}, path.name
        assert reading.reason, path.name
        assert "unusual" not in reading.reason, path.name
        assert time.perf_counter() - started < SLOWEST, path.name
