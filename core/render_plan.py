"""What is decided for a whole shot before its first face is rendered: crops and mouths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .crop import face_crops
from .layers import MouthPick
from .mouth_bank import MouthChoice, choose_mouths, lip_features, lip_gap
from .mouth_mean import mean_shares, pick_mean, settle_shares
from .outline import hold_outline
from .plate_face import PlateFace, to_crops
from .records import AlignedFace, BoolArray, FloatArray
from .teeth import HeadMouth


@dataclass(frozen=True)
class RenderPlan:
    """The decisions for a shot; the same whichever frames of it are rendered.

    Attributes:
        face: what is known of the plate's own face.
        crops: (T, 2, 3) plate pixels to crop pixels.
        new, old: (T, 478, 2) the new face and the plate's own, crop pixels.
        depth: (T, 478) of the new face.
        rotation: (T, 3, 3) camera from head.
        expression: (T, 52) ARKit weights of the new face.
        active: (T,) frames that get a face.
        opacity: (T,) 0..1, how much of it is shown.
        choice: which stored mouths each frame shows; None where there are none.
        shares: (T, N) how much each of the N small mouths counts in each frame's mean mouth.
    """

    face: PlateFace
    crops: FloatArray
    new: FloatArray
    old: FloatArray
    depth: FloatArray
    rotation: FloatArray
    expression: FloatArray
    active: BoolArray
    opacity: FloatArray
    choice: MouthChoice | None
    shares: FloatArray

    @property
    def size(self) -> int:
        """Side of the crop, pixels."""
        return self.face.size

    def pick(self, index: int) -> MouthPick:
        """The mouths of a frame."""
        if self.choice is None:
            return MouthPick()
        first, second = int(self.choice.first[index]), int(self.choice.second[index])
        whole, small = self.face.whole.mouths, list(self.face.small.mouths.values())
        return MouthPick(
            (whole[first], whole[second]),
            float(self.choice.share[index]),
            float(self.choice.weight[index]),
            float(self.choice.cavity[index]),
            mean=pick_mean(small, self.shares[index]),
            head=HeadMouth(self.rotation[index], self.expression[index]),
        )


def plan_render(face: PlateFace, aligned: AlignedFace) -> RenderPlan:
    """Decide crops and mouths for the whole shot; no frame is read."""
    size = face.size
    crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
    old = to_crops(crops, aligned.plate_landmarks)
    new = hold_outline(old, to_crops(crops, aligned.landmarks))
    choice, shares = None, np.zeros((len(new), 0), dtype=np.float32)
    if len(face.whole.frames):
        gaps = lip_gap(new, size), lip_gap(old, size)
        wanted, features = lip_features(new, size), lip_features(old, size)
        likely = features[face.small.frames]
        shares = settle_shares(mean_shares(wanted, likely))
        choice = choose_mouths(wanted, features, face.whole.frames, gaps, shares @ likely)
    return RenderPlan(
        face=face,
        crops=crops,
        new=new,
        old=old,
        depth=np.asarray(aligned.depth, dtype=np.float64),
        rotation=aligned.rotation,
        expression=aligned.expression,
        active=aligned.valid & (aligned.changed > 0.0),
        opacity=np.clip(aligned.changed, 0.0, 1.0),
        choice=choice,
        shares=shares,
    )
