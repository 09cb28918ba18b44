"""Running the steps, all of them in one transaction: a crash between two of them leaves the schema as it was."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from cspr_bot.store.database import begin, take_turns


def upgrade(engine: Engine, steps: Path) -> None:
    """Bring a database to the latest schema. SQLite too takes back a change of schema with its transaction."""
    config = Config()
    config.set_main_option("script_location", str(steps))
    with begin(engine, writing=True) as connection:
        take_turns(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
