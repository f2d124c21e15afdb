"""Find the files of a numbered image sequence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .images import IMAGE_SUFFIXES


@dataclass(frozen=True)
class ImageSequence:
    """Numbered images without a gap.

    Attributes:
        files: the images in order.
        first_number: the number in the first file's name; 1 for a lone image without a number.
    """

    files: list[Path]
    first_number: int


def find_sequence(path: Path) -> ImageSequence:
    """Find the sequence an image, a folder or a ``####`` / ``%04d`` pattern belongs to.

    Raises:
        InputError: nothing is there, or a number is missing between the first and the last.
    """
    if path.is_dir():
        images = sorted(p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
        if not images:
            raise InputError(f"{path}: there is no image in this folder; give the plate's frames.")
        path = images[0]
    stem, suffix = path.stem, path.suffix
    match = re.fullmatch(r"(.*?)(#+|%0?\d*d|\d+)", stem)
    if match is None:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file; check the path of the plate.")
        return ImageSequence([path], 1)
    numbered: dict[int, Path] = {}
    pattern = re.compile(re.escape(match[1]) + r"(\d+)" + re.escape(suffix))
    for sibling in path.parent.iterdir() if path.parent.is_dir() else ():
        found = pattern.fullmatch(sibling.name)
        if found:
            numbered[int(found[1])] = sibling
    if not numbered:
        raise InputError(f"{path}: no file of this sequence exists; check the path of the plate.")
    first, last = min(numbered), max(numbered)
    missing = next((n for n in range(first, last) if n not in numbered), None)
    if missing is not None:
        raise InputError(
            f"{path}: frame {missing} of the sequence {first}-{last} is missing; "
            "render it or move the other frames to a folder of their own."
        )
    return ImageSequence([numbered[n] for n in range(first, last + 1)], first)
