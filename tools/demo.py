"""Run the demo shot and lay out what it made: movie, frames, scene, contact sheet, report."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from evp.cli.main import main as evp

DEMO = Path(__file__).resolve().parent.parent / "demo"


def main() -> int:
    """Run the job as a user would, then the two views of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plate", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    out: Path = options.out
    shot_options = [
        *("--plate", str(options.plate)),
        # Before frame 234 a hand covers the mouth; forth and back the rest outlasts the speech.
        *("--frames", "234-440", "--extend", "pingpong", "--upper-face", "emotion"),
        *("--audio", str(DEMO / "speech.flac")),
        *("--transcript", str(DEMO / "speech.txt"), "--language", "en-us"),
        *("--emotion-curve", str(DEMO / "emotion.json")),
        *("--format", "exr"),
    ]
    code = evp(["run", "--out", str(out), *shot_options])
    if code == 0:
        code = evp(["sheet", str(out), "--every", "24"])
    if code == 0:
        # bpy keeps the process it is loaded into; give it one of its own.
        scene = [
            sys.executable,
            "-m",
            "evp.evp_blender.write_scene",
            str(out),
            f"{out}/scene.blend",
        ]
        code = subprocess.run(scene, check=False).returncode
    if code == 0:
        print(f"open {out}/result.mp4        the plate, saying the new line")
        print(f"open {out}/contact_sheet.png  plate, mesh, edge map, result")
        print(f"open {out}/scene.blend        in Blender 4.5: camera, head, curves, compositor")
        print(f"     {out}/frames/            multilayer EXR frames")
        print(f"     {out}/report.json        seconds, memory, flagged frames, hashes")
    return code


if __name__ == "__main__":
    sys.exit(main())
