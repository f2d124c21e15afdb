"""Random people of the MakeHuman space, and their principal components."""

from __future__ import annotations

import numpy as np
from makehuman import FloatArray, IntArray, Wheel

DETAIL_FOLDERS = {
    "head": 0.2,
    "forehead": 0.25,
    "eyebrows": 0.3,
    "eyes": 0.25,
    "nose": 0.25,
    "cheek": 0.3,
    "mouth": 0.3,
    "chin": 0.3,
    "ears": 0.25,
    "neck": 0.15,
}
"""Folders of local targets and the spread of their weights."""

OPPOSITES = (
    ("decr", "incr"),
    ("down", "up"),
    ("in", "out"),
    ("backward", "forward"),
    ("concave", "convex"),
    ("compress", "uncompress"),
)


class PeopleSpace:
    """Draws random people: vertices of the head as a sum of weighted targets."""

    def __init__(self, wheel: Wheel, count: int, kept: IntArray, mirror: IntArray) -> None:
        """Load the targets.

        Args:
            wheel: where the targets are.
            count: vertices of the whole mesh.
            kept: (V,) the vertices of the head.
            mirror: (V,) the vertex on the other side, in the head's own numbering.
        """
        self._mirror = mirror

        def load(name: str) -> FloatArray:
            return wheel.target(name, count)[kept]

        self._universal = {
            (sex, age, muscle, weight): load(
                f"macrodetails/universal-{sex}-{age}-{muscle}muscle-{weight}weight"
            )
            for sex in ("female", "male")
            for age in ("young", "old")
            for muscle in ("average",)
            for weight in ("min", "average", "max")
        }
        self._race = {
            (race, sex, age): load(f"macrodetails/{race}-{sex}-{age}")
            for race in ("african", "asian", "caucasian")
            for sex in ("female", "male")
            for age in ("young", "old")
        }
        self._details: list[tuple[float, list[FloatArray]]] = []
        for folder, spread in DETAIL_FOLDERS.items():
            names = wheel.target_names(folder)
            taken: set[str] = set()
            for name in names:
                if name in taken or name.startswith("measure") or "age" in name:
                    continue
                pair = [name]
                for low, high in OPPOSITES:
                    if name.endswith(f"-{low}") and name[: -len(low)] + high in names:
                        pair.append(name[: -len(low)] + high)
                taken.update(pair)
                self._details.append((spread, [load(f"{folder}/{entry}") for entry in pair]))

    def average(self) -> FloatArray:
        """The displacement of the average adult."""
        return self._macro(0.5, 0.3, 0.0, np.full(3, 1 / 3))

    def draw(self, random: np.random.Generator) -> FloatArray:
        """The displacement of a random adult."""
        total = self._macro(
            random.uniform(), random.beta(1, 2), random.normal(0, 0.4), random.dirichlet(np.ones(3))
        )
        for spread, displacements in self._details:
            weight = float(np.clip(random.normal(0, spread), -1, 1))
            if weight > 0:
                total = total + weight * displacements[0]
            elif len(displacements) > 1:
                total = total - weight * displacements[1]
        return total

    def _macro(self, maleness: float, age: float, weight: float, races: FloatArray) -> FloatArray:
        weight = float(np.clip(weight, -1, 1))
        total = np.zeros_like(next(iter(self._race.values())))
        for sex, sex_part in (("female", 1 - maleness), ("male", maleness)):
            for years, age_part in (("young", 1 - age), ("old", age)):
                part = sex_part * age_part
                total += (
                    part * (1 - abs(weight)) * self._universal[sex, years, "average", "average"]
                )
                end = "max" if weight > 0 else "min"
                total += part * abs(weight) * self._universal[sex, years, "average", end]
                for race, share in zip(("african", "asian", "caucasian"), races, strict=True):
                    total += part * share * self._race[race, sex, years]
        return total


def align_similarity(source: FloatArray, target: FloatArray, used: IntArray) -> FloatArray:
    """Move, turn and scale (N, 3) ``source`` onto ``target``; the vertices ``used`` decide."""
    a = source[used] - source[used].mean(0)
    b = target[used] - target[used].mean(0)
    left, values, right = np.linalg.svd(a.T @ b)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn = (left * sign) @ right
    scale = float((values * sign).sum() / (a**2).sum())
    return (source - source[used].mean(0)) @ turn * scale + target[used].mean(0)


def principal_components(
    people: FloatArray, mean: FloatArray, mirror: IntArray, weights: FloatArray, count: int
) -> tuple[FloatArray, float]:
    """Components per standard deviation, each either symmetric or antisymmetric.

    Args:
        people: (N, V, 3).
        mean: (V, 3) symmetric.
        mirror: (V,) the vertex on the other side.
        weights: (V,) importance of each vertex.
        count: number of components.

    Returns:
        ``(count, V, 3)`` and the share of the weighted variance they hold.
    """
    flip = np.array([-1.0, 1.0, 1.0])
    difference = people - mean
    other = difference[:, mirror] * flip
    root = np.sqrt(weights)[:, None]
    found: list[tuple[float, FloatArray]] = []
    total = 0.0
    # Mirrored people are as likely as real ones: the covariance falls apart into these two.
    for half in ((difference + other) / 2, (difference - other) / 2):
        flat = (half * root).reshape(len(people), -1)
        total += float((flat**2).sum())
        _left, values, right = np.linalg.svd(flat, full_matrices=False)
        for index in range(min(count, len(values))):
            component = (right[index].reshape(-1, 3) / root) * values[index] / np.sqrt(len(people))
            found.append((values[index] ** 2, component))
    found.sort(key=lambda entry: -entry[0])
    held = sum(value for value, _ in found[:count]) / total
    components = np.stack([component for _, component in found[:count]])
    return components, float(held)
