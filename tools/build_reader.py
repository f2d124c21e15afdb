"""Learn what landmarks and scores say about the 52 shapes; write ``core/assets``' reader.

Random people make random faces: some move both sides of the face together, others often each side
by itself. Some are seen in stills, each looked at by itself, others in shots, followed as a plate's
face is. The landmarker looks at the drawings, and a ridge regression from what it finds to what
was drawn, both measured from the person's own mean, is stored. Mirror images count as further
people, and so, with less weight, does what a landmarker without errors would have found: the map
then also knows what the shapes do to a face, not only how this landmarker errs on drawings. All of
it comes from drawn heads, none from recorded people.

Usage (after ``build_calibration.py``; draws 7480 pictures):
    python tools/build_reader.py core/assets/expression_reader.npz
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from build_correspondence import CAMERA, FRONTAL, pose
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from evp.core.arkit import MIRRORED_SHAPES, SHAPE_INDEX, SHAPE_NAMES
from evp.core.evaluate.synthetic import GROUPS, RATE, TURN
from evp.core.face.head import HeadModel, load_head
from evp.core.face.portrait import Look, Painter, random_look
from evp.core.face.reader import features
from evp.core.face.symmetric_landmarker import SymmetricLandmarker
from evp.core.face.topology import mirror_landmarks
from evp.core.records import FloatArray

STILLS = 10
"""Pictures of each person seen in stills; the first shows the face at rest."""
SHOT_PICTURES, EVERY = 12, 4
"""Pictures of each shot, and how many frames lie from one to the next."""
SYMMETRIC, FREE = range(5000, 5150), range(6000, 6070)
"""Seeds of people seen in stills who move both sides together, and of those who half of the time do
not; far from the seeds the figures are measured on."""
SHOTS = range(7000, 7440)
"""Seeds of people seen in shots; every second moves as ``FREE`` do."""
RIDGE = 0.1
"""Pull towards no effect, as a share of each feature's variance."""
FLAWLESS_SHARE, FLAWLESS_NOISE = 0.3, 0.15
"""Weight of what a landmarker without errors would find, and the noise it still has, pixels."""
LEAST_SEEN = 4


@dataclass(frozen=True)
class Person:
    """Someone to be drawn: vertices at rest (V, 3), metres, and looks."""

    shape: FloatArray
    look: Look


@dataclass(frozen=True)
class Moment:
    """What is drawn: expression (52,), camera from head (3, 3) and (3,) metres, and seconds."""

    expression: FloatArray
    rotation: FloatArray
    place: FloatArray
    time: float


@dataclass(frozen=True)
class Sight:
    """What was found: landmarks (N, 478, 3), scores (N, 52), and what was drawn (N, 52)."""

    landmarks: FloatArray
    scores: FloatArray
    expression: FloatArray

    def mirrored(self) -> Sight:
        """The same of the person's mirror image."""
        landmarks = self.landmarks[:, mirror_landmarks()] * [-1, 1, 1]
        other = list(MIRRORED_SHAPES)
        return Sight(landmarks, self.scores[:, other], self.expression[:, other])

    def rows(self) -> tuple[FloatArray, FloatArray]:
        """What is read from and what is to be read, both measured from their mean."""
        seen = features(self.landmarks, self.scores)
        return seen - seen.mean(0), self.expression - self.expression.mean(0)


def draw_person(head: HeadModel, random: np.random.Generator) -> Person:
    """A random person."""
    shape = head.shape(random.normal(0, 0.7, len(head.identity_basis)))
    return Person(shape, random_look(random))


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


def still_moments(random: np.random.Generator, free: bool) -> Iterator[Moment]:
    """Unconnected poses and expressions."""
    for number in range(STILLS):
        expression = draw_expression(random, free) if number else np.zeros(len(SHAPE_NAMES))
        yaw, pitch, roll = random.uniform(-1, 1, 3) * [30, 18, 10]
        across, down = random.uniform(-0.03, 0.03), 0.02 + random.uniform(-0.02, 0.02)
        place = np.array([across, down, random.uniform(0.55, 0.75)])
        yield Moment(expression, pose(yaw, pitch, roll), place, number / RATE)


def draw_curve(random: np.random.Generator) -> FloatArray:
    """One curve of a shot, 0..1, at rest for a third of the time."""
    curve = gaussian_filter1d(random.normal(size=SHOT_PICTURES * EVERY), 5.0)
    curve = np.clip(curve - np.percentile(curve, 35), 0, None)
    result: FloatArray = curve * random.uniform(0.5, 1) / max(curve.max(), 1e-9)
    return result


def draw_motion(random: np.random.Generator, free: bool) -> tuple[FloatArray, FloatArray]:
    """Expressions (N, 52) and turns (N, 3, 3) of the pictures of a shot."""
    frames = SHOT_PICTURES * EVERY
    expression = np.zeros((frames, len(SHAPE_NAMES)))
    for group in random.choice(len(GROUPS), random.integers(4, 14), replace=False):
        curve = draw_curve(random)
        alone = free and random.uniform() < 0.5
        for name in GROUPS[group]:
            if alone:
                curve = draw_curve(random) * (random.uniform() < 0.7)
            expression[:, SHAPE_INDEX[name]] = curve * random.uniform(0.8, 1)
    angles = gaussian_filter1d(random.normal(size=(frames, 3)), 10.0, axis=0)
    angles *= np.array(TURN) * random.uniform(0.3, 2.0) / np.abs(angles).max(0)
    turns = FRONTAL @ Rotation.from_euler("yxz", angles[::EVERY], degrees=True).as_matrix()
    return expression[::EVERY], turns


def draw_place(random: np.random.Generator) -> FloatArray:
    """Where the head of a shot is (3,), metres."""
    across, down = random.uniform(-0.03, 0.03, 2)
    return np.array([across, down + 0.02, random.uniform(0.5, 0.8)])


def observe(
    head: HeadModel,
    painter: Painter,
    landmarker: SymmetricLandmarker,
    person: Person,
    moments: Iterable[Moment],
    random: np.random.Generator,
) -> list[Sight]:
    """What the landmarker finds and what it would find without errors; empty if too little."""
    rows: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    flawless: list[FloatArray] = []
    for moment in moments:
        vertices = head.vertices(person.shape, moment.expression)
        points = vertices @ moment.rotation.T + moment.place
        picture = painter.draw(points, CAMERA, person.look).pixels
        noisy = np.clip(picture + random.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        for face in landmarker.detect(noisy, moment.time)[:1]:
            rows.append((face.landmarks, face.scores, moment.expression))
            exact = head.landmarks(vertices) @ moment.rotation.T
            depth = exact[:, 2:] * CAMERA.focal / moment.place[2]
            pixels = CAMERA.project(exact + moment.place)
            flawless.append(np.concatenate([pixels, depth], axis=1))
    if len(rows) < LEAST_SEEN:
        return []
    landmarks, scores, expression = (np.array(column) for column in zip(*rows, strict=True))
    exact = np.array(flawless)
    exact[..., :2] += random.normal(0, FLAWLESS_NOISE, exact[..., :2].shape)
    return [Sight(landmarks, scores, expression), Sight(exact, expression, expression)]


def observe_all() -> Iterator[list[Sight]]:
    """Draw everyone and look."""
    head = load_head()
    painter, landmarker = Painter(head), SymmetricLandmarker(1, video=False)
    try:
        for seed in (*SYMMETRIC, *FREE):
            random = np.random.default_rng(seed)
            person = draw_person(head, random)
            moments = still_moments(random, seed in FREE)
            yield observe(head, painter, landmarker, person, moments, random)
    finally:
        landmarker.close()
    for seed in SHOTS:
        random = np.random.default_rng(seed)
        expressions, turns = draw_motion(random, seed % 2 == 1)
        person, place = draw_person(head, random), draw_place(random)
        shot = [
            Moment(expression, turn, place, number * EVERY / RATE)
            for number, (expression, turn) in enumerate(zip(expressions, turns, strict=True))
        ]
        landmarker = SymmetricLandmarker(1, video=True)
        try:
            yield observe(head, painter, landmarker, person, shot, random)
        finally:
            landmarker.close()


def learn(people: Iterable[list[Sight]]) -> FloatArray:
    """The map (1485, 52) from what was found, and would be found without errors, of each person."""
    pairs = [pair for pair in people if pair]
    rows, wanted = gather(seen for seen, _ in pairs)
    ideal, ideal_wanted = gather(flawless for _, flawless in pairs)
    spread = rows.std(0) + 1e-9
    rows, ideal = rows / spread, ideal / spread
    normal = rows.T @ rows + FLAWLESS_SHARE * ideal.T @ ideal
    normal += RIDGE * len(rows) * np.eye(rows.shape[1])
    right = rows.T @ wanted + FLAWLESS_SHARE * ideal.T @ ideal_wanted
    weights: FloatArray = np.linalg.solve(normal, right) / spread[:, None]
    return weights


def gather(sights: Iterable[Sight]) -> tuple[FloatArray, FloatArray]:
    """Rows of some people and of their mirror images."""
    both = [image.rows() for sight in sights for image in (sight, sight.mirrored())]
    return np.concatenate([seen for seen, _ in both]), np.concatenate(
        [wanted for _, wanted in both]
    )


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
    store(options.reader, learn(observe_all()))
    print(f"{options.reader}: {options.reader.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
