"""A person's decision on a held mail, whichever way it is said: by command or on the board."""

from cspr_bot.bootstrap.office import Office
from cspr_bot.correspondence.answers import Choice
from cspr_bot.pipeline.filing import PersonsWord


def release_held(
    office: Office, inbox_id: int, choice: Choice, word: PersonsWord, *, case: str | None = None
) -> tuple[str, ...] | None:
    """Do with a held mail what was decided, and let the rules work on it at once.

    Gives the cases it went to; None where it is not held, or not any more.
    """
    references = office.registry.release(inbox_id, choice, word, case=case)
    if references is not None:
        while office.progression.step():
            pass
    return references
