"""Performing: what the speech and the emotion make the face do, free of head pose.

The network's landmark displacements give what the mouth says (paper, section 3.3); the emotion's
facial actions join them in the same landmark space, except at the gap between the lips, which stays
the content's; bounded least squares on the head gives the ARKit weights of both. Brows, lids and
cheeks are the emotion's alone: a neutral voice leaves a person's own at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import binary_closing, gaussian_filter1d

from .align import MOUTH_SHAPES
from .arkit import SHAPE_INDEX, SHAPE_NAMES
from .emotion_codes import blend_codes
from .face.head import load_head
from .networks import SpeechNetwork
from .records import (
    EMOTIONS,
    FloatArray,
    IntArray,
    Performance,
    SpeechCode,
    SpeechManner,
    SpokenSounds,
)
from .script_lips import ScriptLips, asked_shapes, script_lips, shaped_gaps
from .solve_shapes import MIDDLE_LIP_PAIRS, ShapeSolver

PRESSED = -0.0015
"""Lips may be pressed together by so many metres."""

PAUSE = 0.35
"""Seconds of silence that are a pause between words."""

AHEAD, AFTER = 0.3, 0.04
"""Seconds by which the mouth may move before the voice and after it: people draw breath to speak.

The correlation of the lip gap on training faces grows up to 0.4 s ahead, but with each tenth more
short pauses stay open.
"""

DOUBT = 0.7
"""Probability up to which a heard emotion is not acted."""

HEARD = 0.3
"""How large a heard emotion is acted: recorded faces show so much of what is read at a glance."""

PULL, DOUBTED_TOUCH = 0.008, 0.1
"""Metres by which lips that surely touch are drawn together, and how unsure a touch is not made."""

OPENING = 1.12
"""What the closure takes off the gaps is given back where the lips are open."""

BLOCK = 512
"""Frames whose landmarks are held at a time."""

RESTS = 256
"""Frames of silence from which the mouth's rest is taken."""


@dataclass(frozen=True)
class PerformSettings:
    """How strongly the face acts.

    Attributes:
        mouth_gain: factor on the size of the mouth's movements.
        expression_gain: factor on the emotion's facial actions.
        rate: frames per second of the plate.
        closure: lip gap, metres, below which the lips are drawn together: a network that is unsure
            leaves them ajar where b, m and p close them.
        heard_gain: how large an emotion is acted that is not asked for but heard.
    """

    mouth_gain: float = 1.0
    expression_gain: float = 1.0
    rate: float = 25.0
    closure: float = 0.0005
    heard_gain: float = HEARD


@dataclass(frozen=True)
class Spoken:
    """What the network makes the mouth do, as the shapes of the head see it.

    Attributes:
        rows: (T, 52) of ``ShapeSolver.project``.
        gaps: (T, 3) of ``ShapeSolver.lip_gaps``, metres.
        rest: rows (1, 52) and gaps (1, 3) of the mouth where nobody speaks.
        gate: (T,) how far the mouth may move.
        felt: (T, 8) emotion weights in force.
    """

    rows: FloatArray
    gaps: FloatArray
    rest: tuple[FloatArray, FloatArray]
    gate: FloatArray
    felt: FloatArray


def perform(
    code: SpeechCode,
    emotion: FloatArray | None,
    neutral: FloatArray,
    network: SpeechNetwork,
    settings: PerformSettings | None = None,
    manner: SpeechManner | None = None,
    script: SpokenSounds | None = None,
    times: FloatArray | None = None,
) -> Performance:
    """Turn speech and emotion into the face's movement.

    Args:
        code: what listening gave, T frames.
        emotion: (T, 8) emotion weights, or None to take the emotion from the speech.
        neutral: (478, 3) the face at rest, lips closed, metres, head frame.
        network: audio to landmarks.
        settings: see there.
        manner: how this person speaks, where it was learnt.
        script: the transcript laid along the speech, where there is one.
        times: (T,) seconds of the frames on the script's clock; needed with a script.

    Returns:
        The performance; blinks and gaze are left at rest, they are the plate's.
    """
    settings = settings or PerformSettings()
    spoken = speak(code, emotion, neutral, network, settings)
    lips = None if script is None or times is None else script_lips(script, times, settings.rate)
    return act(code, spoken, network, settings, manner, lips)


def speak(
    code: SpeechCode,
    emotion: FloatArray | None,
    neutral: FloatArray,
    network: SpeechNetwork,
    settings: PerformSettings,
) -> Spoken:
    """The first half of ``perform``, with its arguments: what the network makes of the speech."""
    weights = (
        heard_weights(code, settings.heard_gain)
        if emotion is None
        else np.asarray(emotion, np.float64)
    )
    felt = code.emotion if emotion is None else blend_codes(weights, network.prototypes)
    gate = mouth_gate(code.activity, settings.rate)
    solver = mouth_solver()
    rows, gaps = (
        np.empty((len(gate), len(SHAPE_NAMES))),
        np.empty((len(gate), len(MIDDLE_LIP_PAIRS))),
    )
    silent = _silent_frames(gate)
    rests = [np.zeros((1, *neutral.shape))] if not len(silent) else []
    for first in range(0, len(gate), BLOCK):
        frames = range(first, min(len(gate), first + BLOCK))
        moved = network.displace(neutral, code.content, felt, settings.rate, frames)
        rows[frames.start : frames.stop] = solver.project(moved)
        gaps[frames.start : frames.stop] = solver.lip_gaps(moved)
        rests.append(moved[silent[(silent >= first) & (silent < frames.stop)] - first])
    # Where nobody speaks the mouth is held in the pose the network gives it in silence.
    rest = np.median(np.concatenate(rests), axis=0)[None]
    return Spoken(rows, gaps, (solver.project(rest), solver.lip_gaps(rest)), gate, weights)


def act(
    code: SpeechCode,
    spoken: Spoken,
    network: SpeechNetwork,
    settings: PerformSettings,
    manner: SpeechManner | None = None,
    lips: ScriptLips | None = None,
) -> Performance:
    """The second half of ``perform``: closures, silence and emotion on top of what is spoken."""
    solver, head, gate = mouth_solver(), load_head(), spoken.gate
    rows, gaps, pull = spoken.rows, spoken.gaps, PULL
    if manner is not None and manner.learnt:
        rows = rows + code.content @ manner.rows
        gaps = manner.gap_gain * (gaps + code.content @ manner.gaps + manner.gap_shift)
        pull *= max(1.0, manner.gap_gain)
    rows = _between(spoken.rest[0], rows, gate) * settings.mouth_gain
    gaps = _between(spoken.rest[1], gaps, gate) * settings.mouth_gain
    gaps = OPENING * (gaps - settings.closure)
    heard = code.closure if lips is None else np.where(lips.spoken, 0.0, code.closure)
    gaps -= pull * np.maximum(heard - DOUBTED_TOUCH, 0.0)[:, None]
    gaps = np.maximum(gate[:, None] * gaps, PRESSED)
    acted = settings.expression_gain * (spoken.felt @ network.expressions)
    rows += acted @ solver.project(head.landmark_expression_basis)
    expression = solver.solve_projected(rows, gaps, start=acted)
    if lips is not None:
        missing = np.maximum(asked_shapes(lips) - expression, 0.0)
        rows += missing @ solver.project(head.landmark_expression_basis)
        gaps = shaped_gaps(gaps, lips)
        expression = solver.solve_projected(rows, gaps, start=expression + missing)
    return Performance(expression, spoken.felt, code.presence)


@cache
def mouth_solver() -> ShapeSolver:
    """Weighs the shapes of jaw and mouth; the tongue cannot be heard.

    The others stay as they start: fitted faces differ in how their brows and lids rest, and a
    network that learned from them would put some other person's rest on the upper face.
    """
    heard = MOUTH_SHAPES.copy()
    heard[SHAPE_INDEX["tongueOut"]] = False
    return ShapeSolver(load_head(), np.flatnonzero(~heard).tolist())


def _between(rest: FloatArray, spoken: FloatArray, gate: FloatArray) -> FloatArray:
    between: FloatArray = rest + gate[:, None] * (spoken - rest)
    return between


def _silent_frames(gate: FloatArray) -> IntArray:
    """Frames in which nobody speaks, at most ``RESTS`` of them."""
    silent = np.flatnonzero(gate < 0.2)
    return silent[:: -(-len(silent) // RESTS) or 1]


def heard_weights(code: SpeechCode, gain: float) -> FloatArray:
    """Emotion weights (T, 8) from what the encoder heard: only what it is sure of is acted."""
    weights = gain * np.clip((code.probabilities - DOUBT) / (1.0 - DOUBT), 0.0, 1.0)
    neutral = EMOTIONS.index("neutral")
    weights[:, neutral] = 0.0
    weights[:, neutral] = np.maximum(1.0 - weights.sum(axis=1), 0.0)
    return weights


def mouth_gate(activity: FloatArray, rate: float) -> FloatArray:
    """How far the mouth may move: 1 in speech, 0 within three frames after it ends.

    Lips part before they sound, so it opens early; pauses between words do not close it, there
    the network itself knows better.
    """
    spoken = np.pad(activity > 0.5, round(PAUSE * rate) + 1)
    spoken = binary_closing(spoken, np.ones(max(1, round(PAUSE * rate))))
    edges = np.flatnonzero(np.diff(spoken.astype(int)))
    gate = spoken.astype(float)
    for start, stop in zip(edges[::2] + 1, edges[1::2] + 1, strict=True):
        gate[max(0, start - round(AHEAD * rate)) : stop + round(AFTER * rate)] = 1.0
    gate = gaussian_filter1d(gate, 0.02 * rate, mode="nearest")
    trimmed: FloatArray = gate[round(PAUSE * rate) + 1 :][: len(activity)]
    return trimmed
