"""Learn what landmarks and scores say about the 52 shapes; write ``core/assets``' reader.

Random people make random faces: some move both sides of the face together, others often each side
by itself. The landmarker looks at the drawings, and a ridge regression from what it finds to what
was drawn, both measured from the person's own mean, is stored. Mirror images count as further
people. All of it comes from drawn heads, none from recorded people.

Usage (after ``build_calibration.py``):
    python tools/build_reader.py core/assets/expression_reader.npz
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from build_calibration import SWAP
from build_correspondence import CAMERA, pose

from evp.core.arkit import SHAPE_INDEX, SHAPE_NAMES
from evp.core.evaluate.synthetic import GROUPS
from evp.core.face.head import HeadModel, load_head
from evp.core.face.landmarker import Landmarker
from evp.core.face.portrait import Painter, random_look
from evp.core.face.reader import features
from evp.core.face.topology import mirror_landmarks
from evp.core.records import FloatArray

PICTURES = 10
"""Of each person; the first shows the face at rest."""
SYMMETRIC, FREE = range(5000, 5150), range(6000, 6070)
"""Seeds of people who move both sides together, and of those who half of the time do not; far from
the seeds the figures are measured on."""
RIDGE = 0.4
"""Pull towards no effect, as a share of each feature's variance."""
LEAST_SEEN = 4


def draw_expression(random: np.random.Generator, free: bool) -> FloatArray:
    """A few groups of shapes; ``free`` moves the shapes of half the groups one by one."""
    weights = np.zeros(len(SHAPE_NAMES))
    for group in random.choice(len(GROUPS), random.integers(2, 9), replace=False):
        weight = random.uniform(0, 1)
        alone = free and random.uniform() < 0.5
        for name in GROUPS[group]:
            if alone:
                weight = random.uniform(0, 1) * (random.uniform() < 0.6)
            weights[SHAPE_INDEX[name]] = weight * random.uniform(0.8, 1)
    return weights


def observe(
    head: HeadModel, painter: Painter, landmarker: Landmarker, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw a person and look: landmarks (N, 478, 3), scores (N, 52), expressions (N, 52)."""
    random = np.random.default_rng(seed)
    shape = head.shape(random.normal(0, 0.7, len(head.identity_basis)))
    look = random_look(random)
    rows: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    for number in range(PICTURES):
        expression = draw_expression(random, seed in FREE) if number else np.zeros(len(SHAPE_NAMES))
        yaw, pitch, roll = random.uniform(-1, 1, 3) * [30, 18, 10]
        across, down = random.uniform(-0.03, 0.03), 0.02 + random.uniform(-0.02, 0.02)
        place = [across, down, random.uniform(0.55, 0.75)]
        points = head.vertices(shape, expression) @ pose(yaw, pitch, roll).T + place
        picture = painter.draw(points, CAMERA, look).pixels
        noisy = np.clip(picture + random.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        for face in landmarker.detect(noisy, 0.0)[:1]:
            rows.append((face.landmarks, face.scores, expression))
    landmarks, scores, expressions = (np.array(column) for column in zip(*rows, strict=True))
    return landmarks, scores, expressions


def from_mean(values: FloatArray) -> FloatArray:
    """Rows (N, K) measured from their mean."""
    centred: FloatArray = values - values.mean(0)
    return centred


def learn() -> FloatArray:
    """The map (1485, 52)."""
    head = load_head()
    painter, landmarker = Painter(head), Landmarker(1, video=False)
    mirror = mirror_landmarks()
    seen, wanted = [], []
    try:
        for seed in (*SYMMETRIC, *FREE):
            landmarks, scores, expressions = observe(head, painter, landmarker, seed)
            if len(landmarks) < LEAST_SEEN:
                continue
            seen.append(from_mean(features(landmarks, scores)))
            wanted.append(from_mean(expressions))
            other = landmarks[:, mirror] * [-1, 1, 1]
            seen.append(from_mean(features(other, scores[:, SWAP])))
            wanted.append(from_mean(expressions[:, SWAP]))
    finally:
        landmarker.close()
    rows, target = np.concatenate(seen), np.concatenate(wanted)
    spread = rows.std(0) + 1e-9
    rows = rows / spread
    normal = rows.T @ rows + RIDGE * len(rows) * np.eye(rows.shape[1])
    weights: FloatArray = np.linalg.solve(normal, rows.T @ target) / spread[:, None]
    return weights


def store(path: Path, weights: FloatArray) -> None:
    """Write the map in 16 bits."""
    scale = np.abs(weights).max(1, keepdims=True) / 32000 + 1e-12
    temporary = path.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, weights=np.round(weights / scale).astype(np.int16), scale=scale)
    os.replace(temporary, path)


def main() -> None:
    """Draw, learn and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", type=Path)
    options = parser.parse_args()
    store(options.reader, learn())
    print(f"{options.reader}: {options.reader.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
