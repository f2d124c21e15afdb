"""Run a stage in this interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.progress import Job
from ...core.settings import ShotSettings
from .plate_file import write_plate
from .request import Request

if TYPE_CHECKING:
    from ...compose import Networks


_kept: tuple[tuple[str, ...], Networks] | None = None


def _networks(settings: ShotSettings) -> Networks:
    """The networks, kept from one stage to the next: loading them takes a second."""
    global _kept
    from ...compose import Networks

    choice = (settings.device, settings.weights, settings.renderer)
    if _kept is None or _kept[0] != choice:
        _kept = choice, Networks(settings)
    return _kept[1]


def run_here(request: Request) -> Job[None]:
    """Run the stage and all it needs, as far as it is not valid already."""
    from ...core.pipeline import Pipeline
    from ...core.shot import Shot

    settings = request.settings
    pipeline = Pipeline(
        Shot.create(request.folder), settings, _networks(settings), camera=request.camera
    )
    write_plate(request.folder, pipeline.plate)
    stage = getattr(pipeline, request.stage)
    yield from (stage() if request.numbers is None else stage(request.numbers))
