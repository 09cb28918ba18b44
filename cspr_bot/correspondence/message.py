"""A mail after parsing: decoded headers in their order, its text, its attachments."""

from dataclasses import dataclass

# Two problems after which nothing about a mail is taken for granted: its sender is not believed, and it is never noise,
# for what the parser could not see another program may.
BROKEN_HEADERS = "the header block is broken"
BROKEN_STRUCTURE = "the structure of the mail is broken"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is a file. `name` is what the sender chose: shown escaped, never used as a path."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail as every later decision sees it.

    `headers` are (name, decoded value) in wire order, topmost first, unfolded, without CR, LF or NUL. `text` is the
    plain body (made from the HTML where there is none), `html` the HTML body or "", and `html_text` the words that a
    mail client shows of it. `problems` are what the parser had to forgive, in words; a mail that could not be parsed
    at all has `is_readable` False and no content. `failed` and `delayed` are addresses that it says were not reached,
    or not yet: a guess at an old mail system's prose, and nothing where a report by the standard is in it.
    """

    headers: tuple[tuple[str, str], ...]
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()
    is_readable: bool = True
    html_text: str = ""
    failed: tuple[str, ...] = ()
    delayed: tuple[str, ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Give every value of a header, topmost first. Names are compared without case."""
        wanted = name.casefold()
        return tuple(value for key, value in self.headers if key.casefold() == wanted)

    def first(self, name: str) -> str:
        """Give the topmost value of a header, or "" where there is none."""
        return next(iter(self.all(name)), "")

    @property
    def is_damaged(self) -> bool:
        """Whether another program may see this mail otherwise than we do."""
        return not self.is_readable or BROKEN_HEADERS in self.problems or BROKEN_STRUCTURE in self.problems
