"""Synthetic speech in many voices whose phones' times are known, to learn from.

flite and Festival speak with recorded people's sounds, eSpeak NG in many languages. Debian has the
programs: flite, festival, festvox-kdlpc16k, -italp16k, -itapc16k, -czech-dita, -krb, -machac, -ph,
-suopuhe-lj, -suopuhe-mv, -ca-ona-hts; eSpeak NG comes with the package's own dependency.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
from scipy.signal import fftconvolve

from evp.core.espeak import speak
from evp.core.media.audio import read_audio
from evp.core.records import SAMPLE_RATE, FloatArray
from evp.core.speech_sounds import SILENCE, sounds_of

TEXT = Path(__file__).parent.parent / "LICENSE"

FLITE = ("slt", "rms", "awb", "kal16")
FESTIVAL = {
    "ked_diphone": "en",
    "lp_diphone": "it",
    "pc_diphone": "it",
    "czech_dita": "cs",
    "czech_krb": "cs",
    "czech_machac": "cs",
    "czech_ph": "cs",
    "suo_fi_lj_diphone": "fi",
    "hy_fi_mv_diphone": "fi",
    "upc_ca_ona_hts": "ca",
}
"""Festival's voices and their languages."""

ESPEAK = ("en", "en-us", "fr", "de", "es", "it", "pt-br", "nl", "sv", "pl", "tr", "id", "hi", "fi")
VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")

ARPABET = {
    "aa": "a", "ae": "e", "ah": "a", "ao": "o", "aw": "a u", "ax": "er", "axr": "er", "ay": "a i",
    "b": "p", "ch": "t sh", "d": "t", "dh": "th", "dx": "t", "eh": "e", "er": "er", "ey": "e i",
    "f": "f", "g": "k", "hh": "h", "hv": "h", "ih": "i", "ix": "i", "iy": "i", "jh": "t sh",
    "k": "k", "l": "l", "el": "er l", "m": "m", "em": "er m", "n": "n", "en": "er n", "nx": "n",
    "ng": "ng", "ow": "o u", "oy": "o i", "p": "p", "r": "r", "s": "s", "sh": "sh", "t": "t",
    "th": "th", "uh": "u", "uw": "u", "v": "v", "w": "w", "y": "j", "z": "s", "zh": "sh",
    "pau": SILENCE,
}  # fmt: skip
"""The American phone names of flite and Festival, as one sound or two."""

CONTINENTAL = {
    "#": SILENCE, "pau": SILENCE, "ts": "t s", "dz": "t s", "tS": "t sh", "dZ": "t sh", "S": "sh",
    "Z": "sh", "L": "l", "J": "n", "N": "ng", "rr": "r", "ax": "er", "O": "o", "E": "e",
    "ch": "h", "c": "t s", "c~": "t sh", "s~": "sh", "z~": "sh", "r~": "r", "t~": "t", "d~": "t",
    "n~": "n", "r": "r",
}  # fmt: skip
"""Names of Festival's other voices that are no letters of the phonetic alphabet."""


@dataclass(frozen=True)
class Spoken:
    """One sentence.

    Attributes:
        voice: who speaks.
        sound: (N,) mono, 16 kHz.
        sounds: name, first and last second of each sound; an empty name where it is not sure.
    """

    voice: str
    sound: FloatArray
    sounds: list[tuple[str, float, float]]


def sentences(count: int, random: np.random.Generator) -> list[str]:
    """English sentences of 25 to 90 characters."""
    plain = re.sub(r"[^A-Za-z,. ]", " ", TEXT.read_text())
    every = (" ".join(part.split()) for part in re.split(r"[.,]", plain))
    fitting = [sentence for sentence in every if 25 < len(sentence) < 90]
    return [fitting[i] for i in random.permutation(len(fitting))[:count]]


def invented(count: int, random: np.random.Generator) -> list[str]:
    """Sentences of words that no language has and every language reads in its own way."""
    first = (*"pbmfvtdsznlrkgwjh", "sh", "ch", "pr", "tr", "kl")
    last = ("", "", "", "", *"nslrmtkpf")

    def word() -> str:
        syllables = random.integers(1, 4)
        return "".join(
            first[random.integers(len(first))]
            + "aeiou"[random.integers(5)]
            + last[random.integers(len(last))]
            for _ in range(syllables)
        )

    return [
        " ".join(word() + ("," if random.random() < 0.12 else "") for _ in range(8)).rstrip(",")
        for _ in range(count)
    ]


def flite(voice: str, lines: list[str], random: np.random.Generator, folder: Path) -> list[Spoken]:
    """Sentences by one of flite's voices, at several speeds."""
    spoken, path = [], folder / "line.wav"
    for line in lines:
        stretch = f"duration_stretch={random.uniform(0.75, 1.2):.2f}"
        command = ["flite", "-voice", voice, "--setf", stretch, "-psdur", "-t", line]
        made = subprocess.run([*command, "-o", str(path)], capture_output=True, text=True)
        ends = [part.rsplit(":", 1) for part in made.stdout.split()]
        times = [(name, float(end)) for name, end in ends]
        spoken.append(Spoken(f"flite {voice}", read_audio(path), divided(times, ARPABET)))
    return spoken


def festival(
    voice: str, lines: list[str], random: np.random.Generator, folder: Path
) -> list[Spoken]:
    """Sentences by one of Festival's voices, at several speeds."""
    script = [f"(voice_{voice})"]
    for place, line in enumerate(lines):
        stretch = random.uniform(0.75, 1.2)
        script += [
            f"(Parameter.set 'Duration_Stretch {stretch:.2f})",
            f'(set! spoken (utt.synth (Utterance Text "{line}")))',
            f'(utt.save.wave spoken "{folder}/{place}.wav")',
            f'(format t "sentence {place}\\n")',
            '(mapcar (lambda (s) (format t "%s %f\\n" (item.name s) (item.feat s \'end)))'
            " (utt.relation.items spoken 'Segment))",
        ]
    program = folder / "lines.scm"
    program.write_text("\n".join(script))
    made = subprocess.run(["festival", "-b", str(program)], capture_output=True, text=True)
    names = ARPABET if FESTIVAL[voice] == "en" else CONTINENTAL
    spoken = []
    for part in made.stdout.split("sentence ")[1:]:
        rows = [row.split() for row in part.splitlines()]
        times = [(row[0], float(row[1])) for row in rows[1:] if len(row) == 2]
        sound = read_audio(folder / f"{rows[0][0]}.wav")
        spoken.append(Spoken(f"festival {voice}", sound, divided(times, names)))
    return spoken


def espeak(language: str, lines: list[str], random: np.random.Generator) -> Iterator[Spoken]:
    """Sentences by eSpeak NG, each in a voice of its own."""
    for line in lines:
        variant = VARIANTS[random.integers(len(VARIANTS))]
        speed, pitch = int(random.uniform(130, 220)), int(random.uniform(10, 90))
        sound, rate, phones = speak(line, f"{language}+{variant}", speed, pitch)
        sound = librosa.resample(sound, orig_sr=rate, target_sr=SAMPLE_RATE)
        ends = [phone.start for phone in phones[1:]] + [len(sound) / SAMPLE_RATE]
        sounds: list[tuple[str, float, float]] = []
        for phone, end in zip(phones, ends, strict=True):
            names = sounds_of(phone.name) if phone.name else (SILENCE,)
            sounds += split(names, phone.start, end)
        yield Spoken(f"espeak {variant}", sound, _with_closures(sounds))


def divided(
    times: list[tuple[str, float]], names: dict[str, str]
) -> list[tuple[str, float, float]]:
    """Phones with the second at which each ends, as sounds with both."""
    sounds: list[tuple[str, float, float]] = []
    start = 0.0
    for name, end in times:
        plain = re.sub(r"[0-9:]", "", name)
        known = tuple(names[plain].split()) if plain in names else sounds_of(plain)
        sounds += split(known or ("",), start, end)
        start = end
    return sounds


def split(names: tuple[str, ...], start: float, end: float) -> list[tuple[str, float, float]]:
    """Share a phone's time among its sounds."""
    at = np.linspace(start, end, len(names) + 1)
    return [(name, float(at[i]), float(at[i + 1])) for i, name in enumerate(names)]


def _with_closures(sounds: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """eSpeak NG counts the closure of a stop to the sound before it: where it begins is unsure."""
    closure, result = 0.06, []
    for place, (name, start, end) in enumerate(sounds):
        following = sounds[place + 1][0] if place + 1 < len(sounds) else ""
        if following in ("p", "t", "k") and end - start > closure:
            result += [(name, start, end - closure), ("", end - closure, end)]
        else:
            result.append((name, start, end))
    return result


def recorded(spoken: Spoken, random: np.random.Generator) -> Spoken:
    """The same as a larger or smaller person in a room, with noise and another microphone."""
    factor = random.uniform(0.85, 1.2)
    sound = librosa.resample(
        spoken.sound, orig_sr=SAMPLE_RATE, target_sr=round(SAMPLE_RATE * factor)
    )
    length = SAMPLE_RATE // 10
    fading = np.exp(-np.arange(length) / random.uniform(100, 500)) * random.uniform(0, 0.08)
    room = random.standard_normal(length) * fading
    room[0] += 1.0
    tilt = random.uniform(-0.5, 0.5)
    sound = fftconvolve(sound, fftconvolve(room, [1.0, tilt]))[: len(sound)]
    noise = sound.std() * 10 ** (-random.uniform(10, 45) / 20)
    hiss = fftconvolve(random.standard_normal(len(sound)), [1.0, random.uniform(0, 0.9)])
    noisy = (sound + noise * hiss[: len(sound)]).astype(np.float32)
    return Spoken(
        spoken.voice, noisy, [(name, a * factor, b * factor) for name, a, b in spoken.sounds]
    )
