"""How well track and fit find back heads that were drawn: known shape, pose, curves and camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from ..arkit import SHAPE_INDEX, SHAPE_NAMES
from ..face.head import HeadModel, load_head
from ..face.portrait import Painter, random_look
from ..face.symmetric_landmarker import SymmetricLandmarker
from ..fit import FitSettings, default_camera, fit_face
from ..progress import Job, Progress
from ..records import FaceFit, FaceState, FloatArray, Track

SIZE = 512
FRAMES = 48
RATE = 25.0
ACTIVE_GROUPS = 8
TURN = (15.0, 8.0, 5.0)
"""Largest yaw, pitch and roll, degrees."""
MOVES = 0.05
"""Standard deviation from which a curve counts as moving."""
GROUPS: tuple[tuple[str, ...], ...] = (
    ("jawOpen",),
    ("jawForward",),
    ("jawLeft",),
    ("jawRight",),
    ("mouthPucker",),
    ("mouthFunnel",),
    ("mouthLeft",),
    ("mouthRight",),
    ("mouthRollLower",),
    ("mouthRollUpper",),
    ("mouthShrugLower", "mouthShrugUpper"),
    ("cheekPuff",),
    ("browInnerUp",),
    ("eyeLookOutLeft", "eyeLookInRight"),
    ("eyeLookInLeft", "eyeLookOutRight"),
    *(
        (f"{name}Left", f"{name}Right")
        for name in (
            "browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookUp",
            "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress",
            "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer",
        )
    ),
)  # fmt: skip
"""What people move together; in each drawn head a few of these groups move."""


@dataclass(frozen=True)
class DrawnHead:
    """A drawn head in motion and what the landmarker saw of it.

    Attributes:
        expression: (T, 52) true curves.
        rotation: (T, 3, 3) true camera from head.
        times: (T,) seconds.
        track: what was seen.
    """

    expression: FloatArray
    rotation: FloatArray
    times: FloatArray
    track: Track


def draw_head(seed: int, painter: Painter, head: HeadModel, frames: int = FRAMES) -> DrawnHead:
    """Draw a random person for some frames and look at the pictures."""
    random = np.random.default_rng(seed)
    times = np.arange(frames) / RATE
    expression = np.zeros((frames, len(SHAPE_NAMES)))
    for group in random.choice(len(GROUPS), ACTIVE_GROUPS, replace=False):
        curve = gaussian_filter1d(random.normal(size=frames), 5.0)
        curve = np.clip(curve - np.percentile(curve, 35), 0, None)
        curve *= random.uniform(0.5, 1.0) / max(curve.max(), 1e-9)
        for name in GROUPS[group]:
            expression[:, SHAPE_INDEX[name]] = curve * random.uniform(0.8, 1.0)
    angles = gaussian_filter1d(random.normal(size=(frames, 3)), 10.0, axis=0)
    angles *= np.array(TURN) / np.abs(angles).max(axis=0)
    turn = Rotation.from_euler("yxz", angles, degrees=True).as_matrix()
    rotation: FloatArray = np.diag([1.0, -1.0, -1.0]) @ turn
    camera = default_camera(SIZE, SIZE)
    shape = head.shape(random.normal(0, 0.7, len(head.identity_basis)))
    look = random_look(random)
    landmarks, scores, found = [], [], []
    landmarker = SymmetricLandmarker(1, video=True)
    try:
        for index, moment in enumerate(times):
            place = [0.01 * np.sin(index / 9), 0.02, 0.62]
            points = head.vertices(shape, expression[index]) @ rotation[index].T + place
            pixels = painter.draw(points, camera, look).pixels
            noisy = np.clip(pixels + random.normal(0, 2, pixels.shape), 0, 255)
            faces = landmarker.detect(noisy.astype(np.uint8), float(moment))
            found.append(bool(faces))
            landmarks.append(faces[0].landmarks if faces else np.full((478, 3), np.nan))
            scores.append(faces[0].scores if faces else np.full(len(SHAPE_NAMES), np.nan))
    finally:
        landmarker.close()
    state = np.where(found, FaceState.SEEN, FaceState.LOST)
    track = Track(
        np.array(landmarks), np.array(scores), np.array(found, float), state, np.zeros(frames, int)
    )
    return DrawnHead(expression, rotation, times, track)


def rotation_errors(fit: FaceFit, truth: DrawnHead) -> FloatArray:
    """Degrees between the true and the found rotation, of the frames with a face."""
    difference = fit.rotation @ truth.rotation.transpose(0, 2, 1)
    angles: FloatArray = np.degrees(Rotation.from_matrix(difference).magnitude())[fit.valid]
    return angles


def curve_correlations(fit: FaceFit, truth: DrawnHead) -> dict[str, float]:
    """Correlation of each moving curve with what was found; 0 where nothing was."""
    result = {}
    for index, name in enumerate(SHAPE_NAMES):
        known, found = truth.expression[fit.valid, index], fit.expression[fit.valid, index]
        if known.std() > MOVES:
            still = found.std() < 1e-4
            result[name] = 0.0 if still else float(np.corrcoef(known, found)[0, 1])
    return result


def evaluate_synthetic(count: int, settings: FitSettings | None = None) -> Job[dict[str, Any]]:
    """Draw heads, fit them and compare with the truth: figures ready for JSON.

    Args:
        count: number of heads; each has another person, light, motion and curves.
        settings: of the fit.
    """
    head = load_head()
    painter = Painter(head)
    rotations, curves = [], []
    for seed in range(count):
        yield Progress("evaluate", seed, count, "drawing a head")
        truth = draw_head(seed, painter, head)
        fit = yield from fit_face((SIZE, SIZE), truth.track, settings, None, truth.times)
        rotations.append(float(rotation_errors(fit, truth).mean()))
        curves.append(curve_correlations(fit, truth))
    names = [name for name in SHAPE_NAMES if any(name in found for found in curves)]
    per_shape = {
        name: round(float(np.mean([found[name] for found in curves if name in found])), 3)
        for name in names
    }
    every = [value for found in curves for value in found.values()]
    return {
        "heads": count,
        "rotation_degrees": round(float(np.mean(rotations)), 3),
        "rotation_degrees_per_head": [round(value, 3) for value in rotations],
        "curve_correlation": round(float(np.mean(every)), 3) if every else None,
        "curve_correlation_per_shape": per_shape,
    }
