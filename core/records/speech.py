"""The speech: sound, what is heard in it, how somebody speaks, what is felt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import FloatArray, IntArray

SAMPLE_RATE = 16_000
"""Sample rate of all speech inside the project, hertz (paper, section 4.1)."""

EMOTIONS: tuple[str, ...] = (
    "angry",
    "contempt",
    "disgusted",
    "fear",
    "happy",
    "neutral",
    "sad",
    "surprised",
)
"""The eight emotions of MEAD (paper, section 4.1), in the order of every weight vector."""


@dataclass(frozen=True)
class Speech:
    """The driving sound, placed on the plate's clock.

    Attributes:
        samples: (N,) mono, 16 kHz, -1..1.
        offset: the time at which the first sample sounds, seconds.
    """

    samples: FloatArray
    offset: float = 0.0

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True)
class SpeechCode:
    """What listening to the speech gave, one row per plate frame.

    Attributes:
        content: (T, 304) the 256 numbers of the content encoder Ec (paper, section 3.2), the
            probability of each of the 24 ``speech_sounds.SOUNDS``, and 24 components of the mouth
            that follow from the sound about the moment alone.
        emotion: (T, 128) output of the emotion encoder Ee.
        probabilities: (T, 8) of the emotion classifier, in the order of ``EMOTIONS``.
        closure: (T,) how surely the lips touch, about 1 in b, m and p and 0 else.
        activity: (T,) 1 where somebody speaks, 0 in silence, smooth in between.
        presence: (T,) 1 while the speech lasts (its pauses too), 0 before and after, with short
            ramps: where it is 0 the plate passes through.
    """

    content: FloatArray
    emotion: FloatArray
    probabilities: FloatArray
    closure: FloatArray
    activity: FloatArray
    presence: FloatArray


@dataclass(frozen=True)
class SpokenSounds:
    """The sounds of a transcript, laid along the speech.

    Attributes:
        sounds: (P,) index into ``speech_sounds.SOUNDS``.
        phones: (P,) the phone each is or is a part of, in the International Phonetic Alphabet.
        words: (P,) the word it belongs to, as written.
        start, end: (P,) seconds; between two of them there may be silence.
        certainty: (P,) 0..1, how probable the sound is where it was laid.
    """

    sounds: IntArray
    phones: npt.NDArray[np.str_]
    words: npt.NDArray[np.str_]
    start: FloatArray
    end: FloatArray
    certainty: FloatArray


@dataclass(frozen=True)
class SpeechManner:
    """How a person speaks, beside what everybody does: learnt from the plate's own speech.

    Attributes:
        rows: (304, 52) what a content adds to ``ShapeSolver.project``'s rows.
        gaps: (304, 3) what it adds to the gaps between the lips, metres.
        gap_shift: metres added to the gaps in speech.
        gap_gain: factor on the gaps afterwards.
        learnt: whether anything was; otherwise all of the above changes nothing.
        note: a sentence for the user.
    """

    rows: FloatArray
    gaps: FloatArray
    gap_shift: float
    gap_gain: float
    learnt: bool
    note: str


@dataclass(frozen=True)
class EmotionCurve:
    """Eight emotion weights over time, linear between keyframes, constant beyond the ends.

    Attributes:
        times: (K,) seconds, ascending.
        weights: (K, 8) 0..1 in the order of ``EMOTIONS``.
    """

    times: FloatArray
    weights: FloatArray

    def sample(self, times: FloatArray) -> FloatArray:
        """Weights at the given times: (T, 8)."""
        columns = [np.interp(times, self.times, column) for column in self.weights.T]
        return np.stack(columns, axis=-1)
