"""One stage of one shot to be run. Imports no bpy: the worker process shares it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...core.records import Camera
from ...core.settings import ShotSettings


@dataclass(frozen=True)
class Request:
    """What to run.

    Attributes:
        folder: the shot's folder.
        settings: inputs and choices.
        camera: the plate's camera where it is known.
        stage: the name of the pipeline's stage; what it needs runs before it.
        numbers: frame numbers for stages that work by frame; None for all.
    """

    folder: Path
    settings: ShotSettings
    camera: Camera | None
    stage: str
    numbers: tuple[int, ...] | None = None
