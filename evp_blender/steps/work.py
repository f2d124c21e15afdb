"""What the buttons do, as jobs. Undo may replace every property meanwhile: look it up anew."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from ...core.errors import InputError
from ...core.face.head import load_head
from ...core.progress import Job, Progress
from ...core.shot import Shot
from ..engine.local import run_here
from ..engine.process import run_elsewhere
from ..engine.request import Request
from ..preferences import heavy_interpreter
from ..requirements import missing_packages, package_folders
from ..scene.build import build_scene, find_shot, next_take
from ..scene.compositor import build_compositor, find_group
from ..scene.edge_preview import show_edges
from ..scene.head import check_vertices
from ..scene.read import apply_edits, read_scene
from ..shots.access import identified_shot
from ..shots.folder import use_folder
from ..shots.given_camera import given_camera
from ..shots.settings import shot_settings
from .content import place_speech, rendered_layers, shot_content
from .job import running_job
from .state import mark_done, step_state


def run_stage(
    scene_name: str, identity: str, stage: str, numbers: tuple[int, ...] | None = None
) -> Job[None]:
    """Run one of the pipeline's stages and all it needs, as far as it is not valid."""
    scene, shot = identified_shot(scene_name, identity)
    request = Request(
        folder=use_folder(scene, shot),
        settings=shot_settings(scene, shot),
        camera=given_camera(scene, shot),
        stage=stage,
        numbers=numbers,
    )
    interpreter = heavy_interpreter() if missing_packages() else None
    job = running_job()
    if interpreter is not None:
        yield from run_elsewhere(request, interpreter)
    elif job is not None and job.has_window:
        # In a process of its own the work cannot hold up the window.
        yield from run_elsewhere(request, Path(sys.executable), package_folders())
    else:
        yield from run_here(request)


def track(scene_name: str, identity: str) -> Job[None]:
    """Find the face in every frame."""
    yield from run_stage(scene_name, identity, "track")
    mark_done(*identified_shot(scene_name, identity), "track")


def fit(scene_name: str, identity: str) -> Job[None]:
    """Fit the head."""
    yield from run_stage(scene_name, identity, "fit")
    mark_done(*identified_shot(scene_name, identity), "track", "fit")


def listen(scene_name: str, identity: str) -> Job[None]:
    """Hear content and emotion of the speech."""
    yield from run_stage(scene_name, identity, "listen")
    mark_done(*identified_shot(scene_name, identity), "listen")


def predict_and_build(scene_name: str, identity: str) -> Job[None]:
    """Predict the performance and put it into the scene as a take."""
    yield from run_stage(scene_name, identity, "align")
    # In three parts, so that none holds the window up.
    yield Progress("build scene", 0, 3)
    head = load_head()
    yield Progress("build scene", 1, 3)
    scene, shot = identified_shot(scene_name, identity)
    content = shot_content(scene, shot)
    take = next_take(content, shot.newest_take)
    build_scene(scene, content, head, take, shot.match_scene)
    shot.take, shot.newest_take = take, max(take, shot.newest_take)
    yield Progress("build scene", 2, 3, f"take {take}")
    scene, shot = identified_shot(scene_name, identity)
    content = shot_content(scene, shot)
    layers = rendered_layers(use_folder(scene, shot), content.plate)
    build_compositor(scene, content, shot.clip, layers)
    place_speech(scene, shot)
    mark_done(scene, shot, "track", "fit", "listen", "build_scene")
    yield Progress("build scene", 3, 3, f"take {take}")


def adapt(scene_name: str, identity: str) -> Job[None]:
    """Let the renderer learn from the plate."""
    yield from run_stage(scene_name, identity, "adapt")
    mark_done(*identified_shot(scene_name, identity), "listen", "adapt")


def render(
    scene_name: str, identity: str, numbers: tuple[int, ...] | None = None, deliver: bool = False
) -> Job[None]:
    """Render what the scene shows: the prediction and every edit of an artist.

    Args:
        scene_name: the scene.
        identity: of the shot.
        numbers: frames of the plate; None for all.
        deliver: write the movie and the report too.
    """
    yield from take_over_scene(scene_name, identity)
    yield from run_stage(scene_name, identity, "deliver" if deliver else "composite", numbers)
    scene, shot = identified_shot(scene_name, identity)
    content = shot_content(scene, shot)
    layers = rendered_layers(use_folder(scene, shot), content.plate)
    if content.clip is not None and (layers is not None or find_group(identity) is None):
        build_compositor(scene, content, content.clip, layers)
    mark_done(scene, shot, "adapt", "render")


def preview_edges(scene_name: str, identity: str) -> Job[None]:
    """Draw the edge map of what the scene shows, and lay it over the plate in the viewport."""
    yield from take_over_scene(scene_name, identity)
    yield from run_stage(scene_name, identity, "overlay_edges")
    scene, shot = identified_shot(scene_name, identity)
    objects = find_shot(scene, identity)
    if objects is not None:
        content = shot_content(scene, shot)
        first = Shot(use_folder(scene, shot)).edge_overlay(content.plate.first_frame)
        show_edges(objects.camera, content, first)


def take_over_scene(scene_name: str, identity: str) -> Job[int]:
    """Build the scene where it is missing or stale, then write its face for the renderer.

    Returns:
        how many frames an artist edited.
    """
    scene, shot = identified_shot(scene_name, identity)
    if find_shot(scene, identity) is None or step_state(scene, shot, "build_scene") != "done":
        yield from predict_and_build(scene_name, identity)
    else:
        yield from run_stage(scene_name, identity, "align")
    return (yield from take_over_edits(scene_name, identity))


def take_over_edits(scene_name: str, identity: str) -> Job[int]:
    """Write the evaluated scene's face for the renderer; how many frames an artist edited."""
    scene, shot = identified_shot(scene_name, identity)
    objects = find_shot(scene, identity)
    content = shot_content(scene, shot)
    if objects is None or content.aligned is None:
        raise InputError(f"The shot {shot.name} is not in this scene; run Build Scene.")
    head = load_head()
    check_vertices(objects.head, len(head.neutral))
    seen = yield from read_scene(scene, objects, content)
    aligned, edited = apply_edits(seen, content, head)
    folder = Shot(use_folder(scene, shot))
    if edited.any():
        folder.write_override(aligned)
    else:
        folder.clear_override()
    count = int(np.count_nonzero(edited))
    yield Progress("read scene", 1, 1, f"{count} edited frames")
    return count


def do_it_all(scene_name: str, identity: str) -> Job[None]:
    """Everything: scene, frames, movie, report."""
    yield from predict_and_build(scene_name, identity)
    yield from render(scene_name, identity, deliver=True)
