"""Learn when the lips close in b, m and p; write ``models/weights/speech_lips.safetensors``.

flite speaks sentences of the licence text in its four voices and tells when each phone ends. The
sound is shifted in pitch, put into rooms and noise, and a ridge regression from the listener's
features around a moment to "b, m or p" is stored. No recorded person is heard.

Usage (needs flite, a Debian package):
    python tools/build_lip_cue.py models/weights/speech_lips.safetensors
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import librosa
import numpy as np
import torch
from scipy.signal import fftconvolve
from sklearn.metrics import roc_auc_score

from evp.core.media.audio import read_audio
from evp.core.records import SAMPLE_RATE, FloatArray
from evp.models.speech.lip_cue import OFFSETS, LipCue
from evp.models.speech.network import LIPS_ARCHITECTURE, Ear, load_speech_network
from evp.models.speech.utterances import HEARD_RATE, Heard, centre
from evp.models.weights import save_weights

TEXT = Path(__file__).parent.parent / "LICENSE"
VOICES = ("slt", "rms", "awb", "kal")
SENTENCES = 70
CLOSED = {"b", "m", "p"}
RIDGE = 0.4
"""Pull towards no effect, as a share of the features' variance."""


def sentences(count: int) -> list[str]:
    """Sentences of 25 to 90 characters, in random order."""
    plain = re.sub(r"[^A-Za-z,. ]", " ", TEXT.read_text())
    every = (" ".join(part.split()) for part in re.split(r"[.,]", plain))
    fitting = [sentence for sentence in every if 25 < len(sentence) < 90]
    return [fitting[i] for i in np.random.default_rng(0).permutation(len(fitting))[:count]]


def speak(voice: str, sentence: str, folder: Path) -> tuple[FloatArray, list[tuple[str, float]]]:
    """Sound (N,) at 16 kHz and each phone with the second at which it ends."""
    path = folder / "line.wav"
    command = ["flite", "-voice", voice, "-psdur", "-t", sentence, "-o", str(path)]
    spoken = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    phones = [(word.rsplit(":", 1)[0], float(word.rsplit(":", 1)[1])) for word in spoken]
    return read_audio(path), phones


def record(sound: FloatArray, random: np.random.Generator) -> FloatArray:
    """The sound as another voice in another room."""
    if random.random() < 0.7:
        sound = librosa.effects.pitch_shift(sound, sr=SAMPLE_RATE, n_steps=random.uniform(-4, 5))
    length = SAMPLE_RATE // 10
    fading = np.exp(-np.arange(length) / random.uniform(100, 500)) * random.uniform(0, 0.08)
    room = random.standard_normal(length) * fading
    room[0] += 1.0
    sound = fftconvolve(sound, room)[: len(sound)]
    noise = sound.std() * 10 ** (-random.uniform(15, 40) / 20)
    noisy: FloatArray = (sound + random.standard_normal(len(sound)) * noise).astype(np.float32)
    return noisy


def closed_rows(phones: list[tuple[str, float]], count: int) -> FloatArray:
    """1 in the listener's rows of b, m and p, else 0: (count,)."""
    target, start = np.zeros(count, np.float32), 0.0
    for name, end in phones:
        if name in CLOSED:
            first = round(start * HEARD_RATE)
            target[first : max(first + 1, round(end * HEARD_RATE))] = 1.0
        start = end
    return target


def around(heard: Heard, average: FloatArray, spread: FloatArray) -> FloatArray:
    """What the cue looks at, standardised, and a one: (N, 9 * 384 + 1)."""
    rows = (centre(heard.content, heard.active_heard, average) - average) / spread
    at = np.clip(np.arange(len(rows))[:, None] + OFFSETS, 0, len(rows) - 1)
    return np.concatenate([rows[at].reshape(len(rows), -1), np.ones((len(rows), 1))], axis=1)


def solve(parts: list[tuple[FloatArray, FloatArray, int]]) -> FloatArray:
    """Ridge regression from the sums of several voices."""
    normal, wanted = sum(part[0] for part in parts), sum(part[1] for part in parts)
    pull = np.ones(len(wanted))
    pull[-1] = 0.0
    weights: FloatArray = np.linalg.solve(
        normal + RIDGE * sum(part[2] for part in parts) * np.diag(pull), wanted
    )
    return weights


def main() -> None:
    """Speak, listen, learn, say how well left-out voices are judged, and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    path = parser.parse_args().weights
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    ear: Ear = load_speech_network().ear
    heard: dict[str, list[tuple[Heard, FloatArray]]] = {voice: [] for voice in VOICES}
    with tempfile.TemporaryDirectory() as folder:
        for voice in VOICES:
            for sentence in sentences(SENTENCES):
                sound, phones = speak(voice, sentence, Path(folder))
                found = ear.analyse(record(sound, random))
                heard[voice].append((found, closed_rows(phones, len(found.content))))
    rows = np.concatenate([h.content for v in VOICES for h, _ in heard[v]]).astype(np.float32)
    average, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    seen = {
        voice: (
            np.concatenate([around(h, average, spread) for h, _ in heard[voice]]),
            np.concatenate([target for _, target in heard[voice]]),
        )
        for voice in VOICES
    }
    parts = {voice: (x.T @ x, x.T @ y, len(x)) for voice, (x, y) in seen.items()}
    for voice, (x, y) in seen.items():
        others = solve([parts[other] for other in VOICES if other != voice])
        print(f"{voice} left out: area under the curve {roc_auc_score(y, x @ others):.3f}")
    weights = solve(list(parts.values()))
    cue = LipCue()
    with torch.no_grad():
        cue.scale.mean.copy_(torch.from_numpy(average))
        cue.scale.scale.copy_(torch.from_numpy(spread))
        cue.line.weight.copy_(torch.from_numpy(weights[None, :-1]))
        cue.line.bias.fill_(float(weights[-1]))
    save_weights(path, cue.state_dict(), LIPS_ARCHITECTURE, {"voices": VOICES, "ridge": RIDGE})


if __name__ == "__main__":
    main()
