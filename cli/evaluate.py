"""``evp eval``: measure fit, speech, emotion or rendering on clips; the figures go to JSON."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..compose import Networks
from ..core.align import align_points
from ..core.errors import EvpError, InputError
from ..core.evaluate.adaptation import evaluate_adaptation
from ..core.evaluate.emotion import VoiceClip, evaluate_emotion, evaluate_shown_emotion
from ..core.evaluate.fit import clip_figures, evaluate_clip
from ..core.evaluate.identity import HOW_TO_GET, load_recogniser
from ..core.evaluate.render import evaluate_render
from ..core.evaluate.speech import TalkingFace, evaluate_speech, talking_face
from ..core.evaluate.synthetic import evaluate_synthetic
from ..core.face.fitted import fitted_points
from ..core.face.smoothing import smooth_track
from ..core.files import replace_file
from ..core.fit import FitSettings, default_camera, fit_face
from ..core.media.audio import read_audio
from ..core.media.plate import MOVIE_SUFFIXES, open_plate
from ..core.records import AlignedFace, FaceFit, Plate, Track
from ..core.settings import ShotSettings
from ..core.track import TrackSettings, track_face
from ..core.transcript import read_transcript, script_of
from .progress_bar import run_with_bar

Measured = TypeVar("Measured")


def add_commands(commands: Any) -> None:
    """Add ``eval fit``, ``eval speech``, ``eval emotion`` and ``eval render``."""
    parser = commands.add_parser("eval", help="measure on clips", description=__doc__)
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    for name, command, text in (
        ("fit", _fit, "reprojection error, jitter and speed of track and fit"),
        ("speech", _speech, "predicted against real lips, each clip driven by its own sound"),
        ("emotion", _emotion, "what is heard of the emotion, and what is shown of it"),
        ("render", _render, "frames re-enacted from others of their clip, against baselines"),
    ):
        kind = kinds.add_parser(name, help=text, description=text.capitalize() + ".")
        kind.add_argument("--clips", type=Path, required=name != "fit", help="folder of the clips")
        kind.add_argument(
            "--synthetic", type=int, default=0, metavar="N", help="only for fit: N drawn heads"
        )
        kind.add_argument("--json", type=Path, required=True, help="file for the figures")
        kind.add_argument("--weights", choices=("open", "research"), default="open")
        kind.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
        kind.add_argument("--adapt-seconds", type=float, default=90.0, help="only for render")
        kind.add_argument(
            "--adapt",
            action="store_true",
            help="only for speech: also with what the clip's other half teaches",
        )
        kind.add_argument(
            "--transcripts",
            action="store_true",
            help="only for speech: also with the words in NAME.txt beside a clip",
        )
        kind.add_argument("--language", default="en", help="of the transcripts")
        kind.set_defaults(command=lambda options, run=command: _evaluate(options, run))


def _evaluate(options: argparse.Namespace, run: Any) -> int:
    figures = run(options, _networks(options))
    replace_file(options.json, json.dumps(figures, indent=2, default=_plain).encode())
    print(json.dumps(figures.get("mean", figures), indent=2, default=_plain))
    print(options.json)
    return 0


def _fit(options: argparse.Namespace, networks: Networks) -> dict[str, Any]:
    if options.clips is None and options.synthetic < 1:
        raise InputError("evp eval fit needs --clips DIR or --synthetic N; give one of them.")
    figures: dict[str, Any] = {}
    if options.clips is not None:
        measured, skipped = measure_each(
            _movies(options.clips), lambda path: run_with_bar(evaluate_clip(path))
        )
        figures = {**clip_figures(measured), **skipped}
    if options.synthetic > 0:
        figures["synthetic"] = run_with_bar(evaluate_synthetic(options.synthetic))
    return figures


def _speech(options: argparse.Namespace, networks: Networks) -> dict[str, Any]:
    clips, skipped = measure_each(
        _movies(options.clips), lambda path: _talking_face(path, path.stem, None)
    )
    figures = {**_with_mean(run_with_bar(evaluate_speech(clips, networks.speech))), **skipped}
    if options.adapt:
        adapted = _with_mean(run_with_bar(evaluate_adaptation(clips, networks.speech)))
        figures["adapted"] = adapted["clips"]
        figures["mean"]["adapted"] = adapted["mean"]
    if options.transcripts:
        read = _scripted(clips, options.clips, options.language)
        scripted = _with_mean(run_with_bar(evaluate_speech(read, networks.speech, table=False)))
        figures["scripted"] = scripted["clips"]
        figures["mean"]["scripted"] = scripted["mean"]
    return figures


def _scripted(clips: list[TalkingFace], folder: Path, language: str) -> list[TalkingFace]:
    """The clips that have their words beside them, with these."""
    found = [(clip, folder / f"{clip.name}.txt") for clip in clips]
    read = [
        dataclasses.replace(clip, script=script_of(read_transcript(path), language))
        for clip, path in found
        if path.is_file()
    ]
    if not read:
        raise InputError(
            f"{folder}: no clip has a transcript; write its words into a text file of its name."
        )
    return read


def _emotion(options: argparse.Namespace, networks: Networks) -> dict[str, Any]:
    from ..models.speech.datasets import read_dataset

    recordings = [item for item in read_dataset(options.clips) if item.emotion is not None]
    voices = [
        VoiceClip(item.path.stem, item.speaker, read_audio(item.path), item.emotion)
        for item in recordings
        if item.emotion is not None
    ]
    with_face = {item.path: item for item in recordings if item.has_face}
    faces, skipped = measure_each(
        list(with_face),
        lambda path: _talking_face(path, with_face[path].speaker, with_face[path].emotion),
    )
    heard = run_with_bar(evaluate_emotion(voices, networks.speech))
    figures: dict[str, Any] = {"heard": dataclasses.asdict(heard), **skipped}
    if faces:
        shown = run_with_bar(evaluate_shown_emotion(faces, networks.speech))
        figures["shown"] = _with_mean(shown)
        emotional = [row for row in figures["shown"]["clips"] if row["emotion"] != "neutral"]
        if emotional:
            figures["shown"]["mean_emotional"] = _mean(emotional)
    return figures


def _render(options: argparse.Namespace, networks: Networks) -> dict[str, Any]:
    from ..models.renderer import load_face_renderer

    def measure(path: Path) -> dict[str, Any]:
        plate, track, fit = _tracked(path)
        edges = load_face_renderer(networks.device, options.weights, "edges")
        with tempfile.TemporaryDirectory() as folder:
            job = evaluate_render(
                plate,
                _own_face(plate, track, fit),
                networks.renderer,
                edges,
                options.adapt_seconds,
                Path(folder),
            )
            return dataclasses.asdict(run_with_bar(job))

    scores, skipped = measure_each(_movies(options.clips), measure)
    means: dict[str, Any] = {}
    rows = [row for score in scores for row in score["scores"]]
    for name in dict.fromkeys((row["protocol"], row["method"]) for row in rows):
        mine = [row for row in rows if (row["protocol"], row["method"]) == name]
        means[" / ".join(name)] = _mean(mine)
    figures: dict[str, Any] = {"clips": scores, "mean": means, **skipped}
    if load_recogniser() is None:
        for row in rows:
            del row["identity"]
        figures["identity"] = HOW_TO_GET
    return figures


def _networks(options: argparse.Namespace) -> Networks:
    unused = Path("-")
    return Networks(ShotSettings(unused, unused, device=options.device, weights=options.weights))


def _movies(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in MOVIE_SUFFIXES)
    if not files:
        raise InputError(f"{folder}: there is no movie in this folder; give the clips' folder.")
    return files


def measure_each(
    paths: Sequence[Path], measure: Callable[[Path], Measured]
) -> tuple[list[Measured], dict[str, list[str]]]:
    """What was measured of clips, and ``{"skipped": sentences}`` of those that could not be.

    Every sentence is told at once on stderr, too.

    Raises:
        EvpError: the only clip could not be measured.
        InputError: none of several could be.
    """
    measured: list[Measured] = []
    skipped: list[str] = []
    for path in paths:
        try:
            measured.append(measure(path))
        except EvpError as error:
            if len(paths) == 1:
                raise
            named = path.name in str(error)
            skipped.append(str(error) if named else f"{path.name}: {error}")
            print(f"evp: skipped {skipped[-1]}", file=sys.stderr)
    if skipped and not measured:
        raise InputError(f"None of {len(paths)} clips could be measured; the reasons stand above.")
    return measured, {"skipped": skipped} if skipped else {}


def _tracked(path: Path) -> tuple[Plate, Track, FaceFit]:
    plate = open_plate(path)
    track = run_with_bar(track_face(plate, TrackSettings()))
    size = (plate.width, plate.height)
    camera = default_camera(*size)
    fit = run_with_bar(fit_face(size, track, FitSettings(), camera, plate.times))
    return plate, smooth_track(track, plate.times), fit


def _talking_face(path: Path, speaker: str, emotion: int | None) -> TalkingFace:
    plate, _, fit = _tracked(path)
    return talking_face(path.stem, speaker, read_audio(path), fit, plate.times, emotion)


def _own_face(plate: Plate, track: Track, fit: FaceFit) -> AlignedFace:
    """The plate's own face as the face to render."""
    still = np.zeros(len(plate))
    aligned = align_points(fit, track, fit.expression, fitted_points(fit), still)
    return dataclasses.replace(aligned, changed=aligned.valid.astype(float))


def _with_mean(scores: Iterable[Any]) -> dict[str, Any]:
    rows = [dataclasses.asdict(score) for score in scores]
    return {"clips": rows, "mean": _mean(rows)}


def _mean(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The mean of every number over the rows that have it."""
    names = [name for name, value in rows[0].items() if isinstance(value, bool | int | float)]
    means = {}
    for name in names:
        values = [row[name] for row in rows if row[name] is not None and np.isfinite(row[name])]
        if values:
            means[name] = round(float(np.mean(values)), 4)
    return means


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
