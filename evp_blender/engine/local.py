"""Run a stage in this interpreter."""

from __future__ import annotations

from ...core.progress import Job
from .plate_file import write_plate
from .request import Request


def run_here(request: Request) -> Job[None]:
    """Run the stage and all it needs, as far as it is not valid already."""
    from ...compose import Networks
    from ...core.pipeline import Pipeline
    from ...core.shot import Shot

    settings = request.settings
    pipeline = Pipeline(
        Shot.create(request.folder), settings, Networks(settings), camera=request.camera
    )
    write_plate(request.folder, pipeline.plate)
    stage = getattr(pipeline, request.stage)
    yield from (stage() if request.numbers is None else stage(request.numbers))
