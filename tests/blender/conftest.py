"""Blender in this process from the bpy wheel, with its own empty user folder, and a small shot."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

if "BLENDER_USER_RESOURCES" not in os.environ:
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="evp-blender-")

FRAMES = 12
WIDTH, HEIGHT = 64, 36


@pytest.fixture(scope="session")
def bpy() -> Iterator[ModuleType]:
    """Blender with the add-on registered from the checkout."""
    module = pytest.importorskip("bpy")
    import evp

    evp.register()
    yield module
    evp.unregister()


@pytest.fixture
def scene(bpy: ModuleType) -> Any:
    """The scene of an empty file."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    return bpy.context.scene


@pytest.fixture(scope="session")
def head() -> Any:
    """A head model of a few vertices: a bulging grid of quads with random shapes."""
    from evp.core.face.head import load_head

    random = np.random.default_rng(3)
    rows, columns = 16, 20
    x, y = np.meshgrid(np.linspace(-0.08, 0.08, columns), np.linspace(0.12, -0.12, rows))
    z = 0.09 - 6.0 * x**2 - 3.0 * y**2
    neutral = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    quads = np.stack([first, first + columns, first + columns + 1, first + 1], axis=1)
    uvs = np.stack([x / 0.16 + 0.5, y / 0.24 + 0.5], axis=-1).reshape(-1, 2)
    count = len(neutral)
    corners = quads[random.integers(len(quads), size=478)]
    weights = random.dirichlet(np.ones(3), size=478)
    return dataclasses.replace(
        load_head(),
        neutral=neutral,
        identity_basis=random.normal(0.0, 5e-4, (50, count, 3)),
        expression_basis=random.normal(0.0, 2e-3, (52, count, 3)),
        quads=quads,
        uvs=uvs,
        quad_uvs=quads,
        parts={"skin": np.arange(count - 20), "tongue": np.arange(count - 20, count)},
        mirror=np.arange(count),
        landmark_triangles=corners[:, :3],
        landmark_weights=weights,
        landmark_stability=np.ones(478),
    )


@pytest.fixture(scope="session")
def plate_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG sequence that begins at 1001, each frame another noise."""
    cv2 = pytest.importorskip("cv2")
    folder = tmp_path_factory.mktemp("plate")
    random = np.random.default_rng(5)
    for number in range(1001, 1001 + FRAMES):
        pixels = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"sh010.{number}.png"), pixels)
    return folder


@pytest.fixture(scope="session")
def records(head: Any) -> Any:
    """A fit and an aligned face of ``FRAMES`` frames."""
    from evp.core.records import AlignedFace, Camera, FaceFit

    random = np.random.default_rng(7)
    camera = Camera(140.0, np.array([30.5, 20.25]), WIDTH, HEIGHT)
    angles = np.linspace(-0.6, 0.6, FRAMES)
    turn = np.stack([_about_y(a) for a in angles])
    rotation = np.diag([1.0, -1.0, -1.0]) @ turn
    fit = FaceFit(
        camera=camera,
        identity=random.normal(size=50),
        offset=random.normal(0.0, 1e-3, head.neutral.shape),
        rotation=rotation,
        translation=np.stack(
            [np.linspace(-0.05, 0.05, FRAMES), np.full(FRAMES, 0.02), np.full(FRAMES, 0.8)], axis=1
        ),
        expression=random.uniform(0.0, 0.4, (FRAMES, 52)),
        valid=np.ones(FRAMES, dtype=bool),
        error=np.full(FRAMES, 0.005),
        own_shapes=random.normal(0.0, 5e-4, head.expression_basis.shape).astype(np.float32),
    )
    performed = random.uniform(0.0, 0.6, (FRAMES, 52))
    shape = head.shape(fit.identity, fit.offset)

    def seen(expression: np.ndarray) -> np.ndarray:
        return fit.to_camera(head.landmarks(head.vertices(shape, expression, fit.own_shapes)))

    tracked = camera.project(seen(fit.expression)) + random.normal(0.0, 0.2, (FRAMES, 478, 2))
    new = seen(performed)
    aligned = AlignedFace(
        landmarks=tracked + camera.project(new) - camera.project(seen(fit.expression)),
        depth=new[..., 2],
        plate_landmarks=tracked,
        rotation=rotation,
        expression=performed,
        plate_expression=fit.expression,
        valid=np.ones(FRAMES, dtype=bool),
        changed=np.linspace(0.0, 1.0, FRAMES),
        confidence=np.full(FRAMES, 0.9),
    )
    return fit, aligned


@pytest.fixture
def content(records: Any, plate_folder: Path) -> Callable[..., Any]:
    """Make the content of a shot; keyword arguments replace fields."""
    from evp.core.records import Plate
    from evp.evp_blender.scene.records import ShotContent

    def make(**changes: Any) -> Any:
        fit, aligned = records
        plate = Plate(
            path=plate_folder / "sh010.1001.png",
            width=WIDTH,
            height=HEIGHT,
            rate=Fraction(24000, 1001),
            times=np.arange(FRAMES) * 1001 / 24000,
            first_frame=1001,
        )
        fields = {
            "identity": "a1b2",
            "name": "sh010",
            "plate": plate,
            "fit": fit,
            "aligned": aligned,
            "start": 1001,
        }
        return ShotContent(**(fields | changes))

    return make


class FakePipeline:
    """Stands in for the heavy stages: writes what they would write, and notes what was asked."""

    def __init__(self, records: Any, head: Any) -> None:
        self.fit, self.aligned = records
        self.head = head
        self.asked: list[str] = []
        self.settings: Any = None
        self.numbers: Any = None
        self.overridden: np.ndarray | None = None
        self.closed = False
        self.failure: Exception | None = None

    def run_here(self, request: Any) -> Iterator[Any]:
        from evp.core.media.images import write_exr, write_png
        from evp.core.media.plate import open_plate
        from evp.core.progress import Progress
        from evp.core.shot import Shot
        from evp.evp_blender.engine.plate_file import write_plate

        self.asked.append(request.stage)
        self.settings, self.numbers = request.settings, request.numbers
        shot = Shot.create(request.folder)
        plate = open_plate(request.settings.plate, None, request.settings.plate_rate)
        write_plate(request.folder, plate)
        try:
            for done in range(3):
                yield Progress(request.stage, done, 3, "working")
                if self.failure is not None:
                    raise self.failure
        except GeneratorExit:
            self.closed = True
            raise
        shot.save("fit", self.fit, "fit key")
        if request.stage in ("align", "adapt", "overlay_edges", "composite", "deliver"):
            curve = request.settings.emotion
            key = "no curve" if curve is None else str(curve.weights.sum(axis=0).round(4))
            scale = 1.0 if curve is None else 0.9
            if request.settings.audio.stem == "another line":
                key, scale = f"{key}, another line", 0.7 * scale
            aligned = dataclasses.replace(self.aligned, expression=scale * self.aligned.expression)
            shot.save("align", aligned, key)
        if request.stage == "overlay_edges":
            self.overridden = shot.load_aligned().landmarks
            shot.edge_overlay(1).parent.mkdir(exist_ok=True)
            for number in plate.frame_numbers:
                write_png(shot.edge_overlay(number), np.zeros((36, 64, 4), np.uint8))
        if request.stage in ("composite", "deliver"):
            face = shot.load_aligned()
            self.overridden = face.landmarks
            (request.folder / "frames").mkdir(exist_ok=True)
            for number in request.numbers or plate.frame_numbers:
                ones = np.ones((36, 64), np.float16)
                channels = {name: ones for name in ("R", "G", "B", "face.R", "face.G", "face.B")}
                channels |= {"matte.V": ones, "edges.V": ones}
                write_exr(request.folder / f"frames/frame.{number:04d}.exr", channels, {})


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, records: Any, head: Any) -> FakePipeline:
    from evp.evp_blender.steps import work

    fake = FakePipeline(records, head)
    monkeypatch.setattr(work, "run_here", fake.run_here)
    monkeypatch.setattr(work, "load_head", lambda: head)
    monkeypatch.setattr("evp.evp_blender.steps.reasons.missing_line", lambda: "")
    return fake


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    return write_silence(tmp_path / "line é.wav")


def write_silence(path: Path) -> Path:
    """Half a second of nothing."""
    from wave_file import write_wave

    return write_wave(path, np.zeros(8000))


class HummingNetwork:
    """Opens and closes the mouth with the clock; weights are not needed for this."""

    fingerprint = "humming"
    prototypes = np.zeros((8, 1, 128))
    expressions = 0.3 * np.eye(8, 52)

    def hear(self, samples: np.ndarray, times: np.ndarray) -> Any:
        count = len(times)
        probabilities = np.full((count, 8), 0.125)
        return np.zeros((count, 256)), np.zeros((count, 128)), probabilities, np.zeros(count)

    def voices(self, samples: np.ndarray) -> np.ndarray:
        return np.ones(-(-len(samples) // 160))

    def displace(
        self,
        neutral: np.ndarray,
        content: np.ndarray,
        emotion: np.ndarray,
        rate: float,
        frames: range,
    ) -> np.ndarray:
        from evp.core.arkit import SHAPE_INDEX
        from evp.core.face.head import load_head

        jaw = load_head().landmark_expression_basis[SHAPE_INDEX["jawOpen"]]
        openness = 0.25 - 0.25 * np.cos(np.array(frames))
        return openness[:, None, None] * jaw


@pytest.fixture
def humming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A third of a second of noise, and a speech network that needs no weights to hear it."""
    from wave_file import write_wave

    from evp import compose

    monkeypatch.setattr(compose.Networks, "speech", HummingNetwork())
    noise = np.random.default_rng(1).standard_normal(5000)
    return write_wave(tmp_path / "line.wav", 0.09 * noise)


@pytest.fixture
def shot(bpy: ModuleType, scene: Any, plate_folder: Path, speech: Path, tmp_path: Path) -> Any:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene 1.blend"))
    bpy.ops.evp.shot_add(
        name="sh010", plate=str(plate_folder / "sh010.1004.png"), speech=str(speech), rate=23.976
    )
    return bpy.context.scene.evp.shots[0]


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    yield
    from evp.evp_blender.steps.job import end_job

    end_job()


def _about_y(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
