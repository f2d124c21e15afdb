"""Find files; write them whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Container
from pathlib import Path

from .errors import OutputError


def files_below(folder: Path) -> list[Path]:
    """Files in a folder and the folders in it, also linked ones, in order of their paths."""
    found: list[Path] = []
    seen: set[str] = set()
    for place, inner, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            inner.clear()
            continue
        seen.add(real)
        found += [Path(place, name) for name in names]
    return sorted(found)


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


def set_aside(folder: Path, stem: str, wanted: Container[str]) -> int:
    """Move a folder's numbered pictures that do not belong to the job to ``earlier_...`` beside it.

    Safe beside other processes that write wanted files, or move the same ones.

    Args:
        folder: with the pictures.
        stem: of their names: ``frame`` for ``frame.0001.png``. Files of other names are left.
        wanted: names of the files that stay.

    Returns:
        How many were moved.

    Raises:
        OutputError: a folder cannot be written.
    """
    numbered = re.compile(rf"{re.escape(stem)}\.\d+\.(png|exr)")
    others = [
        path
        for path in folder.iterdir()
        if numbered.fullmatch(path.name) and path.name not in wanted
    ]
    if not others:
        return 0
    aside = folder.with_name(f"earlier_{folder.name}")
    make_folder(aside)
    for path in others:
        try:
            os.replace(path, aside / path.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(f"{path}: the file cannot be moved ({error.strerror}).") from error
    return len(others)
