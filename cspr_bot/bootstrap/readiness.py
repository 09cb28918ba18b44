"""What stands in the way of work: raised by whoever joins the parts, and said by the command in one line each."""


class NotReadyError(Exception):
    """A home that cannot be worked with as it is: all that is wrong with it, one line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class BrokenFilesError(NotReadyError):
    """The administrator's files are wrong: nothing is decided by them, but the deadlines stand in the database."""


class KeyProblemError(NotReadyError):
    """The master key is missing or is another's: nothing sealed can be read, but the deadlines can."""
