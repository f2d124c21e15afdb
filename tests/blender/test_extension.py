"""The zip builds, installs, registers without the heavy packages, and breaks no policy."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from wave_file import write_wave

pytest.importorskip("bpy")

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PLATE = CHECKOUT / ".cache/demo/feat/tests/data/WolfgangLanger_Pexels.mp4"


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, str(CHECKOUT / "tools/build_extension.py"), "--output-dir", str(folder)],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.zip"))


def run_in_blender(script: str, folder: Path, *arguments: str) -> str:
    """Run a script in a Blender of its own with an empty user folder; it must print OK last."""
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "user")}
    (folder / "user").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("OK"), done.stdout + done.stderr
    return done.stdout


INSTALL = """
import sys
import bpy
bpy.ops.extensions.package_install_files(
    filepath=sys.argv[1], repo="user_default", enable_on_install=True
)
assert "bl_ext.user_default.evp_blender" in bpy.context.preferences.addons
"""

POLICY = """
import addon_utils
addon_utils.extensions_refresh(ensure_wheels=False)
assert addon_utils._extensions_warnings_get() == {}, addon_utils._extensions_warnings_get()
"""

HIDE_HEAVY_PACKAGES = """
import importlib.abc, sys
HEAVY = {"av", "cv2", "librosa", "mediapipe", "OpenEXR", "safetensors", "scipy", "torch"}
class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HEAVY:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hide())
"""

DISABLE = """
import bpy
bpy.ops.preferences.addon_disable(module="bl_ext.user_default.evp_blender")
assert not [name for name in dir(bpy.types) if name.startswith("EVP_")]
assert not hasattr(bpy.types.Object, "evp_emotion")
assert not [f for f in bpy.app.handlers.load_pre if "evp" in f.__module__]
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.evp_blender")
bpy.ops.preferences.addon_disable(module="bl_ext.user_default.evp_blender")
assert not hasattr(bpy.types.Scene, "evp")
print("OK")
"""


def test_zip_holds_the_package_and_nothing_else(extension: Path) -> None:
    names = zipfile.ZipFile(extension).namelist()
    assert "blender_manifest.toml" in names
    assert "evp_blender/registration.py" in names
    assert "core/assets/head.npz" in names
    unwanted = ("tests/", "docs/", "tools/", "dist/", "out/", ".", "evp.egg-info/", "build/")
    assert [name for name in names if name.startswith(unwanted)] == []
    assert [name for name in names if "__pycache__" in name] == []


def test_installs_from_the_zip_without_a_policy_warning(extension: Path, tmp_path: Path) -> None:
    script = INSTALL + 'bpy.ops.evp.shot_add(name="sh010")\n' + POLICY + DISABLE
    run_in_blender(script, tmp_path, str(extension))


def test_works_on_after_blender_reloaded_its_scripts(extension: Path, tmp_path: Path) -> None:
    script = (
        INSTALL
        + """
bpy.ops.script.reload()
assert bpy.ops.evp.shot_add() == {"FINISHED"}
bpy.ops.preferences.addon_disable(module="bl_ext.user_default.evp_blender")
assert not [name for name in dir(bpy.types) if name.startswith("EVP_")]
print("OK", flush=True)
# A module that reloaded its scripts hangs when it exits, with this add-on or without.
import os
os._exit(0)
"""
    )
    run_in_blender(script, tmp_path, str(extension))


def test_registers_without_the_heavy_packages_and_says_so(extension: Path, tmp_path: Path) -> None:
    script = (
        HIDE_HEAVY_PACKAGES
        + INSTALL
        + """
from bl_ext.user_default.evp_blender.evp_blender.requirements import missing_line
assert missing_line().startswith("Missing packages: av, librosa, mediapipe"), missing_line()
assert "\\n" not in missing_line()
assert not HEAVY & set(sys.modules)
"""
        + POLICY
        + DISABLE
    )
    run_in_blender(script, tmp_path, str(extension))


HEAVY_WORK_ELSEWHERE = """
addon = bpy.context.preferences.addons["bl_ext.user_default.evp_blender"]
addon.preferences.interpreter = sys.argv[2]
from bl_ext.user_default.evp_blender.evp_blender import api
shot = api.add_shot(
    "sh010", plate=sys.argv[3], speech=sys.argv[4], use_range=True, frame_first=3, frame_last=7
)
assert bpy.ops.evp.fit() == {"FINISHED"}
from bl_ext.user_default.evp_blender.core.face.head import load_head
from bl_ext.user_default.evp_blender.evp_blender.scene.build import build_scene
from bl_ext.user_default.evp_blender.evp_blender.steps.content import shot_content
objects = build_scene(
    bpy.context.scene, shot_content(bpy.context.scene, shot.settings), load_head(), take=1
)
assert bpy.context.scene.frame_start == 3
assert len(objects.head.data.shape_keys.key_blocks) == 53
shot.settings.face, shot.settings.use_face = 5, True
try:
    bpy.ops.evp.track()
except RuntimeError as error:
    assert str(error).count("Error") <= 1, error
else:
    raise AssertionError("there is no sixth person")
assert not HEAVY & set(sys.modules)
"""

DISABLE_WHILE_A_JOB_RUNS = """
from bl_ext.user_default.evp_blender.evp_blender.engine import process
from bl_ext.user_default.evp_blender.evp_blender.steps import job, work
shot.settings.use_face = False
shot.settings.frame_last = 8
running = job.start_job("Track", work.track("Scene", shot.settings.identity), has_window=True)
while running.progress.stage != "track":
    assert not running.step(0.0)
worker = process._worker
assert worker.is_alive
bpy.ops.preferences.addon_disable(module="bl_ext.user_default.evp_blender")
assert not worker.is_alive
assert job.running_job() is None
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.evp_blender")
assert bpy.context.scene.evp.shots[0].name == "sh010"
"""


def test_heavy_work_runs_in_the_python_of_the_preferences(extension: Path, tmp_path: Path) -> None:
    if not PLATE.is_file():
        pytest.skip("make test downloads the plate")
    speech = tmp_path / "line.wav"
    write_wave(speech, 0.2 * np.cos(np.pi * np.arange(2000)))
    script = HIDE_HEAVY_PACKAGES + INSTALL + HEAVY_WORK_ELSEWHERE
    script += DISABLE_WHILE_A_JOB_RUNS + DISABLE
    arguments = (str(extension), sys.executable, str(PLATE), str(speech))
    run_in_blender(script, tmp_path, *arguments)


def test_a_full_zip_brings_its_wheels(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    info = "evp_probe-1.0.dist-info"
    with zipfile.ZipFile(wheels / "evp_probe-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("evp_probe.py", "ANSWER = 42\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: evp-probe\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    command = [sys.executable, str(CHECKOUT / "tools/build_extension.py")]
    command += ["--platform", "linux-x64", "--wheels", str(wheels), "--output-dir", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    extension = next(tmp_path.glob("*linux_x64.zip"))
    probe = "import evp_probe\nassert evp_probe.ANSWER == 42\n"
    run_in_blender(INSTALL + probe + POLICY + DISABLE, tmp_path, str(extension))


def test_checkout_works_as_an_extension(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "evp_blender").symlink_to(CHECKOUT, target_is_directory=True)
    script = """
import sys
import bpy
repo = bpy.context.preferences.extensions.repos.new(
    name="evp dev", module="evp_dev", custom_directory=sys.argv[1], remote_url=""
)
bpy.ops.preferences.addon_enable(module="bl_ext.evp_dev.evp_blender")
bpy.ops.evp.shot_add(name="sh010")
assert bpy.context.scene.evp.shots[0].name == "sh010"
bpy.ops.preferences.addon_disable(module="bl_ext.evp_dev.evp_blender")
print("OK")
"""
    run_in_blender(script, tmp_path, str(repository))
