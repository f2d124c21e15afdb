"""The whole job on a few frames of the real plate, as a user runs it."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
import soundfile

from evp.cli.main import main
from evp.compose import Networks
from evp.core.media.colour import to_linear
from evp.core.media.colour_space import colour_space, from_working
from evp.core.media.images import image_text, read_image, write_exr, write_png
from evp.core.media.plate import open_plate, read_frames
from evp.core.pipeline import Pipeline
from evp.core.progress import finish
from evp.core.shot import Shot
from evp.core.stage_keys import STAGE_VERSIONS
from evp.models.speech import network
from evp.models.weights import save_weights

FIRST, LAST = 300, 311
DEMO = Path(__file__).resolve().parent.parent.parent / "demo"


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of the demo speech, from its middle."""
    samples, rate = soundfile.read(DEMO / "speech.flac")
    path = tmp_path_factory.mktemp("speech") / "line.wav"
    soundfile.write(path, samples[rate : rate + rate * 4 // 10], rate)
    return path


def arguments(plate: Path, speech: Path, out: Path, *more: str) -> list[str]:
    return [
        *("run", "--plate", str(plate), "--audio", str(speech), "--out", str(out)),
        *("--frames", f"{FIRST}-{LAST}", "--adapt-seconds", "0", *more),
    ]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, demo_files: Path, speech: Path) -> Path:
    """A shot that was run once."""
    out = tmp_path_factory.mktemp("shots") / "ein Schuß 1"
    plate = demo_files / "WolfgangLanger_Pexels.mp4"
    assert main(arguments(plate, speech, out, "--emotion", "happy")) == 0
    return out


def test_the_movie_has_the_plates_frames_and_the_new_sound(finished: Path):
    result = open_plate(finished / "result.mp4")
    assert (len(result), result.width, result.height) == (LAST - FIRST + 1, 640, 360)
    assert result.has_audio
    with av.open(str(finished / "result.mp4")) as movie:
        assert "synthetic" in movie.metadata["comment"]


def test_only_the_face_differs_from_the_plate(finished: Path):
    plate = Shot(finished).read_settings().plate
    changed = np.zeros((360, 640), bool)
    for index, pixels in enumerate(read_frames(open_plate(plate, (FIRST, LAST)))):
        frame = read_image(finished / "frames" / f"frame.{FIRST + index:04d}.png")
        changed |= (frame != pixels).any(axis=-1)
    assert 0.005 < changed.mean() < 0.5
    assert not changed[:, :200].any()


def test_the_report_says_what_was_done_and_from_what(finished: Path):
    report = json.loads((finished / "report.json").read_text())
    assert list(report["stages"])[:3] == ["track", "fit", "listen"]
    assert all(len(value) == 64 for value in report["inputs"].values())
    assert any("speech was not adapted" in note for note in report["notes"])
    assert report["versions"]["torch"] and report["weights"]["speech"]
    name = f"frame.{FIRST:04d}.png"
    assert image_text(finished / "frames" / name, "audio_sha256") == report["inputs"]["audio"]


def test_another_emotion_tracks_and_fits_nothing_again(finished: Path, speech: Path):
    settings = Shot(finished).read_settings()
    before = read_image(finished / "frames" / f"frame.{LAST:04d}.png")
    assert main(arguments(settings.plate, speech, finished, "--emotion", "sad")) == 0
    stages = json.loads((finished / "report.json").read_text())["stages"]
    assert all(stages[name]["reused"] for name in ("track", "fit", "listen", "gather"))
    assert not stages["perform"]["reused"]
    after = read_image(finished / "frames" / f"frame.{LAST:04d}.png")
    assert (before != after).any()


def stages_of_an_alignment(shot: Shot) -> dict[str, bool]:
    """Which stages were still valid when the shot is aligned once more."""
    settings = shot.read_settings()
    pipeline = Pipeline(shot, settings, Networks(settings))
    finish(pipeline.align())
    return {name: stage.reused for name, stage in pipeline.report.stages.items()}


def test_another_sound_classifier_is_listened_with_again_and_fits_nothing(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shot = Shot(shutil.copytree(finished, tmp_path / "shot"))
    classifier = network.load_weights(network.SOUNDS_FILE, network.SOUNDS_ARCHITECTURE)
    other = tmp_path / "other.safetensors"
    save_weights(other, classifier.tensors, network.SOUNDS_ARCHITECTURE, {"trained": "anew"})
    monkeypatch.setattr(network, "SOUNDS_FILE", other)
    heard = {"track": True, "fit": True, "manner": False}
    again = stages_of_an_alignment(shot)
    assert again == {**heard, "listen": False, "perform": False, "align": False}
    assert all(stages_of_an_alignment(shot).values())


def test_a_stage_that_is_made_in_another_way_is_made_again_with_what_follows(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shot = Shot(shutil.copytree(finished, tmp_path / "shot"))
    monkeypatch.setitem(STAGE_VERSIONS, "perform", STAGE_VERSIONS["perform"] + 1)
    again = stages_of_an_alignment(shot)
    assert [name for name, reused in again.items() if not reused] == ["perform", "align"]
    assert main(["export", str(shot.folder)]) == 0
    monkeypatch.setitem(STAGE_VERSIONS, "track", STAGE_VERSIONS["track"] + 1)
    assert main(["export", str(shot.folder)]) == 2


def test_a_shot_that_is_only_fitted_exports_the_plates_own_curves(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shot = Shot(shutil.copytree(finished, tmp_path / "shot"))
    for file in shot.folder.glob("curves*.csv"):
        file.unlink()
    assert main(["export", str(shot.folder)]) == 0
    whole = (shot.folder / "curves_plate.csv").read_text()
    (shot.folder / "curves_plate.csv").unlink()
    (shot.folder / "curves.csv").unlink()
    (shot.stages / "align.npz").unlink()
    assert main(["export", str(shot.folder)]) == 0
    assert (shot.folder / "curves_plate.csv").read_text() == whole
    assert not (shot.folder / "curves.csv").exists()
    (shot.stages / "fit.npz").unlink()
    assert main(["export", str(shot.folder)]) == 2
    assert "'fit' was not run on this shot; run it first" in capsys.readouterr().err


def test_curves_and_pictures_of_other_frames_than_the_shots_are_refused(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shot = Shot(shutil.copytree(finished, tmp_path / "shot"))
    assert main(["export", str(shot.folder)]) == 0
    settings = shot.read_settings()
    shot.write_settings(dataclasses.replace(settings, frames=(FIRST + 1, LAST + 1)))
    for command in ("export", "overlay", "sheet"):
        assert main([command, str(shot.folder)]) == 2
        assert "changed since it was fitted; run evp fit" in capsys.readouterr().err
    assert not (shot.folder / "overlay.mp4").exists()


def test_a_sheet_compares_shots_of_one_plate_only(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    other = Shot(shutil.copytree(finished, tmp_path / "other"))
    out = ["--every", "6", "--out", str(tmp_path / "sheet.png")]
    assert main(["sheet", str(finished), "--beside", str(other.folder), *out]) == 0
    (tmp_path / "sheet.png").unlink()
    for file in (other.folder / "frames").iterdir():
        write_png(file, read_image(file), {"plate_sha256": "another"})
    assert main(["sheet", str(finished), "--beside", str(other.folder), *out]) == 2
    assert "another plate" in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()


def test_a_damaged_stage_is_made_again(finished: Path, tmp_path: Path):
    shot = Shot(shutil.copytree(finished, tmp_path / "shot"))
    before, fit = shot.load_fit(), shot.stages / "fit.npz"
    content = bytearray(fit.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(value ^ 0x5A for value in content[middle : middle + 40])
    fit.write_bytes(content)
    assert shot.stored_key("fit") is not None
    assert main(["fit", str(shot.folder)]) == 0
    assert np.array_equal(shot.load_fit().rotation, before.rotation)


def test_a_stopped_run_keeps_its_frames_and_goes_on(demo_files: Path, speech: Path, tmp_path: Path):
    plate = demo_files / "WolfgangLanger_Pexels.mp4"
    command = [sys.executable, "-m", "evp", *arguments(plate, speech, tmp_path / "shot")]
    faces = tmp_path / "shot" / "stages" / "faces"
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(faces.glob("face.*.npz")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, message = process.communicate(timeout=60)
    kept = {path: os.stat(path).st_mtime_ns for path in faces.glob("face.*.npz")}
    if process.returncode != 0:
        assert process.returncode == 130 and "stopped" in message
        assert "Traceback" not in message
    assert kept
    assert main(command[3:]) == 0
    assert main(command[3:]) == 0
    stages = json.loads((tmp_path / "shot" / "report.json").read_text())["stages"]
    assert stages["render"]["reused"] and stages["composite"]["reused"]
    assert {path: os.stat(path).st_mtime_ns for path in kept} == kept
    assert (tmp_path / "shot" / "result.mp4").is_file()


def test_chunks_give_the_frames_of_one_go(finished: Path, speech: Path, tmp_path: Path):
    shot = tmp_path / "chunks"
    settings = Shot(finished).read_settings()
    whole = tmp_path / "whole"
    begin = arguments(settings.plate, speech, whole)
    assert main(begin) == 0
    assert main(["align", str(shot), *begin[1:5], *begin[7:]]) == 0
    for first, last in ((FIRST, FIRST + 4), (FIRST + 5, LAST)):
        assert main(["composite", str(shot), "--only", f"{first}-{last}"]) == 0
    for number in range(FIRST, LAST + 1):
        name = f"frames/frame.{number:04d}.png"
        assert np.array_equal(read_image(shot / name), read_image(whole / name))


def test_frames_of_another_range_and_format_are_not_left_among_the_new_ones(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shot = Shot(shutil.copytree(finished, tmp_path / "shot"))
    before = {path.name: path.read_bytes() for path in shot.frames.iterdir()}
    changed = ["--frames", f"{FIRST + 1}-{LAST}", "--format", "exr"]
    assert main(["composite", str(shot.folder), "--only", f"{LAST}", *changed]) == 0
    assert "they lie in earlier_frames/ now" in capsys.readouterr().out
    assert [path.name for path in shot.frames.iterdir()] == [f"frame.0{LAST}.exr"]
    aside = shot.folder / "earlier_frames"
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == before


def test_an_unknown_colour_space_is_one_sentence(
    demo_files: Path, speech: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    plate = demo_files / "WolfgangLanger_Pexels.mp4"
    assert main(arguments(plate, speech, tmp_path / "s", "--colour-space", "ACEScgg")) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("evp: The colour space 'ACEScgg' is not in the config")
    assert "\n" not in said


def test_an_acescg_plate_is_delivered_in_its_own_space(
    demo_files: Path, speech: Path, tmp_path: Path
):
    movie = open_plate(demo_files / "WolfgangLanger_Pexels.mp4", (FIRST, LAST))
    space = colour_space("ACEScg")
    recorded = []
    for number, pixels in zip(movie.frame_numbers, read_frames(movie), strict=True):
        light = to_linear(pixels / 255.0).astype(np.float32)
        light[:40, :40] = 6.0
        recorded.append(from_working(light, space).astype(np.float16).astype(np.float32))
        channels = {name: recorded[-1][..., i] for i, name in enumerate("RGB")}
        write_exr(tmp_path / f"plate.{number}.exr", channels, {})
    out = tmp_path / "shot"
    plate = tmp_path / f"plate.{FIRST}.exr"
    more = ("--format", "exr", "--emotion", "happy", "--plate-rate", "25")
    assert main(arguments(plate, speech, out, *more, "--colour-space", "ACEScg")) == 0
    frame = out / "frames" / f"frame.0{FIRST + 5}.exr"
    assert image_text(frame, "evp_colour_space") == "ACEScg"
    assert "ACEScg" in json.loads((out / "report.json").read_text())["colour"]
    with OpenEXR.File(str(frame), separate_channels=True) as file:
        layers = {name: channel.pixels for name, channel in file.channels().items()}
    outside = layers["matte.V"] == 0
    beauty = np.stack([layers[name] for name in "RGB"], axis=-1)
    assert np.array_equal(beauty[outside], recorded[5][outside])
    assert beauty[:40, :40].min() > 5.0 and 0.4 < outside.mean() < 1.0
    inside = layers["matte.V"] > 0.9
    change = np.abs(beauty[inside].mean(axis=0) / recorded[5][inside].mean(axis=0) - 1.0)
    assert change.max() < 0.1


def test_a_plate_is_fitted_before_there_is_a_speech(
    demo_files: Path, speech: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    plate, folder = demo_files / "WolfgangLanger_Pexels.mp4", tmp_path / "shot"
    begun = ["fit", str(folder), "--plate", str(plate), "--frames", f"{FIRST}-{FIRST + 3}"]
    assert main(begun) == 0
    fitted = Shot(folder).stored_key("fit")
    assert fitted is not None
    for stage in ("listen", "perform", "deliver"):
        assert main([stage, str(folder)]) == 2
        assert "--audio is missing" in capsys.readouterr().err.splitlines()[-1]
    given = ["--audio", str(speech), "--extend", "pingpong"]
    assert main(["align", str(folder), *given]) == 0
    assert Shot(folder).stored_key("fit") == fitted
    assert len(Shot(folder).load_aligned().valid) > 4
