"""Draft letters: Word templates filled in with what the program knows, and what it does not know marked as a blank."""

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from cspr_bot.letters.blanks import mark_blanks
from cspr_bot.letters.draft_facts import DraftFacts, Told, draft_facts
from cspr_bot.letters.paper import packed
from cspr_bot.pipeline.ports import DraftLetter, PermanentFailure
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

FOLDER = "letters"
EACH_AGENCY = "agency"  # a template of this name makes a letter for each agency that takes part
MOST_BYTES = 3 * 1024 * 1024  # of all the letters in one mail: a template may hold a large picture
_NAME = re.compile(r"(N\d+(?:-[a-z]+)*?)-to-([a-z]+(?:-[a-z]+)*)")
_KNOWN = frozenset(item.name for item in fields(DraftFacts))


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """One template: `N19-to-referrer.docx` goes along with the mail N19, and is for the referrer."""

    path: Path
    notice: str
    to: str

    @property
    def shown(self) -> str:
        """The file as an error names it."""
        return f"{self.path.parent.parent.name}/{FOLDER}/{self.path.name}"


@dataclass(frozen=True)
class LetterDrafter:
    """Fills in the letters of one folder of templates. `sandbox` is the Jinja environment in which that happens."""

    folder: Path
    rules: Rules
    sandbox: object
    marking: str
    most_bytes: int = MOST_BYTES

    def has_letters(self, notice: str) -> bool:
        """Say whether letters go along with this mail."""
        return any(template.notice == notice for template in self.templates)

    def drafts(self, notice: str, case: Case, now: datetime) -> tuple[DraftLetter, ...]:
        """Give the letters for a task, without a word about a person. A template that is wrong: `PermanentFailure`."""
        found = tuple(self.letters(case, now, notice))
        if sum(len(letter.content) for letter in found) > self.most_bytes:
            raise PermanentFailure(f"the letters of {notice} are too large to go along with a mail")
        return found

    def letters(self, case: Case, now: datetime, name: str, told: Told | None = None) -> Iterator[DraftLetter]:
        """Fill in letters: all that go along with a mail, those of one template, or the one for an agency.

        `told` is for who may see the case; without it a letter says nothing of a person.
        """
        for template in self.templates:
            agencies = (case.agencies or (None,)) if template.to == EACH_AGENCY else (None,)
            for agency in agencies:
                own = f"{template.notice}-to-{agency}" if agency else template.path.stem
                if name in {template.notice, template.path.stem, own}:
                    facts = draft_facts(case, self.rules, now, self.marking, agency, told)
                    yield DraftLetter(f"{own}.docx", filled(template, facts, self.sandbox, now))

    @cached_property
    def templates(self) -> tuple[LetterTemplate, ...]:
        """Every template whose name says which mail it goes with."""
        paths = sorted(self.folder.glob("*.docx"))
        named = ((path, _NAME.fullmatch(path.stem)) for path in paths if not path.name.startswith("~$"))
        return tuple(LetterTemplate(path, found[1], found[2]) for path, found in named if found)

    def problems(self, case: Case, now: datetime) -> Iterator[str]:
        """Fill every template in for an imagined case; give what is wrong with each, and where."""
        told = Told("[name]", "[role]", "[agency]", "[reference]")
        for template in self.templates:
            yield from self._flaws(template, case, told, now)

    def unused(self, notices: Collection[str]) -> Iterator[str]:
        """Give the files that go along with none of these mails."""
        used = {template.path for template in self.templates if template.notice in notices}
        files = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        yield from (path.name for path in files if path not in used and not path.name.startswith(("~$", ".")))

    def _flaws(self, template: LetterTemplate, case: Case, told: Told, now: datetime) -> Iterator[str]:
        strangers = unknown_names(template, self.sandbox)
        yield from (f"{template.shown}: there is no {name}{_meant(name)}" for name in strangers)
        try:
            facts = draft_facts(case, self.rules, now, self.marking, None, told)
            content = b"" if strangers else filled(template, facts, self.sandbox, now)
        except PermanentFailure as failure:
            yield str(failure)
            return
        yield from (f'{template.shown}: a field is not whole, near "{text}"' for text in _unfilled(content))


def filled(template: LetterTemplate, facts: DraftFacts, sandbox: object, now: datetime) -> bytes:
    """Fill a template in. Its author may have written anything, so whatever it raises is the template's error."""
    word = _opened(template)
    try:
        word.render(asdict(facts), sandbox, autoescape=True)
        mark_blanks(word.docx)
        properties = word.docx.core_properties
        properties.author = properties.last_modified_by = "cspr-bot"
        properties.created = properties.modified = now.replace(tzinfo=None)
        return packed(word.docx)
    except Exception as error:  # noqa: BLE001 - the code that runs here is the administrator's
        raise PermanentFailure(f"{template.shown}: {_reason(error)}") from None


def unknown_names(template: LetterTemplate, sandbox: object) -> list[str]:
    """Name what a template wants and no letter has, also where this case would not come to it.

    One that cannot be opened or understood wants nothing: filling it in says what is wrong.
    """
    try:
        return sorted(set(_opened(template).get_undeclared_template_variables(sandbox)) - _KNOWN)
    except Exception:  # noqa: BLE001 - the code that is looked at is the administrator's
        return []


def _unfilled(content: bytes) -> Iterator[str]:
    """Give what still looks like a field in a letter that is filled in: one brace of two was left out or cut off."""
    import docx  # noqa: PLC0415

    paragraphs = docx.Document(BytesIO(content)).paragraphs if content else []
    yield from (one.text[:60] for one in paragraphs if any(sign in one.text for sign in ("{{", "}}", "{%", "%}")))


def _opened(template: LetterTemplate) -> "DocxTemplate":
    from docx.oxml import parse_xml  # noqa: PLC0415
    from docxtpl import DocxTemplate  # noqa: PLC0415 - 0.2 s, and only for who writes a letter

    class StrictTemplate(DocxTemplate):  # type: ignore[misc]
        """The library mends what is no XML any more by leaving words out. A letter may lose none."""

        def fix_tables(self, xml: str) -> object:
            parse_xml(xml)
            return super().fix_tables(xml)

    try:
        word = StrictTemplate(BytesIO(template.path.read_bytes()))
        word.init_docx()
    except Exception:  # noqa: BLE001 - a zip, an XML or a Word error: to its owner all the same
        raise PermanentFailure(f"{template.shown}: it is no Word file (.docx) that can be opened") from None
    return word


def _reason(error: Exception) -> str:
    """Say what is wrong with a template, and near which of its words; never with anything that was filled in."""
    near = _near(error)
    match type(error).__name__:
        case "TemplateSyntaxError" | "TemplateAssertionError":
            return f"{str(getattr(error, 'message', '')).rstrip('.')}{near}"
        case "UndefinedError":
            return "it wants a name that there is not"
        case "XMLSyntaxError":
            return (
                "a condition begins in one paragraph and ends in another: give {%p if ... %} and {%p endif %} a "
                "paragraph of their own"
            )
        case kind:
            return f"it cannot be filled in ({kind})"


def _near(error: Exception) -> str:
    lines = [line.strip() for line in getattr(error, "docx_context", ())]
    middle = lines[min(3, len(lines) - 1)] if lines else ""
    return f', near "{middle[:60]}"' if middle else ""


def _meant(name: str) -> str:
    close = get_close_matches(name, _KNOWN, 1)
    return f"; did you mean {close[0]}?" if close else ""
