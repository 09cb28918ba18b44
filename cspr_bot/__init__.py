"""cspr-bot: the clerk who remembers what a safeguarding partnership has promised to do, and by when."""

__version__ = "0.1.0"
