"""Learn which sound is spoken when; write ``models/weights/speech_sounds.safetensors``.

Synthetic voices whose phones' times are known speak English and invented words; the sound is put
into rooms and noise, and a small network learns to name the sound in every 20 ms from the
listener's features. No recorded person is heard. Voices left out first say how well it does.

Usage (for the programs needed see ``synthetic_voices.py``):
    python tools/build_sound_classifier.py models/weights/speech_sounds.safetensors
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from synthetic_voices import (
    ESPEAK,
    FESTIVAL,
    FLITE,
    Spoken,
    espeak,
    festival,
    flite,
    invented,
    recorded,
    sentences,
)
from torch.nn import functional

from evp.core.records import FloatArray, IntArray
from evp.core.speech_sounds import SOUND_INDEX
from evp.models.speech.network import SOUNDS_ARCHITECTURE, Ear, load_ear
from evp.models.speech.sound_classifier import REACH, SoundClassifier
from evp.models.speech.utterances import HEARD_RATE, Heard, centre
from evp.models.weights import save_weights

HELD_OUT = ("flite rms", "festival ked_diphone", "festival pc_diphone", "festival czech_krb")
"""Voices that judge what was learnt from the others; eSpeak NG's m6 to m8 and f5 too."""

HELD_OUT_VARIANTS = ("espeak m6", "espeak m7", "espeak m8", "espeak f5")
ENGLISH, INVENTED, EACH_LANGUAGE = 60, 40, 16
ROWS, BATCH, STEPS, RATE = 120, 24, 2500, 2e-3
UNSURE = -1


@dataclass(frozen=True)
class Lesson:
    """A sentence as the listener hears it.

    Attributes:
        spoken: what was said.
        heard: by the listener, N rows.
        sounds: (N,) index of the sound in each row, -1 where it is not sure.
    """

    spoken: Spoken
    heard: Heard
    sounds: IntArray


def every_sentence(folder: Path, random: np.random.Generator) -> list[Spoken]:
    """All voices' sentences, as recordings."""
    made: list[Spoken] = []
    for voice in FLITE:
        lines = sentences(ENGLISH, random) + invented(INVENTED // 2, random)
        made += flite(voice, lines, random, folder)
    for voice, language in FESTIVAL.items():
        lines = sentences(ENGLISH, random) if language == "en" else []
        made += festival(voice, lines + invented(INVENTED, random), random, folder)
    for language in ESPEAK:
        made += espeak(language, invented(EACH_LANGUAGE, random), random)
    return [recorded(spoken, random) for spoken in made]


def lesson(spoken: Spoken, ear: Ear) -> Lesson:
    """Let the listener hear a sentence."""
    heard = ear.analyse(spoken.sound)
    sounds = np.full(len(heard.content), UNSURE)
    middle = np.arange(len(sounds)) / HEARD_RATE
    for name, start, end in spoken.sounds:
        if name:
            sounds[(middle >= start) & (middle < end)] = SOUND_INDEX[name]
    return Lesson(spoken, heard, sounds)


def learn(lessons: list[Lesson], seed: int = 0) -> SoundClassifier:
    """Train on pieces of sentences drawn at random, every voice as often as the others."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = SoundClassifier()
    average = np.concatenate([one.heard.content for one in lessons]).astype(np.float32).mean(axis=0)
    rows = [centre(one.heard.content, one.heard.active_heard, average) for one in lessons]
    network.scale.measure(torch.from_numpy(np.concatenate(rows)))
    network.scale.mean.copy_(torch.from_numpy(average))
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, STEPS)
    voices: dict[str, list[tuple[FloatArray, IntArray]]] = {}
    for one, centred in zip(lessons, rows, strict=True):
        voices.setdefault(one.spoken.voice, []).append((centred, one.sounds))
    names = sorted(voices)
    for _ in range(STEPS):
        heard, wanted = [], []
        for _ in range(BATCH):
            said = voices[names[random.integers(len(names))]]
            centred, sounds = said[random.integers(len(said))]
            first = random.integers(0, max(1, len(sounds) - ROWS))
            at = np.minimum(np.arange(first, first + ROWS), len(sounds) - 1)
            around = np.arange(first - REACH, first + ROWS + REACH)
            heard.append(centred[np.clip(around, 0, len(sounds) - 1)])
            wanted.append(sounds[at])
        x = torch.from_numpy(np.stack(heard))
        x = x + 0.1 * torch.randn_like(x) * network.scale.scale
        x = functional.dropout(x, 0.1)
        found = network(x).flatten(0, 1)
        loss = functional.nll_loss(
            found, torch.from_numpy(np.concatenate(wanted)), ignore_index=UNSURE
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def accuracy(network: SoundClassifier, lessons: list[Lesson]) -> float:
    """Share of the rows whose sound is named rightly."""
    right = total = 0
    for one in lessons:
        found = network.judge(one.heard).argmax(axis=1)
        sure = one.sounds != UNSURE
        right += int((found == one.sounds)[sure].sum())
        total += int(sure.sum())
    return right / max(1, total)


def main() -> None:
    """Speak, listen, learn, say how well left-out voices are judged, and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    path = parser.parse_args().weights
    random = np.random.default_rng(0)
    ear = load_ear(torch.device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        spoken = every_sentence(Path(folder), random)
    lessons = [lesson(one, ear) for one in spoken]
    left_out = HELD_OUT + HELD_OUT_VARIANTS
    judge = learn([one for one in lessons if one.spoken.voice not in left_out])
    for voice in left_out:
        share = accuracy(judge, [one for one in lessons if one.spoken.voice == voice])
        print(f"{voice}, left out: {share:.1%} of the rows named rightly")
    voices = sorted({one.spoken.voice for one in lessons})
    save_weights(path, learn(lessons).state_dict(), SOUNDS_ARCHITECTURE, {"voices": voices})


if __name__ == "__main__":
    main()
