"""How a file is turned away: with a verdict, and with a reason that a person can act on."""

from cspr_bot.referral.form import Reading, Verdict


class Refused(Exception):  # noqa: N818 - a file that cannot be read is an answer, and not an error of the program
    """A file that will not be read. Never leaves this room: `read_document` gives it as a `Reading`."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.reading = Reading(verdict, reason)


DAMAGED = "The file is damaged or was cut off on its way. Please ask for it again."
ENCRYPTED = "The file is locked with a password. Please ask for a copy without one, or for the password by telephone."
HOSTILE = "The file is built in a way that harms programs which open it. Do not open it; ask the sender by telephone."
TOO_LARGE = "The file is larger than any referral form. Please ask for the form alone."
PICTURE = "The file is a picture or a scan: there is no text in it to read. A person has to read it."
GUESS = "A guess, to be checked by eye:"
EMPTY = "The file is empty."
TOO_MUCH = "There is more packed into this file than can be looked through here. Please ask for the form alone."
NO_OFFICE = "This kind of file cannot be read here. Please open it and save it as a Word document (.docx) or PDF."
UNKNOWN = "This is no document that can be read here. Please ask for the form as a Word document (.docx) or PDF."
TOO_SLOW = "The file could not be read in the time that is set. A person has to look at it."
