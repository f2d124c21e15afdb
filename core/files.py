"""Write files whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .errors import OutputError


def replace_file(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside it, then rename it into place.

    Raises:
        OutputError: the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(f"{path}: the file cannot be written ({error.strerror}).") from error
    finally:
        discard(partial)


def discard(path: Path) -> None:
    """Remove a file where there is one; what lies where nothing can be written is left."""
    with contextlib.suppress(OSError):
        path.unlink()


def make_folder(path: Path) -> None:
    """Make a folder and those above it, or take the one that is there.

    Raises:
        OutputError: a file is in the way, or the folder above cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path}: the folder cannot be made ({error.strerror}); choose another."
        ) from error
