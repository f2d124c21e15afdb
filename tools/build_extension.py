"""Build and validate the Blender extension's zip with the command line of Blender's own packager.

Run as ``python tools/build_extension.py [--output-dir dist]`` from an interpreter that has the bpy
wheel, or give ``--blender-ext`` the path of ``blender_ext.py`` of an installed Blender.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent


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
    before = {path: path.stat().st_mtime_ns for path in output_folder.glob("*.zip")}
    subprocess.run(
        [*command, "build", "--source-dir", str(source), "--output-dir", str(output_folder)],
        check=True,
    )
    written = [
        path for path in output_folder.glob("*.zip") if before.get(path) != path.stat().st_mtime_ns
    ]
    if len(written) != 1:
        raise FileNotFoundError(f"the packager wrote {len(written)} zips to {output_folder}.")
    subprocess.run([*command, "validate", str(written[0])], check=True)
    return written[0]


def main() -> int:
    """Build from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--output-dir", type=Path, default=SOURCE / "dist")
    parser.add_argument("--blender-ext", type=Path, default=None, help="path of blender_ext.py")
    options = parser.parse_args()
    packager = options.blender_ext or find_packager()
    path = build(options.output_dir, packager)
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
