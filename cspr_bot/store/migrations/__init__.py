"""How one schema becomes the next, with Alembic, which is loaded only when the database is older than the program."""

from pathlib import Path

# The schema that this program reads and writes: the number of the last file in `versions`.
LATEST = 5
STEPS = Path(__file__).parent
