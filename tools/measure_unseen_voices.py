"""Tell how well Ee hears emotion in voices it has not learned from, every voice left out in turn.

A weight file that learned from every voice at hand cannot be measured on any of them. So Ee is
trained as ``evp train speech`` does, once for every voice of the smallest corpus, without that
voice and the others' share of voices: pretraining, as many steps of the class loss as Ee takes
beside Ec and D (whose own losses are left out), calibration. Then it hears as ``evp run`` does.
Where a corpus has sound recordings beside videos, all are learned from and only the sound is asked:
the videos mostly show the same performances.

Usage (the recordings of a training and its folder, where their analyses are kept):
    python tools/measure_unseen_voices.py RECORDINGS runs/speech --recipe research
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from evp.core.progress import finish
from evp.core.records import EMOTIONS, FloatArray
from evp.models.speech.datasets import read_dataset
from evp.models.speech.disentangle import DisentangleSettings
from evp.models.speech.encoders import EmotionEncoder
from evp.models.speech.hear_emotion import EmotionTask, calibrate_emotion, pretrain_emotion
from evp.models.speech.network import (
    SpeechModel,
    TrainedSpeech,
    load_detector,
    load_ear,
    load_sound_classifier,
)
from evp.models.speech.prepare import Prepared, prepare
from evp.models.speech.recipes import RECIPES
from evp.models.speech.takes import Take
from evp.models.speech.train import take_of
from evp.models.speech.utterances import HEARD_RATE, Heard, statistics

FRAME = 0.04
CPU = torch.device("cpu")


def turns(voices: Sequence[str]) -> list[set[str]]:
    """Which voices (``corpus/speaker``) are left out together; each corpus' are spread evenly."""
    corpora = {voice.split("/")[0] for voice in voices}
    own = [sorted({v for v in voices if v.split("/")[0] == corpus}) for corpus in sorted(corpora)]
    count = min(len(names) for names in own)
    return [{name for names in own for name in names[turn::count]} for turn in range(count)]


def train(takes: Sequence[Take], settings: DisentangleSettings) -> EmotionEncoder:
    """Ee as the training makes it, but for Ec's and D's share in its losses."""
    emotion = EmotionEncoder(settings.emotion.dropout)
    task = EmotionTask(takes, settings.emotion, settings.seed)
    pretrain_emotion(emotion, task, settings.seed, CPU)
    emotion.train()
    random = np.random.default_rng(settings.seed)
    optimiser = torch.optim.Adam(emotion.parameters(), lr=settings.emotion_rate * settings.rate)
    for _ in range(settings.steps):
        optimiser.zero_grad()
        task.loss(emotion, random).backward()
        optimiser.step()
    emotion.eval()
    if settings.emotion.calibrate:
        calibrate_emotion(emotion, takes, settings.emotion, settings.seed)
    return emotion


def heard_emotion(model: SpeechModel, heard: Heard, voice: FloatArray | None) -> FloatArray:
    """Probabilities (8,) of a recording, the mean over the frames in which somebody speaks."""
    times = np.arange(0.0, len(heard.content) / HEARD_RATE, FRAME)
    _, probabilities = model.emotion_codes(heard, times, voice)
    rows = np.minimum((times * HEARD_RATE).astype(int), len(heard.content) - 1)
    spoken = heard.active_heard[rows]
    mean: FloatArray = probabilities[spoken if spoken.any() else slice(None)].mean(axis=0)
    return mean


def code(model: SpeechModel, measured: FloatArray) -> FloatArray:
    """Emotion codes (N, 128) of whole recordings' statistics (N, 1536)."""
    with torch.no_grad():
        codes: FloatArray = model.trained.emotion(torch.from_numpy(measured)).numpy()
    return codes


def nearest_class(codes: FloatArray, classes: Sequence[str], learned: FloatArray) -> list[str]:
    """The corpus' own class whose mean code over the ``learned`` recordings is the nearest."""
    names = sorted(set(classes))
    means = [codes[learned & (np.array(classes) == name)].mean(axis=0) for name in names]
    distances = np.linalg.norm(codes[:, None] - np.stack(means), axis=2)
    return [names[index] for index in distances.argmin(axis=1)]


def measure(items: Sequence[Prepared], settings: DisentangleSettings) -> None:
    """Print the shares of recordings whose emotion is told, by corpus and by voice."""
    model = SpeechModel(
        load_ear(CPU), load_detector(), load_sound_classifier(), TrainedSpeech(), "", CPU
    )
    takes = [take_of(item) for item in items]
    voices = np.array([take.voice for take in takes])
    corpora = np.array([take.corpus for take in takes])
    labels = np.array([take.emotion for take in takes])
    classes = [
        item.recording.path.stem.split("-")[2] if item.recording.corpus == "ravdess" else ""
        for item in items
    ]
    asked = np.array([not item.recording.has_face for item in items])
    asked |= ~np.isin(corpora, corpora[asked])
    measured = np.stack([statistics(take.heard) for take in takes])
    right = np.zeros((len(takes), 2, 2), bool)
    for left_out in turns(list(voices)):
        held = np.isin(voices, list(left_out))
        others = [take for take, is_held in zip(takes, held, strict=True) if not is_held]
        model.trained.emotion = train(others, settings)
        average = model.trained.emotion.scale.mean.numpy()
        offsets = {
            name: measured[asked & (voices == name)].mean(axis=0) - average for name in set(voices)
        }
        shift = np.stack([offsets[name] for name in voices])
        for known in (0, 1):
            for index in np.flatnonzero(held & asked):
                voice = offsets[voices[index]] if known else None
                probabilities = heard_emotion(model, takes[index].heard, voice)
                occurring = sorted(set(labels[corpora == corpora[index]]))
                chosen = occurring[int(probabilities[occurring].argmax())]
                right[index, known, 0] = chosen == labels[index]
            named = np.array([bool(name) for name in classes])
            own = [name for name in classes if name]
            if own:
                codes = code(model, (measured - known * shift).astype(np.float32)[named])
                told = nearest_class(codes, own, ~held[named])
                right[named, known, 1] |= held[named] & (np.array(told) == np.array(own))
        print("left out:", *sorted(left_out), _shares(right[held & asked, :, 0]), flush=True)
    for corpus in sorted(set(corpora)):
        of = asked & (corpora == corpus)
        count = len(set(labels[of]))
        print(corpus, of.sum(), "recordings,", count, "emotions:", _shares(right[of, :, 0]))
        for name in sorted(set(voices[of])):
            print("   ", name, _shares(right[of & (voices == name), :, 0]))
        if corpus == "ravdess":
            print("    its own classes, by the nearest mean code:", _shares(right[of, :, 1]))


def _shares(right: FloatArray) -> str:
    alone, known = right.mean(axis=0)
    return f"{100 * alone:.1f} %, voice known {100 * known:.1f} %"


def main() -> None:
    """Read the recordings' analyses, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--recipe", choices=sorted(RECIPES), default="research")
    given = parser.parse_args()
    torch.set_num_threads(1)
    labelled = [r for r in read_dataset(given.data) if r.emotion is not None]
    copies = RECIPES[given.recipe].copies
    items = finish(prepare(labelled, load_ear(CPU), given.run / "prepared", copies))
    print(len(items), "recordings of", len(EMOTIONS), "emotions at most", flush=True)
    measure(items, RECIPES[given.recipe].disentangle)


if __name__ == "__main__":
    main()
