"""Reads form.toml into the rules of the referral form, or notes all that is wrong with it."""

import re
from pathlib import Path

from cspr_bot.config.files import ConfigFile, read_file
from cspr_bot.config.problems import Place
from cspr_bot.referral.rules import FormRules, form_rules

_STEP = re.compile(r'"([^"]*)"|([^".]+)')


def read_form_rules(file: ConfigFile) -> FormRules | None:
    """Read form.toml; None where the file is no good."""
    if not file.is_readable:
        return None
    rules = form_rules(file.table)
    if isinstance(rules, FormRules):
        return rules
    for problem in rules:
        place, _, rest = " ".join(problem.splitlines()).partition(": ")
        what, _, remedy = rest.rpartition("; ")
        file.findings.error(_place(place), what, remedy)
    return None


def form_rules_of(path: Path) -> FormRules:
    """Read form.toml for the child that reads documents. Whoever starts it has read the file before: a flaw raises."""
    file = read_file(path, path.name)
    rules = read_form_rules(file)
    if rules is None:
        raise ValueError("\n".join(str(problem) for problem in file.findings.problems))
    return rules


def _place(text: str) -> Place:
    return tuple(quoted or plain for quoted, plain in _STEP.findall(text))
