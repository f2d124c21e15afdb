"""``evp clean``: remove of a shot what is made again when it is needed, or was set aside."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from ..core.errors import OutputError
from ..core.shot import Shot

CACHES: dict[str, tuple[str, str]] = {
    "stages/faces": ("face", "rendered faces, made again when the shot is run again"),
    "earlier_frames": ("frame", "frames of an earlier range or format"),
    "earlier_edges": ("edges", "edge maps of an earlier range"),
}
"""Folder in the shot -> how the names of the files in it begin, and what they are."""


def add_commands(commands: Any) -> None:
    """Add ``clean``."""
    parser = commands.add_parser(
        "clean",
        help="list what of a shot can go, and remove it",
        description="List the rendered faces and what was set aside by earlier runs, with their "
        "sizes; --yes removes them. Frames, movie, curves, edits, and all other stages stay.",
    )
    parser.add_argument("shot", type=Path, help="the shot's folder")
    parser.add_argument("--yes", action="store_true", help="remove it")
    parser.set_defaults(command=clean)


def clean(options: argparse.Namespace) -> int:
    """List what can go, or remove it."""
    shot = Shot(options.shot)
    shot.read_settings()
    found = {name: _files(shot.folder / name, stem) for name, (stem, _) in CACHES.items()}
    for name, files in found.items():
        if files:
            size = sum(path.stat().st_size for path in files) / 1e6
            print(f"{shot.folder / name}: {len(files)} files, {size:.1f} MB ({CACHES[name][1]})")
    if not any(found.values()):
        print(f"{shot.folder}: there is nothing to remove.")
    elif not options.yes:
        print("Nothing was removed; add --yes to remove it.")
    else:
        for path in (path for files in found.values() for path in files):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{path}: it cannot be removed ({error.strerror}).") from error
        print("Removed.")
    return 0


def _files(folder: Path, stem: str) -> list[Path]:
    """The numbered files that a run wrote into a folder; all others stay."""
    numbered = re.compile(rf"{stem}\.\d+\.(npz|png|exr)")
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if numbered.fullmatch(path.name))
