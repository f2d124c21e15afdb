"""Every panel draws in every state, and says beside a greyed button why."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

bpy_module = pytest.importorskip("bpy")


class Layout:
    """Records what is drawn, and refuses properties and operators that do not exist."""

    def __init__(self, log: list[tuple[str, str, bool]], parent: Layout | None = None) -> None:
        self.log, self.parent = log, parent
        self.enabled = True
        self.alert = self.use_property_split = self.use_property_decorate = False

    @property
    def is_enabled(self) -> bool:
        return self.enabled and (self.parent is None or self.parent.is_enabled)

    def __getattribute__(self, name: str) -> Any:
        """Calls are checked against the real layout's arguments."""
        found = super().__getattribute__(name)
        functions = bpy_module.types.UILayout.bl_rna.functions
        if name not in functions:
            return found
        known = [p.identifier for p in functions[name].parameters if not p.is_output]

        def checked(*positional: Any, **named: Any) -> Any:
            assert len(positional) <= len(known)
            assert set(named) <= set(known[len(positional) :]), (name, named)
            return found(*positional, **named)

        return checked

    def _child(self, **_: Any) -> Layout:
        return Layout(self.log, self)

    row = column = box = split = _child

    def separator(self, **_: Any) -> None:
        pass

    def label(self, text: str = "", icon: str = "NONE") -> None:
        self._check_icon(icon)
        self.log.append(("label", text, self.is_enabled))

    def progress(self, factor: float, text: str) -> None:
        assert 0.0 <= factor <= 1.0
        self.log.append(("progress", text, self.is_enabled))

    def prop(self, owner: Any, name: str, icon: str = "NONE", **_: Any) -> None:
        assert name in owner.bl_rna.properties, f"{owner}: {name}"
        self._check_icon(icon)
        self.log.append(("prop", name, self.is_enabled))

    def prop_search(
        self, owner: Any, name: str, where: Any, collection: str, icon: str = "NONE"
    ) -> None:
        self._check_icon(icon)
        assert name in owner.bl_rna.properties
        assert collection in where.bl_rna.properties
        self.log.append(("prop", name, self.is_enabled))

    def template_list(self, *_: Any, **__: Any) -> None:
        pass

    def operator(self, name: str, icon: str = "NONE", text: str = "", **_: Any) -> Any:
        group, _, action = name.partition(".")
        getattr(getattr(bpy_module.ops, group), action).get_rna_type()
        self._check_icon(icon)
        self.log.append(("button", text, self.is_enabled))
        self.log.append(("operator", name, self.is_enabled))
        return types.SimpleNamespace()

    def operator_menu_enum(self, name: str, _property: str, icon: str = "NONE") -> Any:
        return self.operator(name, icon)

    def _check_icon(self, icon: str) -> None:
        icons = bpy_module.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items
        assert icon in icons, icon


@pytest.fixture
def drawn(bpy: ModuleType) -> Callable[[], list[tuple[str, str, bool]]]:
    from evp.evp_blender.output.ui import EVP_PT_output
    from evp.evp_blender.shots import ui

    panels = [cls for cls in ui.CLASSES if issubclass(cls, bpy.types.Panel)]

    def draw() -> list[tuple[str, str, bool]]:
        log: list[tuple[str, str, bool]] = []
        for panel in [*panels, EVP_PT_output]:
            panel.draw(types.SimpleNamespace(layout=Layout(log)), bpy.context)
        return log

    return draw


@pytest.fixture(autouse=True)
def nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("evp.evp_blender.steps.reasons.missing_line", lambda: "")
    yield
    from evp.evp_blender.steps.job import end_job

    end_job()


def labels(log: list[tuple[str, str, bool]]) -> str:
    return " ".join(text for kind, text, _ in log if kind == "label")


def texts(log: list[tuple[str, str, bool]]) -> set[str]:
    return {text for kind, text, _ in log if kind == "button"}


def can_run(log: list[tuple[str, str, bool]], button: str = "evp.run") -> bool:
    return any(kind == "operator" and text == button and on for kind, text, on in log)


def test_reasons_lead_from_an_empty_scene_to_a_shot_that_can_run(
    bpy: ModuleType, scene: Any, drawn: Callable[[], Any], plate_folder: Path
) -> None:
    log = drawn()
    assert not can_run(log)
    assert "Add a shot" in labels(log)

    bpy.ops.evp.shot_add(name="sh010")
    log = drawn()
    assert not can_run(log)
    assert "Choose a plate" in labels(log)

    bpy.ops.evp.load_plate(filepath=str(plate_folder / "sh010.1001.png"))
    log = drawn()
    assert not can_run(log)
    assert "no frame rate" in labels(log)

    shot = bpy.context.scene.evp.shots[0]
    shot.plate_rate = 25.0
    log = drawn()
    assert "has no speech" in labels(log)
    assert [can_run(log, f"evp.{step}") for step in ("track", "fit", "listen", "run")] == [
        True,
        True,
        False,
        False,
    ]

    shot.speech = "//line.wav"
    log = drawn()
    assert can_run(log)
    assert "Plate 25.000 fps, scene 24.000 fps" in labels(log)


def test_the_sidebars_of_view_and_clip_editor_are_the_same(bpy: ModuleType) -> None:
    from evp.evp_blender.shots import ui

    spaces: dict[str, list[str]] = {}
    for cls in ui.CLASSES[1:]:
        spaces.setdefault(cls.bl_space_type, []).append(cls.bl_label)
    assert set(spaces) == {"VIEW_3D", "CLIP_EDITOR"}
    assert spaces["VIEW_3D"] == spaces["CLIP_EDITOR"]


def test_agx_is_warned_about_and_one_button_sets_standard(
    bpy: ModuleType, scene: Any, drawn: Callable[[], Any], plate_folder: Path
) -> None:
    bpy.ops.evp.shot_add(plate=str(plate_folder / "sh010.1001.png"), rate=24.0)
    scene.view_settings.view_transform = "AgX"
    log = drawn()
    assert "AgX changes the plate's colours" in labels(log)
    assert ("operator", "evp.standard_view", True) in log
    bpy.ops.evp.standard_view()
    assert scene.view_settings.view_transform == "Standard"
    assert "changes the plate's colours" not in labels(drawn())


def test_a_running_job_shows_progress_and_a_stop_button(
    bpy: ModuleType, scene: Any, drawn: Callable[[], Any]
) -> None:
    from evp.core.progress import Progress
    from evp.evp_blender.steps.job import end_job, start_job

    bpy.ops.evp.shot_add()
    start_job("Track", iter_progress(Progress("track", 3, 10, "frame 4"))).step(0.0)
    log = drawn()
    assert any(kind == "progress" and "3/10" in text for kind, text, _ in log)
    assert ("operator", "evp.cancel", True) in log
    assert not can_run(log)
    end_job("plate.mp4: no face was found.")
    assert "no face was found" in labels(drawn())


def iter_progress(progress: Any) -> Any:
    while True:
        yield progress


def test_missing_packages_are_one_line_beside_the_greyed_button(
    bpy: ModuleType,
    scene: Any,
    drawn: Callable[[], Any],
    plate_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "evp.evp_blender.steps.reasons.missing_line", lambda: "Missing packages: torch"
    )
    bpy.ops.evp.shot_add(plate=str(plate_folder / "sh010.1001.png"), rate=24.0, speech="//a.wav")
    log = drawn()
    assert not can_run(log)
    assert "Missing packages: torch" in labels(log)
    assert ("operator", "preferences.addon_show", True) in log


def test_every_setting_of_every_choice_draws(
    bpy: ModuleType, scene: Any, drawn: Callable[[], Any], plate_folder: Path
) -> None:
    bpy.ops.evp.shot_add(plate=str(plate_folder / "sh010.1001.png"), rate=24.0, speech="//a.wav")
    scene.sequence_editor_create()
    shot = scene.evp.shots[0]
    shot.use_range = shot.use_face = True
    shot.colour_space = "ACEScg"
    seen: set[str] = set()
    for camera in ("DEFAULT", "FOCAL", "OBJECT"):
        for emotion in ("SPEECH", "CURVES", "RECORDING"):
            shot.camera_source, shot.emotion_source = camera, emotion
            seen |= {text for kind, text, _ in drawn() if kind == "prop"}
    from evp.evp_blender.shots.prop import SETTINGS

    assert set(SETTINGS) <= seen
    assert {"happy", "intensity", "camera"} <= seen
    shot.newest_take, shot.take = 3, 2
    assert ("operator", "evp.show_take", True) in drawn()


def test_the_edge_map_over_the_plate_has_an_eye_once_it_is_drawn(
    bpy: ModuleType, shot: Any, pipeline: Any, drawn: Callable[[], Any]
) -> None:
    assert ("prop", "show_background_image", True) not in drawn()
    bpy.ops.evp.preview_edges()
    assert ("prop", "show_background_image", True) in drawn()


def test_preferences_say_what_is_missing(bpy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    from evp.evp_blender import preferences

    monkeypatch.setattr(preferences, "missing_line", lambda: "Missing packages: torch")
    settings = types.SimpleNamespace(
        interpreter="",
        bl_rna=preferences.EVP_preferences.bl_rna,
    )
    log: list[tuple[str, str, bool]] = []
    preferences.draw_preferences(Layout(log), settings)
    assert "Missing packages: torch" in labels(log)


def test_output_and_bake_say_which_step_they_wait_for(
    bpy: ModuleType, shot: Any, pipeline: Any, drawn: Callable[[], Any]
) -> None:
    waiting = {
        "evp.bake_emotion": "Run Listen",
        "evp.export_head": "Run Build Scene",
        "evp.publish": "Run Render",
    }
    log = drawn()
    for button, reason in waiting.items():
        assert not can_run(log, button)
        assert reason in labels(log)
    bpy.ops.evp.render()
    log = drawn()
    for button, reason in waiting.items():
        assert can_run(log, button)
        assert reason not in labels(log)


def test_a_stale_step_and_a_linked_scene_are_drawn_as_such(
    bpy: ModuleType, shot: Any, pipeline: Any, drawn: Callable[[], Any], tmp_path: Path
) -> None:
    bpy.ops.evp.build_scene()
    shot.audio_offset = 0.1
    assert "Build Scene (stale)" in texts(drawn())
    assert "Track (stale)" not in texts(drawn())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (source, target):
        target.scenes = source.scenes
    with bpy.context.temp_override(scene=target.scenes[0]):
        log = drawn()
    assert not can_run(log)
    assert "linked from a library; make it local" in labels(log)
