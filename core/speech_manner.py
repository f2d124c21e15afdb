"""How a person speaks, learnt from the plate: its own sound against its own fitted mouth.

The network speaks like everybody. What it misses of this person is explained from the content by
ridge regression, and the gap between the lips gets this person's amplitude. The emotion is not
asked, so it comes on top as it always does. Whether that helps is measured on parts of the plate
that were not learnt from; where it does not, nothing changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .align import MOUTH_SHAPES
from .face.head import load_head
from .lip_measure import at_lag, best_lag, correlation, distances
from .networks import SpeechNetwork
from .perform import OPENING, PerformSettings, Spoken, act, mouth_solver, speak
from .records import BoolArray, FloatArray, IntArray, SpeechCode, SpeechManner
from .solve_shapes import MIDDLE_LIP_PAIRS, ShapeSolver

RIDGES = (5.0, 20.0, 80.0)
"""How strongly a change may be held back: like so many frames of speech, 25 a second, weigh."""

AMPLITUDE = 0.75
"""Of this person's, that the gap between the lips gets before they are closed in b, m and p, which
adds a tenth: a full one of uncertain timing jitters."""

GAINS = (0.75, 1.35)
"""Least and greatest factor on the gap."""

SHORTEST = 2.5
"""Seconds of speech with a face from which something can be learnt."""

LIKENESS, CHANCE = 0.3, 0.95
"""Correlation of the lip gaps below which the sound is not taken for this mouth's, and what it must
be in one second of speech; by chance it falls as the square root of the length."""

PARTS = 4
"""Parts of the speech that are held out in turn."""

LEAST_GAIN, MOST_LOSS, LEAST_LIKENESS = 0.01, 0.03, 0.4
"""Of held-out parts: share by which the lips come nearer at least, what their gap's correlation may
lose, and what it must be afterwards."""

CLOSED = 0.1
"""Share of the frames that lie below the gap that is kept where it was."""


@dataclass(frozen=True)
class OwnSpeech:
    """The plate's own speech, heard and seen.

    Attributes:
        code: what listening to the plate's sound gave, T frames.
        displacement: (T, 478, 3) of the fitted face from its neutral, metres, head frame.
        valid: (T,) whether the frame has a face.
        neutral: (478, 3) metres, head frame.
    """

    code: SpeechCode
    displacement: FloatArray
    valid: BoolArray
    neutral: FloatArray


def unlearnt(reason: str) -> SpeechManner:
    """The manner of somebody nothing is known of: nothing changes."""
    nothing = np.zeros((1, 1))
    return SpeechManner(nothing, nothing, 0.0, 1.0, False, f"The speech was not adapted: {reason}")


def learn_manner(own: OwnSpeech, network: SpeechNetwork, settings: PerformSettings) -> SpeechManner:
    """Learn from the plate's own speech, as far as held-out parts of it confirm what was learnt.

    Args:
        own: the plate's speech.
        network: audio to landmarks.
        settings: those of the performance; its gains play no part.
    """
    settings = dataclasses.replace(settings, mouth_gain=1.0, expression_gain=1.0)
    spoken = speak(own.code, None, own.neutral, network, settings)
    plain = _moved(own.code, spoken, network, settings, None)
    gap = np.where(own.valid, _gap(own.displacement), np.nan)
    lag, likeness = best_lag(_gap(plain), gap)
    frames = np.arange(len(gap))
    seen, heard = at_lag(frames, frames, lag)
    known = own.valid[seen] & (spoken.gate[heard] > 0.5)
    seen, heard = seen[known], heard[known]
    seconds = len(seen) / settings.rate
    if seconds < SHORTEST:
        return unlearnt(
            f"the plate shows its person speaking for {seconds:.1f} s, {SHORTEST:g} s are needed."
        )
    if likeness < max(LIKENESS, CHANCE / np.sqrt(seconds)):
        return unlearnt(
            "the plate's own sound does not fit its mouth (another person's voice, a dub, or "
            f"little speech; correlation {likeness:.2f})."
        )
    solver = mouth_solver()
    wanted = _Rows(solver.project(own.displacement), solver.lip_gaps(own.displacement))
    parts = np.array_split(np.arange(len(seen)), PARTS)
    truths = [own.displacement[seen[part]] for part in parts]
    before = [
        _compare(truth, plain[heard[part]]) for truth, part in zip(truths, parts, strict=True)
    ]
    far, likely = np.mean(before, axis=0)
    nearer, likelier, ridge = -np.inf, 0.0, RIDGES[-1]
    for tried in RIDGES:
        after = []
        for truth, part in zip(truths, parts, strict=True):
            rest = np.setdiff1d(np.arange(len(seen)), part)
            held = tried * settings.rate / 25.0
            manner = _solve(own.code, spoken, wanted, seen[rest], heard[rest], held)
            adapted = _moved(own.code, spoken, network, settings, manner)
            after.append(_compare(truth, adapted[heard[part]]))
        near, like = np.mean(after, axis=0)
        if 1.0 - near / far > nearer:
            nearer, likelier, ridge = 1.0 - near / far, like, held
    if nearer < LEAST_GAIN or likelier < max(likely - MOST_LOSS, LEAST_LIKENESS):
        return unlearnt(
            "what was learnt from the plate's own speech did not hold on other parts of it "
            f"(lips {nearer:+.0%} nearer, correlation {likely:.2f} to {likelier:.2f})."
        )
    manner = _solve(own.code, spoken, wanted, seen, heard, ridge)
    return dataclasses.replace(
        manner,
        note=(
            f"The speech was adapted to {seconds:.1f} s of the plate's own: on "
            f"parts not learnt from, the lips came {nearer:.0%} nearer to the recorded ones "
            f"(correlation of their gap {likely:.2f} to {likelier:.2f})."
        ),
    )


@dataclass(frozen=True)
class _Rows:
    rows: FloatArray
    gaps: FloatArray


def _solve(
    code: SpeechCode, spoken: Spoken, wanted: _Rows, seen: IntArray, heard: IntArray, ridge: float
) -> SpeechManner:
    """Ridge regression from the content of frames ``heard`` to the face of frames ``seen``."""
    content = code.content[heard].astype(np.float64)
    content -= content.mean(axis=0)
    size = float(np.sqrt((content**2).sum(axis=1).mean())) or 1.0
    content /= size
    gaps = OPENING * spoken.gaps
    missing = np.concatenate(
        [
            _centred(wanted.rows[seen]) - _centred(spoken.rows[heard]),
            _centred(wanted.gaps[seen]) - _centred(gaps[heard]),
        ],
        axis=1,
    )
    held = ridge * np.eye(content.shape[1])
    change = np.linalg.solve(content.T @ content + held, content.T @ missing) / size
    solver = mouth_solver()
    rows = solver.confine(change[:, : -len(MIDDLE_LIP_PAIRS)], _mouth_shapes(solver))
    gap_change = change[:, -len(MIDDLE_LIP_PAIRS) :] / OPENING
    old = spoken.gaps[heard].mean(axis=1)
    new = old + (code.content[heard] @ gap_change).mean(axis=1)
    amplitude = AMPLITUDE * wanted.gaps[seen].mean(axis=1).std() / OPENING
    gain = float(np.clip(amplitude / max(float(new.std()), 1e-9), *GAINS))
    shift = float(np.quantile(old, CLOSED) / gain - np.quantile(new, CLOSED))
    return SpeechManner(rows, gap_change, shift, gain, True, "")


def _mouth_shapes(solver: ShapeSolver) -> Sequence[int]:
    return [index for index in solver.free if MOUTH_SHAPES[index]]


def _moved(
    code: SpeechCode,
    spoken: Spoken,
    network: SpeechNetwork,
    settings: PerformSettings,
    manner: SpeechManner | None,
) -> FloatArray:
    """(T, 478, 3) displacements of the performed face."""
    return load_head().displacement(act(code, spoken, network, settings, manner).expression)


def _compare(truth: FloatArray, made: FloatArray) -> tuple[float, float]:
    """Distance of the lips in metres, and correlation of their gap."""
    return distances(truth[..., :2], made[..., :2])[0], correlation(_gap(truth), _gap(made))


def _gap(displacement: FloatArray) -> FloatArray:
    gap: FloatArray = ShapeSolver.lip_gaps(displacement).mean(axis=1)
    return gap


def _centred(values: FloatArray) -> FloatArray:
    centred: FloatArray = values - values.mean(axis=0)
    return centred
