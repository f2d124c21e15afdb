"""Build and validate the Blender extension's zip with Blender's own packager.

``python tools/build_extension.py`` builds the light zip, without the heavy packages.
``python tools/build_extension.py --platform linux-x64`` downloads their wheels and builds a zip
that carries them, for one platform. The interpreter needs the bpy wheel, or give
``--blender-ext`` the path of ``blender_ext.py`` of an installed Blender.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent

PLATFORM_TAGS: dict[str, tuple[str, ...]] = {
    "linux-x64": (
        *(f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)),
        "manylinux2014_x86_64",
    ),
    "macos-arm64": tuple(f"macosx_{major}_0_arm64" for major in range(15, 10, -1)),
    "windows-x64": ("win_amd64",),
}
"""Blender's name of a platform -> pip's, the newest first."""

PYTHON_VERSION = "3.11"
"""Of the Blender the extension is for, 4.2 to 5.0."""

SHIPPED_BY_BLENDER = ("numpy",)
"""Packages that must be Blender's own."""


def find_packager() -> Path:
    """Find ``blender_ext.py`` inside the bpy wheel, without importing bpy.

    Raises:
        FileNotFoundError: there is no bpy in this interpreter.
    """
    spec = importlib.util.find_spec("bpy")
    if spec is not None and spec.origin is not None:
        pattern = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
        for path in sorted(Path(spec.origin).parent.glob(pattern)):
            return path
    raise FileNotFoundError(
        "blender_ext.py was not found: install bpy in this interpreter or give --blender-ext."
    )


def build(output_folder: Path, packager: Path, source: Path = SOURCE) -> Path:
    """Validate the manifest, build the zip, validate the zip, and return its path.

    Raises:
        subprocess.CalledProcessError: the packager refused the manifest or the zip.
    """
    output_folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(packager)]
    subprocess.run([*command, "validate", str(source)], check=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*command, "build", "--source-dir", str(source), "--output-dir", folder], check=True
        )
        made = next(Path(folder).glob("*.zip"))
        subprocess.run([*command, "validate", str(made)], check=True)
        return Path(shutil.move(made, output_folder / made.name))


def build_with_wheels(
    output_folder: Path, packager: Path, platform: str, wheels: list[Path], source: Path = SOURCE
) -> Path:
    """Build a zip that carries wheels, for one platform.

    Args:
        output_folder: gets the zip.
        packager: ``blender_ext.py``.
        platform: Blender's name of it.
        wheels: the files.
        source: the package.
    """
    with tempfile.TemporaryDirectory() as folder:
        light = build(Path(folder), packager, source)
        stage = Path(folder) / "stage"
        with zipfile.ZipFile(light) as archive:
            archive.extractall(stage)
        (stage / "wheels").mkdir()
        for wheel in wheels:
            shutil.copy2(wheel, stage / "wheels" / wheel.name)
        manifest = stage / "blender_manifest.toml"
        names = "".join(f'  "./wheels/{wheel.name}",\n' for wheel in sorted(wheels))
        head = f'platforms = ["{platform}"]\nwheels = [\n{names}]\n'
        manifest.write_text(head + manifest.read_text(encoding="utf-8"), encoding="utf-8")
        made = build(Path(folder) / "full", packager, stage)
        output_folder.mkdir(parents=True, exist_ok=True)
        name = f"{made.stem}-{platform.replace('-', '_')}.zip"
        return Path(shutil.move(made, output_folder / name))


def download_wheels(platform: str, folder: Path) -> list[Path]:
    """Download the wheels of everything the package needs, in the versions that were tested.

    Raises:
        subprocess.CalledProcessError: pip found no wheel of a package for the platform.
    """
    with (SOURCE / "pyproject.toml").open("rb") as file:
        needed = tomllib.load(file)["project"]["dependencies"]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--only-binary", ":all:"]
    command += ["--implementation", "cp", "--python-version", PYTHON_VERSION]
    for tag in PLATFORM_TAGS[platform]:
        command += ["--platform", tag]
    command += ["--constraint", str(SOURCE / "constraints.txt"), "--dest", str(folder), *needed]
    subprocess.run(command, check=True)
    return [
        path
        for path in sorted(folder.glob("*.whl"))
        if path.name.partition("-")[0].lower() not in SHIPPED_BY_BLENDER
    ]


def main() -> int:
    """Build from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output-dir", type=Path, default=SOURCE / "dist")
    parser.add_argument("--blender-ext", type=Path, default=None, help="path of blender_ext.py")
    parser.add_argument(
        "--platform", choices=PLATFORM_TAGS, help="carry the heavy packages, for this platform"
    )
    parser.add_argument(
        "--wheels", type=Path, default=None, help="folder of wheels to use, nothing is downloaded"
    )
    options = parser.parse_args()
    packager = options.blender_ext or find_packager()
    if options.platform is None:
        path = build(options.output_dir, packager)
    else:
        if options.wheels is None:
            wheels = download_wheels(options.platform, SOURCE / "build" / options.platform)
        else:
            wheels = sorted(options.wheels.glob("*.whl"))
        path = build_with_wheels(options.output_dir, packager, options.platform, wheels)
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
