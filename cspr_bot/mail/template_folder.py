"""The files of `mail_templates/`: compiled once, filled in inside a sandbox, and where wrong, told by file and line."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, tzinfo
from functools import partial
from pathlib import Path
from types import TracebackType

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from cspr_bot.mail import wording
from cspr_bot.pipeline.ports import PermanentFailure

ATTACHMENTS = "attachments"
_BLANKS = re.compile(r"\s+")
_PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")
_UNKNOWN_NAME = re.compile(r"'(\w+)'(?: is undefined)?$")


class TemplateFolder:
    """One folder of templates. A change in it is seen by a new `TemplateFolder` only.

    Everything that is wrong with a template comes out as `PermanentFailure` with file and line, and never with
    anything of what it was filled in with.
    """

    def __init__(self, folder: Path, zone: tzinfo) -> None:
        self._folder = folder
        self._templates = _environment(folder, zone)
        self._files: dict[str, bytes] = {}

    def has(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        return (self._folder / name).is_file()

    def names(self) -> tuple[str, ...]:
        """Give the name of every mail that has a template; what begins with "_" is a part of others."""
        found = (path.stem for path in self._folder.glob("*.txt"))
        return tuple(sorted(name for name in found if not name.startswith("_")))

    def fill(self, name: str, known: Mapping[str, object]) -> str:
        """Fill a template in. Its author may have written anything, so whatever it raises is the template's error."""
        template = self._compiled(name)
        try:
            return template.render(known)
        except Exception as error:  # noqa: BLE001 - the code that runs here is the administrator's
            raise self._failure(name, error) from None

    def problems(self) -> Iterator[str]:
        """Compile every file, used or not, and tell what is wrong."""
        for path in self._sources():
            try:
                self._compiled(path.name)
            except PermanentFailure as failure:
                yield str(failure)

    def attachment(self, name: str) -> bytes:
        """Give a file that goes along; read once, and only from its own folder."""
        if name not in self._files:
            path = self._folder / ATTACHMENTS / name
            if not _PLAIN_FILE_NAME.fullmatch(name) or not path.is_file():
                raise PermanentFailure(f"{self.shown(ATTACHMENTS)} has no such file as a mail wants to attach")
            self._files[name] = path.read_bytes()
        return self._files[name]

    def shown(self, name: str) -> str:
        """Give a file as an error names it."""
        return f"{self._folder.name}/{name}"

    def _sources(self) -> list[Path]:
        return sorted((*self._folder.glob("*.txt"), *self._folder.glob("*.html")))

    def _compiled(self, name: str) -> Template:
        try:
            return self._templates.get_template(name)
        except (TemplateError, OSError, UnicodeError) as error:
            raise self._failure(name, error) from None

    def _failure(self, name: str, error: Exception) -> PermanentFailure:
        match error:
            case TemplateSyntaxError():
                return PermanentFailure(f"{self.shown(error.name or name)}, line {error.lineno}: {error.message}")
            case TemplateNotFound():
                return PermanentFailure(f"{self.shown(str(error.name or name))} is missing")
            case UnicodeError():
                return PermanentFailure(f"{self.shown(name)} is not UTF-8")
            case UndefinedError():
                what = f"it wants a name that there is not{self._wanted(error)}"
            case _:
                what = f"it cannot be filled in ({type(error).__name__})"
        file, line = self._place(error.__traceback__, name)
        return PermanentFailure(f"{self.shown(file)}, line {line}: {what}")

    def _wanted(self, error: UndefinedError) -> str:
        """Give the name that was wanted if it is a word of the templates, for a value of the letter may stand there."""
        found = _UNKNOWN_NAME.search(str(error))
        if found is None:
            return ""
        sources = (path.read_text("utf-8", "replace") for path in self._sources())
        return f": {found[1]}" if any(found[1] in re.findall(r"\w+", source) for source in sources) else ""

    def _place(self, traceback: TracebackType | None, name: str) -> tuple[str, int]:
        """Give the innermost line of a template that was being filled in."""
        found = (name, 1)
        while traceback is not None:
            path = Path(traceback.tb_frame.f_code.co_filename)
            if path.parent == self._folder:
                found = (path.name, traceback.tb_lineno)
            traceback = traceback.tb_next
        return found


def letter_environment(zone: tzinfo) -> ImmutableSandboxedEnvironment:
    """Give the sandbox in which the templates of letters are filled in: the words of mails, and blanks for days."""
    environment = _environment(Path(), zone)
    environment.autoescape = True
    environment.filters |= {"day": _day_or_blank}
    return environment


def _day_or_blank(on: date | None) -> str:
    return "[date]" if on is None else f"{on.day} {wording.MONTHS[on.month - 1]} {on.year}"


def _environment(folder: Path, zone: tzinfo) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=_is_html,
        finalize=_on_one_line,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=False,
    )
    environment.filters |= {
        "day": wording.day,
        "short_day": wording.short_day,
        "moment": partial(wording.moment, zone=zone),
        "working_days": wording.working_days,
        "time_left": wording.time_left,
        "in_words": wording.in_words,
    }
    return environment


def _is_html(name: str | None) -> bool:
    return name is not None and name.endswith(".html")


def _on_one_line(value: object) -> object:
    """Put a value on one line, so that none can begin a paragraph or a header of its own. Nothing prints as nothing."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _BLANKS.sub(" ", value)
    return "" if value is None else value
