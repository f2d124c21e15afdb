"""Measure what an artist waits for in Blender: ``python tools/measure_blender.py SHOT``.

SHOT is a shot folder that was run at least to ``align``; the interpreter needs the bpy wheel.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import bpy

from evp.core.face.head import load_head
from evp.core.progress import finish
from evp.evp_blender import api, registration
from evp.evp_blender.scene.build import build_scene
from evp.evp_blender.scene.read import read_aligned
from evp.evp_blender.steps import work
from evp.evp_blender.steps.content import shot_content
from evp.evp_blender.steps.job import end_job, start_job

REPEATS = 4


def measure(shot_folder: Path) -> None:
    """Open the shot in an empty file and print seconds, the best of ``REPEATS``."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    scene = bpy.context.scene
    started = time.perf_counter()
    shot = api.open_shot(str(shot_folder))
    print(f"open the folder and build the scene   {time.perf_counter() - started:8.3f} s")
    content, head = shot_content(scene, shot.settings), load_head()
    count = len(content.fit.valid)
    print(f"frames                                {count:8d}")
    takes = iter(range(2, 2 + REPEATS))
    seconds = best(lambda: build_scene(scene, content, head, next(takes)))
    print(f"build a new take                      {seconds:8.3f} s")
    objects = shot.objects
    assert objects is not None
    seconds = best(lambda: finish(read_aligned(scene, objects, content, head)))
    print(f"read the scene back, per frame        {1000 * seconds / count:8.3f} ms")
    held: list[float] = []

    def predict(has_window: bool) -> None:
        # A weight no earlier run had: what is still valid would not be predicted again.
        shot.key_emotion(scene.frame_start + 1, "happy", 0.2 + 0.6 * (time.time() % 1.0))
        generator = work.predict_and_build(scene.name, shot.settings.identity)
        job = start_job("measure", generator, has_window)
        finished = False
        while not finished:
            before = time.perf_counter()
            finished = job.step(0.05)
            if has_window:
                held.append(time.perf_counter() - before)
        end_job()

    used = time.process_time()
    print(f"predict again after a key, script     {best(lambda: predict(False)):8.3f} s")
    used = (time.process_time() - used) / REPEATS
    print(f"  processor time of it, mean          {used:8.3f} s")
    print(f"predict again after a key, window     {best(lambda: predict(True)):8.3f} s")
    print(f"longest hold-up of the window         {max(held):8.3f} s")


def best(action: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shot", type=Path)
    options = parser.parse_args()
    registration.register()
    try:
        measure(options.shot)
    finally:
        registration.unregister()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
