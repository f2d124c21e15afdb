"""Training of the speech networks, from a folder of recordings to a weight file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ...core.errors import InputError
from ...core.face.head import load_head
from ...core.files import replace_file
from ...core.progress import Job, Progress
from ...core.records import EMOTIONS, FloatArray
from ..weights import save_weights
from ..workers import first_worker_first, worker_number
from .acted import learn_expressions
from .datasets import read_dataset
from .disentangle import Disentangled, disentangle
from .fit_landmarks import Hearing, TalkingClip, fit_landmarks
from .fit_straight import solve_straight
from .landmarks import LandmarkNetwork
from .network import (
    ARCHITECTURE,
    INTENSITIES,
    SpeechModel,
    TrainedSpeech,
    load_ear,
    load_speech_network,
)
from .plots import draw_losses
from .prepare import Prepared, displacements, prepare, speaker_gain, speaker_lags
from .recipes import RECIPES
from .straight import StraightPath
from .takes import Take
from .utterances import HEARD_RATE, Heard, statistics

NEUTRAL = EMOTIONS.index("neutral")


def train_speech(
    data: Path, recipe: str, out: Path, device: torch.device | str = "cpu"
) -> Job[Path]:
    """Train content encoder, emotion encoder and landmark network on a folder of recordings.

    Goes on where it stopped if ``out`` holds an earlier run. Writes ``speech.safetensors``,
    ``losses.json`` and ``losses.png`` there. Where workers were joined (``workers.py``) the first
    one prepares the recordings and writes; all train.

    Args:
        data: recordings, see ``read_dataset``; at least one voice must say two sentences in two
            emotions, and at least one recording must show a face.
        recipe: one of ``RECIPES``.
        out: the run's folder.
        device: where torch analyses the recordings and trains.

    Returns:
        The weight file, for ``load_speech_network(path=...)``.

    Raises:
        InputError: an unknown recipe, or data that do not suffice.
    """
    if recipe not in RECIPES:
        raise InputError(f"There is no recipe '{recipe}'; choose one of {', '.join(RECIPES)}.")
    plan = RECIPES[recipe]
    recordings = read_dataset(data)
    device = torch.device(device)
    with first_worker_first():
        items = yield from prepare(recordings, load_ear(device), out / "prepared", plan.copies)
    faces = [item for item in items if len(item.times) > 30]
    if not faces:
        raise InputError(f"{data} holds no recording that shows a talking face; add videos.")
    takes = [take_of(item) for item in items]
    losses: list[dict[str, object]] = []
    networks = yield from _logged(
        disentangle(takes, plan.disentangle, out / "disentangle.safetensors", device), losses
    )
    prototypes = emotion_prototypes(networks, takes)
    expressions = learn_expressions(faces)
    clips = talking_clips(faces, expressions, networks, load_speech_network(device))
    landmarks = yield from _logged(
        fit_landmarks(
            clips,
            prototypes[:, -1],
            load_head().landmark_identity_basis,
            plan.landmarks,
            out / "landmarks.safetensors",
            device,
        ),
        losses,
    )
    straight = solve_straight(clips, landmarks, plan.landmarks)
    path = out / "speech.safetensors"
    if worker_number() > 0:
        return path
    details = {"recipe": recipe, "recordings": len(items), "faces": len(faces)}
    save_speech(path, networks, prototypes, expressions, landmarks, straight, details)
    replace_file(out / "losses.json", json.dumps(losses).encode())
    draw_losses(out / "losses.png", losses)
    return path


def emotion_prototypes(networks: Disentangled, takes: Sequence[Take]) -> FloatArray:
    """The mean emotion code of each emotion at each intensity (8, 3, 128).

    Intensities without a recording lie on the way from neutral, or from the next weaker one, to the
    next stronger one; an emotion without any has neutral's code.
    """
    codes: dict[tuple[int, int], list[FloatArray]] = defaultdict(list)
    with torch.no_grad():
        for take in takes:
            if take.emotion is None:
                continue
            measured = statistics(take.heard)
            code = networks.emotion(torch.from_numpy(measured)[None])
            level = 0 if take.emotion == NEUTRAL else max(1, round(INTENSITIES * take.intensity))
            codes[take.emotion, level].append(code[0].numpy())
    if (NEUTRAL, 0) not in codes:
        raise InputError("The data hold no neutral recording, which the emotions are told from.")
    rest = np.mean(codes[NEUTRAL, 0], axis=0)
    prototypes = np.empty((len(EMOTIONS), INTENSITIES, len(rest)), np.float32)
    levels = np.arange(1, INTENSITIES + 1)
    for emotion in range(len(EMOTIONS)):
        known = [level for level in levels if (emotion, level) in codes]
        path = np.stack([rest, *(np.mean(codes[emotion, level], axis=0) for level in known)])
        prototypes[emotion] = np.stack(
            [np.interp(levels, [0, *known], column) for column in path.T], axis=1
        )
    return prototypes


def talking_clips(
    faces: Sequence[Prepared],
    expressions: FloatArray,
    networks: Disentangled,
    reference: SpeechModel,
) -> list[TalkingClip]:
    """Clips at one amplitude and one clock; the lag is measured with a reference network.

    What an acted emotion adds to the face is taken off: it joins the speech when it is performed.

    Args:
        faces: the recordings that show a face.
        expressions: (8, 52) of ``learn_expressions``.
        networks: the trained encoders.
        reference: measures the lags.
    """
    trained = TrainedSpeech()
    trained.content, trained.emotion = networks.content, networks.emotion
    model = SpeechModel(
        reference.ear,
        reference.detector,
        reference.sound_classifier,
        trained,
        "",
        torch.device("cpu"),
    )
    by_speaker: dict[tuple[str, str], list[Prepared]] = defaultdict(list)
    for item in faces:
        by_speaker[item.recording.corpus, item.recording.speaker].append(item)
    acted = {c for (c, _), own in by_speaker.items() if any(i.recording.emotion for i in own)}
    clips = []
    for (corpus, speaker), own in by_speaker.items():
        gain = speaker_gain(own)
        for item, lag in zip(own, speaker_lags(own, reference), strict=True):
            emotion = item.recording.emotion
            added = 0.0 if emotion is None else expressions[emotion]
            clips.append(
                TalkingClip(
                    f"{corpus}/{speaker}",
                    emotion,
                    item.times + lag,
                    (gain * displacements(item.expression - added)).astype(np.float32),
                    item.neutral,
                    [
                        _hearing(model, item.heard, 1.0),
                        *(_hearing(model, copy.heard, copy.speed) for copy in item.copies),
                    ],
                    corpus in acted,
                )
            )
    return clips


def _hearing(model: SpeechModel, heard: Heard, speed: float) -> Hearing:
    grid = np.arange(len(heard.content)) / HEARD_RATE
    code, _ = model.emotion_codes(heard, grid[len(grid) // 2 :][:1])
    shift = model.voice_shift(heard)
    content, features = model.encode(heard, grid, shift), heard.content - shift
    return Hearing(content.astype(np.float16), features.astype(np.float16), code[0], speed)


def save_speech(
    path: Path,
    networks: Disentangled,
    prototypes: FloatArray,
    expressions: FloatArray,
    landmarks: LandmarkNetwork,
    straight: StraightPath,
    details: dict[str, object],
) -> None:
    """Write the trained networks as one weight file."""
    trained = TrainedSpeech()
    trained.content, trained.emotion = networks.content, networks.emotion
    trained.landmarks, trained.straight = landmarks, straight
    trained.get_buffer("prototypes").copy_(torch.from_numpy(prototypes))
    trained.get_buffer("expressions").copy_(torch.from_numpy(expressions))
    save_weights(path, trained.state_dict(), ARCHITECTURE, details)


def take_of(item: Prepared) -> Take:
    """What a prepared recording lets the encoders learn."""
    recording = item.recording
    return Take(
        item.heard,
        recording.corpus,
        recording.speaker,
        recording.sentence,
        recording.emotion,
        recording.intensity,
    )


def _logged(job: Job, losses: list[dict[str, object]]) -> Job:
    """Pass a job's progress on and keep what it says."""
    while True:
        try:
            progress = next(job)
        except StopIteration as stop:
            return stop.value
        losses.append({"stage": progress.stage, "step": progress.done, "losses": progress.message})
        yield Progress(progress.stage, progress.done, progress.total, progress.message)
