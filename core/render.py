"""Render the new face of each frame into its crop: edge-to-video over the plate's own texture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .ahead import ahead
from .composite import crop_places
from .crop import NETWORK_SIZE, SIDE, crop_pixels, invert, resize
from .layers import Layers, MouthPick, build_layers, network_layers, rasterise_face
from .media.plate import read_selected
from .mouth_bank import soften
from .mouth_detail import MouthDetail, detail_level
from .mouth_mean import coarse
from .networks import FaceRenderer, RenderedCrop
from .occlusion import Lookout, Sight
from .plate_face import PlateFace
from .progress import Job, Progress
from .records import AlignedFace, FloatArray, Frame, PixelArray, Plate
from .render_plan import RenderPlan, plan_render
from .rendered_faces import face_path, save_frame
from .stage_keys import stage_key
from .store import digest, stored_key
from .warp import MeshMap, displacement, sample

BLOCK = 16
"""The recurrence starts anew at multiples of so many frames of the shot ..."""

WARM_UP = 3
"""... so many frames early, so that a part of the shot renders like the whole."""


def render_frames(
    plate: Plate,
    aligned: AlignedFace,
    face: PlateFace,
    renderer: FaceRenderer,
    seed: int,
    numbers: Sequence[int],
    folder: Path,
) -> Job[None]:
    """Render frames into ``folder``, one file each (``face.0001.npz``), written in one piece.

    Files that are still valid are left: a frame is rendered again where its own rows of ``aligned``
    changed, so an edit of some frames leaves the pixels of all others alone. Frames without a new
    face get no file, and lose an old one. Which frames are rendered together does not change a
    pixel of them.

    Args:
        plate: the plate.
        aligned: the new face and the plate's own, all T frames.
        face: what was gathered of the plate's own.
        renderer: adapted to the plate, or not.
        seed: of the grain.
        numbers: frame numbers as the user counts, ascending.
        folder: where the files go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = aligned.valid & (aligned.changed > 0.0)
    key = stage_key(
        "render",
        plate.anywhere,
        aligned.plate_landmarks,
        aligned.valid,
        face,
        seed,
        renderer.fingerprint,
        BLOCK,
        WARM_UP,
    )
    keys = {
        number: digest(key, number, aligned.take(np.array([number - plate.first_frame])))
        for number in numbers
    }
    stale = []
    for number in numbers:
        path = face_path(folder, number)
        if not shown[number - plate.first_frame]:
            path.unlink(missing_ok=True)
        elif stored_key(path) != keys[number]:
            stale.append(number)
    total = len(stale)
    if not stale:
        yield Progress("render", 0, 0, "all faces are up to date")
        return
    yield Progress("render", 0, total, "choosing mouths")
    plan = plan_render(face, aligned)
    wanted = [number - plate.first_frame for number in stale]
    rendered = render_plate(plate, aligned, renderer, seed, plan, wanted)
    for done, (index, frame) in enumerate(rendered, 1):
        path = face_path(folder, frame.number)
        save_frame(path, frame, keys[frame.number], fine=plate.wide_range or plate.bit_depth > 8)
        yield Progress("render", done, total, f"frame {plate.first_frame + index}")


def render_plate(
    plate: Plate,
    aligned: AlignedFace,
    renderer: FaceRenderer,
    seed: int,
    plan: RenderPlan,
    indices: Sequence[int],
) -> Iterator[tuple[int, Frame]]:
    """Render frames of the shot (indices, ascending), without writing them."""
    last_wanted: dict[int, int] = {}
    for index in indices:
        last_wanted[index // BLOCK] = max(index, last_wanted.get(index // BLOCK, 0))
    wanted = set(indices)
    state: FloatArray | None = None
    warm: FloatArray | None = None
    for index, view in ahead(_views(plate, plan, _needed(last_wanted))):
        block, place = divmod(index, BLOCK)
        if place == 0:
            state, warm = warm, None
        if view is None:
            state = warm = None
            continue
        if view.sight.hidden:
            state = warm = None
            if index in wanted:
                yield index, _hidden(plate, aligned, plan, view)
            continue
        if index <= last_wanted.get(block, -1):
            made = renderer.predict(view.small, view.bring(state, plan))
            state = made.picture
            if index in wanted:
                yield index, _finish(plate, aligned, renderer, seed, plan, view, made)
        if place >= BLOCK - WARM_UP and block + 1 in last_wanted:
            warm = renderer.predict(view.small, view.bring(warm, plan)).picture


def _views(
    plate: Plate, plan: RenderPlan, indices: Sequence[int]
) -> Iterator[tuple[int, _View | None]]:
    """The frames, ready for the generator; None for those that get no face."""
    lookout = Lookout(plan.face.reference)
    for index, pixels in read_selected(plate, indices):
        if plan.active[index]:
            yield index, _View.build(pixels, plan, index, lookout)
        else:
            lookout.forget()
            yield index, None


def _needed(last_wanted: dict[int, int]) -> list[int]:
    """Frames to decode: each block up to its last wanted frame, and the warm-up before it."""
    needed: set[int] = set()
    for block, last in last_wanted.items():
        needed.update(range(max(0, block * BLOCK - WARM_UP), last + 1))
    return sorted(needed)


@dataclass(frozen=True)
class _View:
    """A frame of the shot, ready for the generator."""

    index: int
    pick: MouthPick
    layers: Layers
    small: Layers
    mesh: MeshMap
    sight: Sight

    @staticmethod
    def build(pixels: PixelArray, plan: RenderPlan, index: int, lookout: Lookout) -> _View:
        crop = crop_pixels(pixels, plan.crops[index], plan.size)
        new, depth = plan.new[index], plan.depth[index]
        sight = lookout.look(crop, plan.old[index], depth)
        meshes = rasterise_face(new, depth, plan.size)
        pick = plan.pick(index)
        layers = build_layers(crop, plan.old[index], new, depth, pick, meshes)
        return _View(index, pick, layers, network_layers(layers), meshes[1], sight)

    def bring(self, picture: FloatArray | None, plan: RenderPlan) -> FloatArray | None:
        """Move the picture of the frame before along to this one."""
        if picture is None:
            return None
        scale = NETWORK_SIZE / plan.size
        before, here = plan.new[self.index - 1] * scale, plan.new[self.index] * scale
        return sample(picture, displacement(self.mesh, before, here), cv2.INTER_LINEAR)


def _finish(
    plate: Plate,
    aligned: AlignedFace,
    renderer: FaceRenderer,
    seed: int,
    plan: RenderPlan,
    view: _View,
    made: RenderedCrop,
) -> Frame:
    index, layers, size = view.index, view.layers, plan.size
    if renderer.edges_only:
        matte = _face_matte(layers)
        face = _match_colour(_resize(made.picture, size), layers.texture, matte)
        synthetic = matte
    else:
        face = compose(layers, made, view.pick.detail(plan.new[index], size))
        matte = layers.moved
        synthetic = layers.mouth * np.float32(view.pick.cavity)
    # Neither what lies under a hand is replaced, nor does a hand's colour come from elsewhere.
    matte = matte * (1.0 - np.maximum(view.sight.cover, sample(view.sight.cover, layers.field)))
    if synthetic.any():
        face = face + synthetic[..., None] * _grain(plan, seed, index)
    low, high = 0.0, 1.0
    if plate.wide_range:
        low = min(low, float(layers.texture.min()))
        high = max(high, float(layers.texture.max()))
    inverse = invert(plan.crops[index])
    warp = crop_places(plan.crops[index], size) + layers.field @ inverse[:, :2].T
    return Frame(
        number=plate.first_frame + index,
        crop=plan.crops[index],
        face=np.clip(face, low, high).astype(np.float32),
        matte=(matte * np.float32(plan.opacity[index] * view.sight.visibility)).astype(np.float32),
        edges=layers.lines,
        warp=warp.astype(np.float32),
        mouth=layers.mouth,
        confidence=float(aligned.confidence[index]) * view.sight.visibility,
        covered=view.sight.share,
    )


def _hidden(plate: Plate, aligned: AlignedFace, plan: RenderPlan, view: _View) -> Frame:
    """A frame whose mouth is behind something: the plate passes through, confidence is 0."""
    empty = np.zeros((plan.size, plan.size), dtype=np.float32)
    return Frame(
        number=plate.first_frame + view.index,
        crop=plan.crops[view.index],
        face=np.zeros((plan.size, plan.size, 3), dtype=np.float32),
        matte=empty,
        edges=view.layers.lines,
        warp=crop_places(plan.crops[view.index], plan.size),
        mouth=empty,
        confidence=0.0,
        covered=view.sight.share,
    )


def compose(layers: Layers, made: RenderedCrop, detail: MouthDetail | None = None) -> FloatArray:
    """The finished face at the crop's own size: its textures, blended and corrected as rendered.

    Coarse and fine are blended apart: the mean of two pictures has less detail than either.

    Args:
        layers: at the crop's own size.
        made: what the generator made of them.
        detail: what the mouth should have; as rendered where not given.
    """
    size = len(layers.face)
    blend, share = _resize(made.blend, size)[..., None], _resize(made.detail, size)[..., None]
    change = layers.mouth_texture - layers.texture
    low = coarse(layers.texture)
    fine = layers.texture - low
    low_change = coarse(change)
    fine = (fine + share * (change - low_change)) * _resize(made.gain, size)[..., None]
    picture = low + blend * low_change + fine + _resize(made.correction, size)
    if detail is None:
        return picture
    # Where no stored mouth is better than the plate's own, that one has its detail already.
    fine = blend * layers.prior[..., None] * fine
    return picture + np.float32(detail_level(picture - fine, fine, detail) - 1.0) * fine


def _face_matte(layers: Layers) -> FloatArray:
    """The whole face, feathered inwards: what a painted face replaces."""
    unit = len(layers.face) / SIDE
    shrunk = soften(layers.face, 0.05 * unit)
    return np.clip(2.0 * shrunk - 1.0, 0.0, 1.0)


def _match_colour(picture: FloatArray, plate: FloatArray, matte: FloatArray) -> FloatArray:
    """Give a painted face the plate's low-frequency colour along the edge of its matte."""
    unit = len(matte) / SIDE
    edge = (matte > 0.02) & (matte < 0.6)
    weight = cv2.GaussianBlur(edge.astype(np.float32), (0, 0), 0.35 * unit)[..., None] + 1e-4
    difference = (plate - picture) * edge[..., None]
    matched: FloatArray = picture + cv2.GaussianBlur(difference, (0, 0), 0.35 * unit) / weight
    return matched


def _grain(plan: RenderPlan, seed: int, index: int) -> FloatArray:
    """The plate's own noise for pixels that were painted: the same whoever renders the frame."""
    grain = plan.face.grain
    if not grain.any():
        return np.zeros((1, 1, 3), dtype=np.float32)
    random = np.random.default_rng((seed, index))
    noise = random.standard_normal((plan.size, plan.size, 3), dtype=np.float32)
    scaled: FloatArray = noise * grain.astype(np.float32)
    return scaled


def _resize(plane: FloatArray, size: int) -> FloatArray:
    return resize(plane, size, cv2.INTER_LINEAR)
