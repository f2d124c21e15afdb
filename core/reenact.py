"""Self re-enactment: pairs of a clip's own frames from which a renderer learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .crop import NETWORK_SIZE
from .layers import Layers, MouthPick, build_layers, rasterise_face
from .mouth_bank import bank_frames, bank_weight, lip_features, store_mouth
from .mouth_detail import mouth_box
from .mouth_mean import BANK_SIZE, mean_shares, pick_mean, store_small
from .records import BoolArray, FloatArray, IntArray, PixelArray
from .warp import displacement

NEIGHBOUR = 12
"""Frames within which the source of a pair is a neighbour of its target."""

BANK_GAP = 10
"""A target's mouth must not be filled from this close in time: that would be the answer itself."""


@dataclass(frozen=True)
class FaceClip:
    """Frames of one face in their stabilised crops.

    Attributes:
        crops: (T, S, S, 3) uint8 or uint16.
        landmarks: (T, 478, 2) crop pixels.
        depth: (T, 478) larger is farther.
        frames: (T,) the frames' places in time, ascending; neighbours differ by 1.
    """

    crops: PixelArray
    landmarks: FloatArray
    depth: FloatArray
    frames: IntArray

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def size(self) -> int:
        """Side of the crops, pixels."""
        return int(self.crops.shape[1])

    def picture(self, index: int) -> FloatArray:
        """(S, S, 3) float32 0..1."""
        crop = self.crops[index]
        return crop.astype(np.float32) * np.float32(1.0 / np.iinfo(crop.dtype).max)


@dataclass(frozen=True)
class TrainingPair:
    """One or two consecutive target frames, re-enacted from one other frame.

    Attributes:
        layers: of each target, at the generator's size.
        targets: (S, S, 3) the true frames.
        flow: (S, S, 2) from each pixel of the last target to its place in the one before; zeros
            where there is one target only.
        mouth_box: (left, top, right, bottom) of the lips in the last target, pixels.
    """

    layers: tuple[Layers, ...]
    targets: tuple[FloatArray, ...]
    flow: FloatArray
    mouth_box: tuple[int, int, int, int]


class PairMaker:
    """Makes training pairs out of a clip.

    Args:
        clip: the frames; at the generator's size where pairs are to be made.
        usable: (T,) frames that may be learnt from; the others are held out.
        mouths: (T,) frames whose mouths may fill others; all usable ones where not given.
    """

    def __init__(self, clip: FaceClip, usable: BoolArray, mouths: BoolArray | None = None) -> None:
        self.clip = clip
        self.usable = np.flatnonzero(usable)
        self.features = lip_features(clip.landmarks, clip.size)
        pose = clip.landmarks[:, [1, 168, 234, 454]]
        pose = pose - clip.landmarks[:, [33, 263]].mean(axis=1, keepdims=True)
        self._pose = pose.reshape(len(clip), -1)
        fillers = usable if mouths is None else usable & mouths
        self.bank = bank_frames(self.features, fillers)
        self._stored = {
            int(i): store_mouth(clip.picture(int(i)), clip.landmarks[i]) for i in self.bank
        }
        self._many = bank_frames(self.features, fillers, BANK_SIZE)
        self._small = [store_small(clip.picture(int(i)), clip.landmarks[i]) for i in self._many]

    def draw(self, random: np.random.Generator) -> TrainingPair:
        """A pair drawn at random from the usable frames."""
        target = int(random.choice(self.usable))
        return self.make(target, self._draw_source(target, random), random)

    def held_out(self, targets: Sequence[int], source_lag: int) -> list[TrainingPair]:
        """Fixed pairs for measuring, each from a usable frame about that many frames before."""
        pairs = []
        for target in targets:
            distance = np.abs(self.clip.frames[self.usable] + source_lag - self.clip.frames[target])
            source = int(self.usable[int(np.argmin(distance))])
            pairs.append(self.make(int(target), source, None))
        return pairs

    def nearest_pose(self, target: int) -> int:
        """The usable frame whose head is turned most like the target's."""
        distance = np.linalg.norm(self._pose[self.usable] - self._pose[target], axis=1)
        return int(self.usable[int(np.argmin(distance))])

    def make(self, target: int, source: int, random: np.random.Generator | None) -> TrainingPair:
        """Re-enact ``target`` (and the frame before it, where there is one) from ``source``."""
        clip = self.clip
        follows = target > 0 and clip.frames[target] - clip.frames[target - 1] == 1
        indices = (target - 1, target) if follows else (target,)
        allowed = np.abs(clip.frames - clip.frames[target]) > BANK_GAP
        rank = 0 if random is None else int(random.geometric(0.6)) - 1
        mouth = self._mouth(target, allowed, rank)
        crop = clip.picture(source)
        layers, mesh = [], None
        for index in indices:
            pick = self._pick(index, source, mouth, allowed)
            new, depth = clip.landmarks[index], clip.depth[index]
            meshes = rasterise_face(new, depth, NETWORK_SIZE)
            mesh = meshes[0]
            layers.append(build_layers(crop, clip.landmarks[source], new, depth, pick, meshes))
        flow = np.zeros((NETWORK_SIZE, NETWORK_SIZE, 2), dtype=np.float32)
        if follows and mesh is not None:
            flow = displacement(mesh, clip.landmarks[target - 1], clip.landmarks[target])
        pictures = tuple(clip.picture(index) for index in indices)
        return TrainingPair(tuple(layers), pictures, flow, mouth_box(clip.landmarks[target]))

    def pick(self, index: int, source: int) -> MouthPick:
        """What fills the mouth of a frame that is made from another; nearness in time is no bar."""
        allowed = np.ones(len(self.clip), dtype=bool)
        return self._pick(index, source, self._mouth(index, allowed, 0), allowed)

    def _pick(self, index: int, source: int, mouth: int | None, allowed: BoolArray) -> MouthPick:
        if mouth is None:
            return MouthPick()
        stored = self.features[self._many]
        shares = mean_shares(self.features[index][None], stored, allowed[self._many])[0]
        weight = bank_weight(self.features[index], self.features[source], shares @ stored)
        mean = pick_mean(self._small, shares)
        return MouthPick((self._stored[mouth],), weight=float(weight), mean=mean)

    def _draw_source(self, target: int, random: np.random.Generator) -> int:
        near = self.usable[
            np.abs(self.clip.frames[self.usable] - self.clip.frames[target]) <= NEIGHBOUR
        ]
        if len(near) > 1 and random.random() < 0.5:
            return int(random.choice(near))
        # A frame of like pose and any expression: what re-enactment meets.
        distance = np.linalg.norm(self._pose[self.usable] - self._pose[target], axis=1)
        count = max(2, len(self.usable) // 4)
        return int(random.choice(self.usable[np.argsort(distance, kind="stable")[:count]]))

    def _mouth(self, target: int, allowed: BoolArray, rank: int) -> int | None:
        """The allowed stored mouth of that rank of likeness."""
        choice = self.bank[allowed[self.bank]]
        if len(choice) == 0:
            return None
        distance = np.linalg.norm(self.features[choice] - self.features[target], axis=1)
        order = np.argsort(distance, kind="stable")
        return int(choice[order[min(rank, len(order) - 1)]])
