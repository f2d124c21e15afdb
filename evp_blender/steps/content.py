"""From a shot's folder to what its scene shows."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import bpy

from ...core.records import AlignedFace, FaceFit, Plate
from ...core.shot import Shot
from ..engine.plate_file import read_plate
from ..scene.records import RenderedLayers, ShotContent
from ..scene.sound import place_sound
from ..shots.folder import use_folder
from ..shots.settings import first_scene_frame, plate_rate, speech_source


def shot_content(scene: bpy.types.Scene, shot: Any) -> ShotContent:
    """The records of a shot, as far as it was run.

    Raises:
        InputError: it was not tracked and fitted yet.
    """
    folder = use_folder(scene, shot)
    records = Shot(folder)
    plate = read_plate(folder)
    fit = records.load_fit()
    has_performance = records.stored_key("align") is not None
    aligned = records.load("align", AlignedFace) if has_performance else None
    if plate.order is not None:
        fit = _extended(fit, plate)
    if aligned is not None and len(aligned.valid) != len(fit.valid):
        aligned = None
    return ShotContent(
        identity=shot.identity,
        name=shot.name,
        plate=plate,
        fit=fit,
        aligned=aligned,
        start=first_scene_frame(shot),
        clip=shot.clip,
    )


def rendered_layers(folder: Path, plate: Plate) -> RenderedLayers | None:
    """The delivered frames of a shot, EXR before PNG; None before one was rendered."""
    for suffix in (".exr", ".png"):
        found: dict[int, Path] = {}
        for path in Shot(folder).frames.glob(f"frame.*{suffix}"):
            number = path.stem.partition(".")[2]
            if number.isdigit() and int(number) in plate.frame_numbers:
                found[int(number)] = path
        if found:
            return RenderedLayers(found[min(found)], tuple(sorted(found)))
    return None


def place_speech(scene: bpy.types.Scene, shot: Any) -> None:
    """Let the scene play the speech, unless it comes from the sequencer already."""
    if shot.speech_strip or not shot.speech or not shot.match_scene:
        return
    speech, seconds = speech_source(scene, shot)
    if speech.is_file():
        frame = first_scene_frame(shot) + seconds * float(plate_rate(shot))
        place_sound(scene, shot.identity, shot.name, speech, frame)


def _extended(fit: FaceFit, plate: Plate) -> FaceFit:
    """The fit of a plate that runs forth and back."""
    order = plate.order
    assert order is not None
    world = fit.camera.world
    camera = fit.camera if world is None else dataclasses.replace(fit.camera, world=world[order])
    return dataclasses.replace(fit.take(order), camera=camera)
