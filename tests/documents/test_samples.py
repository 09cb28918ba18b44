"""Our own samples give exactly the answers that stand beside them."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from cspr_bot.documents.reading import read_document
from cspr_bot.referral.form import Reading
from cspr_bot.referral.form_json import reading_as_json
from cspr_bot.referral.rules import FormRules, form_rules

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = sorted(SAMPLES.glob("*.json"))


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_a_sample_gives_its_answers(expected: Path, rules: FormRules) -> None:
    wanted = json.loads(expected.read_text(encoding="utf-8"))
    name = wanted["file"]
    row = reading_as_json(name, read_document((SAMPLES / name).read_bytes(), rules, name))
    assert (row["file"], row["verdict"], row["reason"]) == (name, "ok", "")
    forms = row["forms"]
    assert isinstance(forms, list)
    assert [
        {key: form[key] for key in form if key in wanted["forms"][0]} for form in forms if isinstance(form, dict)
    ] == (wanted["forms"])
    assert [(form["missing"], form["doubts"]) for form in forms if isinstance(form, dict)] == [([], [])]


def test_there_are_six_samples() -> None:
    assert len(EXPECTED) == 6


def test_the_blank_form_is_blank(sample: Callable[[str], bytes], reading: Callable[[bytes], Reading]) -> None:
    read = reading(sample("blank-referral-form.docx"))
    assert read.verdict == "blank_form"
    assert read.forms == ()
    assert "nothing is filled in" in read.reason


def test_the_blank_form_that_we_send_is_the_sample(sample: Callable[[str], bytes]) -> None:
    sent = Path(__file__).parents[2] / "mail_templates" / "attachments" / "blank-referral-form.docx"
    assert sent.read_bytes() == sample("blank-referral-form.docx")


def test_a_name_is_never_believed(sample: Callable[[str], bytes], rules: FormRules) -> None:
    content = sample("sample-4-printed.pdf")
    assert read_document(content, rules, "holiday.jpg") == read_document(content, rules)


def test_what_is_required_is_the_partnerships_choice(sample: Callable[[str], bytes]) -> None:
    table = tomllib.loads((Path(__file__).parents[2] / "config" / "form.toml").read_text(encoding="utf-8"))
    table["field"]["child.carer"]["required"] = True
    rules = form_rules(table)
    assert isinstance(rules, FormRules)
    assert "child.carer" in rules.required
    assert read_document(sample("sample-1-word.docx"), rules).forms[0].missing == ()
