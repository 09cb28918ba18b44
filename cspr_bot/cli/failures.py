"""What a command raises to end with a message: wrong usage, or an answer that is no."""


class UsageError(Exception):
    """The command line says something that cannot be meant."""


class SaidNoError(Exception):
    """The command cannot be done as things are; one line each for what is wrong."""
