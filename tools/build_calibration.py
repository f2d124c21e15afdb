"""Teach the head how the landmarker sees it, and add that to ``core/assets/head.npz``.

Heads with known identity, expression and pose are drawn, the landmarker looks at them, and the
difference between what it finds and where the landmarks are is explained, landmark by landmark, by
linear terms in the pose (outlines slide over the skin as the head turns) and in the expression (it
sees a frown weaker than it is). The expression terms are carried into the shapes. All of it comes
from drawn heads, none from recorded people.

Usage (after ``build_head.py`` and ``build_correspondence.py``):
    python tools/build_calibration.py core/assets/head.npz
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import mediapipe
import numpy as np
from build_correspondence import CAMERA, SIZE, pose, to_model
from mediapipe.tasks.python import BaseOptions, vision

from evp.core.arkit import MIRRORED_SHAPES, SHAPE_INDEX, SHAPE_NAMES, opposite_shape
from evp.core.face.carry import carry_to_head
from evp.core.face.fit_setup import canonical_normals
from evp.core.face.head import HeadModel
from evp.core.face.portrait import Painter, random_look
from evp.core.face.topology import IRIS_LEFT, IRIS_RIGHT, mirror_landmarks
from evp.core.records import LANDMARK_COUNT, FloatArray

FLIP = np.array([-1.0, 1.0, 1.0])
MILLIMETRE = 0.001
RIDGE_REST, RIDGE_SHAPE = 0.0005, 0.003
"""Pull towards no correction, per picture, of the pose terms and of the expression terms."""
ROUNDS = 3


@dataclass(frozen=True)
class Pictures:
    """N drawn heads.

    Attributes:
        expression: (N, 52).
        rotation: (N, 3, 3) camera from head.
        translation: (N, 3).
        neutral: (N, 478, 3) landmarks of the person at rest.
        points: (N, 478, 3) with the expression.
        pixels: (N, 478, 2) what the landmarker found.
    """

    expression: FloatArray
    rotation: FloatArray
    translation: FloatArray
    neutral: FloatArray
    points: FloatArray
    pixels: FloatArray


SWAP = np.array(MIRRORED_SHAPES)


def draw_expression(random: np.random.Generator) -> FloatArray:
    """A few active shapes, often in pairs; a closed mouth only with an open jaw."""
    weights = np.zeros(len(SHAPE_NAMES))
    count = int(random.integers(2, 9))
    weights[random.choice(len(SHAPE_NAMES), count, replace=False)] = random.uniform(0, 1, count)
    weights[SHAPE_INDEX["tongueOut"]] = 0
    jaw, close = SHAPE_INDEX["jawOpen"], SHAPE_INDEX["mouthClose"]
    if random.uniform() < 0.5:
        weights[jaw] = random.uniform(0, 0.7)
    weights[close] = min(weights[close], weights[jaw])
    for name in SHAPE_NAMES:
        paired = name.endswith("Left") and "Look" not in name
        if paired and name not in ("jawLeft", "mouthLeft") and random.uniform() < 0.5:
            both = [SHAPE_INDEX[name], SHAPE_INDEX[opposite_shape(name)]]
            weights[both] = weights[both].max()
    return weights


def observe(head: HeadModel, count: int, task: Path) -> Pictures:
    """Draw heads and look at them."""
    random = np.random.default_rng(1)
    painter = Painter(head)
    rows: list[tuple[FloatArray, ...]] = []
    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(task)))
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for _ in range(count):
            identity = random.normal(0, 0.7, len(head.identity_basis))
            expression = draw_expression(random)
            yaw, pitch, roll = random.uniform(-1, 1, 3) * [45, 25, 15]
            rotation = pose(yaw, pitch, roll)
            across = random.uniform(-0.03, 0.03)
            down, away = 0.02 + random.uniform(-0.02, 0.02), random.uniform(0.5, 0.75)
            translation = np.array([across, down, away])
            shape = head.shape(identity)
            vertices = head.vertices(shape, expression)
            picture = painter.draw(
                vertices @ rotation.T + translation, CAMERA, random_look(random)
            ).pixels
            noisy = np.clip(picture + random.normal(0, 3, picture.shape), 0, 255)
            found = landmarker.detect(
                mediapipe.Image(
                    image_format=mediapipe.ImageFormat.SRGB, data=noisy.astype(np.uint8)
                )
            ).face_landmarks
            if found:
                pixels = np.array([[p.x * SIZE, p.y * SIZE] for p in found[0]])
                neutral, points = head.landmarks(shape), head.landmarks(vertices)
                rows.append((expression, rotation, translation, neutral, points, pixels))
    return Pictures(*(np.array(column) for column in zip(*rows, strict=True)))


def with_mirrored(seen: Pictures) -> Pictures:
    """The pictures and their mirror images, which make the corrections symmetric."""
    mirror = mirror_landmarks()
    across = np.stack([SIZE - seen.pixels[:, mirror, 0], seen.pixels[:, mirror, 1]], axis=-1)
    flip = np.diag(FLIP)
    other = (
        seen.expression[:, SWAP],
        flip @ seen.rotation @ flip,
        seen.translation * FLIP,
        seen.neutral[:, mirror] * FLIP,
        seen.points[:, mirror] * FLIP,
        across,
    )
    own = (seen.expression, seen.rotation, seen.translation, seen.neutral, seen.points, seen.pixels)
    return Pictures(*(np.concatenate(pair) for pair in zip(own, other, strict=True)))


def slide_terms(rotation: FloatArray) -> FloatArray:
    """(N, 4) what a slide over the skin grows with: turn and nod of the head, and squares."""
    turn, nod = rotation[:, 0, 2], rotation[:, 1, 2]
    return np.stack([turn, nod, turn * turn, nod * nod], axis=1)


def explain(seen: Pictures) -> FloatArray:
    """Corrections (57, 478, 3), metres: constant, four pose terms, 52 shapes."""
    turned = np.einsum("tij,tlj->tli", seen.rotation, seen.points) + seen.translation[:, None]
    corners = np.linalg.norm(seen.neutral[:, 33] - seen.neutral[:, 263], axis=1)
    scale = 100 * seen.translation[:, 2] / (CAMERA.focal * corners)
    zoom = CAMERA.focal / turned[..., 2]
    slope = np.zeros((*turned.shape[:2], 2, 3))
    slope[..., 0, 0] = slope[..., 1, 1] = zoom
    slope[..., 0, 2] = -zoom * turned[..., 0] / turned[..., 2]
    slope[..., 1, 2] = -zoom * turned[..., 1] / turned[..., 2]
    slope = (slope @ seen.rotation[:, None]) * scale[:, None, None, None]
    error = (seen.pixels - CAMERA.project(turned)) * scale[:, None, None]
    ray = seen.translation / np.linalg.norm(seen.translation, axis=1, keepdims=True)
    facing = -np.einsum("tij,lj,ti->tl", seen.rotation, canonical_normals(), ray)
    trust = np.clip(0.1 + 1.6 * facing, 0.05, 1)

    count = len(seen.expression)
    terms = np.concatenate(
        [np.ones((count, 1)), slide_terms(seen.rotation), seen.expression], axis=1
    )
    size = terms.shape[1]
    ridge = np.full(size, RIDGE_SHAPE)
    ridge[:5] = RIDGE_REST
    ridge = np.repeat(ridge, 3) * count
    result = np.zeros((size, LANDMARK_COUNT, 3))
    left_over = error.copy()
    for _ in range(ROUNDS):
        weight = np.sqrt(trust / (1 + (left_over**2).sum(-1) / 9.0) ** 2)
        for index in range(LANDMARK_COUNT):
            rows = slope[:, index, :, None, :] * terms[:, None, :, None] * MILLIMETRE
            rows = rows.reshape(2 * count, 3 * size)
            root = np.repeat(weight[:, index], 2)
            weighted, target = rows * root[:, None], error[:, index].ravel()
            found = np.linalg.solve(
                weighted.T @ weighted + np.diag(ridge), weighted.T @ (target * root)
            )
            result[:, index] = found.reshape(size, 3) * MILLIMETRE
            left_over[:, index] = (target - rows @ found).reshape(count, 2)
    return result


def correct_shapes(head: HeadModel, corrections: FloatArray) -> FloatArray:
    """The shapes (52, V, 3) as the landmarker sees them.

    Blinks stay as they are, so that they close; eyeballs only turn less or more.
    """
    shapes = head.expression_basis.copy()
    hard = ("eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue")
    for index, name in enumerate(SHAPE_NAMES):
        if name.startswith("eyeBlink") or name == "tongueOut":
            continue
        moved = carry_to_head(head, corrections[index])
        for part in hard:
            moved[head.parts[part]] = 0
        if name.startswith("eyeLook"):
            left = name.endswith("Left")
            rows = head.parts["eye_left" if left else "eye_right"]
            centre = (IRIS_LEFT if left else IRIS_RIGHT)[0]
            own = head.landmarks(head.expression_basis[index])[centre]
            share = (corrections[index, centre] @ own) / (own @ own)
            moved[rows] = share * head.expression_basis[index][rows]
        shapes[index] += moved
    mirrored: FloatArray = (shapes + shapes[SWAP][:, head.mirror] * FLIP) / 2
    return mirrored


def main() -> None:
    """Observe, explain and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("head", type=Path)
    parser.add_argument("--pictures", type=int, default=900)
    options = parser.parse_args()
    with np.load(options.head) as stored:
        arrays = {name: stored[name] for name in stored.files}
    head = to_model(arrays)
    task = Path(__file__).resolve().parent.parent / "core" / "assets" / "face_landmarker.task"
    seen = observe(head, options.pictures, task)
    corrections = explain(with_mirrored(seen))
    shapes = correct_shapes(head, corrections[5:])
    step = float(arrays["step"])
    arrays["expression_basis"] = np.round(shapes / step).astype(np.int16)
    temporary = options.head.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
    os.replace(temporary, options.head)
    print(f"{options.head}: {options.head.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
