"""What is put into a scene, and the objects it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.records import AlignedFace, FaceFit, Plate


@dataclass(frozen=True)
class ShotContent:
    """The records of one shot, as its scene shows them.

    Attributes:
        identity: a word that stays the same when the shot is renamed.
        name: the shot's name, part of every datablock's name.
        plate: the plate; its first frame is shown at ``start``.
        fit: the fitted head, T frames.
        aligned: the performed face, T frames; None shows the plate's own expression.
        start: the scene's frame that shows the shot's first frame.
        clip: the plate as a Movie Clip that is loaded already; None loads ``plate.path``.
    """

    identity: str
    name: str
    plate: Plate
    fit: FaceFit
    aligned: AlignedFace | None
    start: int
    clip: Any = None


@dataclass(frozen=True)
class RenderedLayers:
    """Delivered frames as large as the plate: EXR with all layers, or finished PNG.

    Attributes:
        first_file: the first frame's file.
        numbers: of the frames that are there, ascending.
    """

    first_file: Path
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class ShotObjects:
    """The datablocks of a shot in a scene.

    Attributes:
        collection: holds the objects below.
        camera: the camera object that matches the plate.
        head: the head's mesh object with 52 shape keys.
        keypoints: the mesh object of the 478 landmarks, a child of the head.
        clip: the plate's Movie Clip.
    """

    collection: Any
    camera: Any
    head: Any
    keypoints: Any
    clip: Any
