"""Where the files that ship with the program lie: inside the wheel, or beside the package in a checkout."""

from pathlib import Path


def defaults_folder() -> Path:
    """Give the folder that holds the default `config/` and `mail_templates/`."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "defaults"
    return shipped if shipped.is_dir() else package.parent
