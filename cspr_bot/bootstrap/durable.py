"""What makes a file's name as durable as what is in it."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Write a folder's names to the disk: a file that was made or renamed is there after a power cut."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
