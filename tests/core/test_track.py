import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from evp.core.errors import FaceNotFoundError
from evp.core.face.landmarker import Detection, Landmarker
from evp.core.face.person import PersonFollower, choose_person
from evp.core.face.symmetric_landmarker import mirror_detection
from evp.core.media.images import write_png
from evp.core.media.plate import open_plate, read_frames
from evp.core.progress import finish
from evp.core.records import FaceState
from evp.core.track import TrackSettings, _bridge, _flashes, track_face


def face(x: float, y: float = 50.0, size: float = 20.0) -> Detection:
    landmarks = np.full((478, 3), 0.0, np.float32)
    landmarks[:, :2] = (x, y)
    landmarks[33, 0] -= size / 2
    landmarks[263, 0] += size / 2
    landmarks[10, 1] -= size / 2
    landmarks[152, 1] += size / 2
    return Detection(landmarks, np.zeros(52, np.float32), 0.0)


def picture(*faces: tuple[float, tuple[int, int, int]]) -> np.ndarray:
    pixels = np.zeros((100, 300, 3), np.uint8)
    for x, colour in faces:
        pixels[30:70, int(x) - 15 : int(x) + 15] = colour
    return pixels


def test_a_plate_without_a_face_is_refused_in_one_sentence(make_movie):
    with pytest.raises(FaceNotFoundError, match=r"plate\.mp4: no face was found"):
        finish(track_face(open_plate(make_movie(count=3)), TrackSettings()))


def test_the_largest_the_numbered_or_the_clicked_face_is_chosen():
    faces = [face(200, size=30), face(50), face(120)]
    assert choose_person(faces, None, None) is faces[0]
    assert choose_person(faces, 0, None) is faces[1]
    assert choose_person(faces, 3, None) is None
    assert choose_person(faces, None, (125, 52)) is faces[2]
    assert choose_person(faces, None, (290, 5)) is None


def test_a_person_is_followed_through_a_crossing():
    red, blue = (200, 40, 40), (40, 40, 200)
    follower = None
    for step in range(21):
        x_red, x_blue = 50 + 10 * step, 250 - 10 * step
        pixels = picture((x_blue, blue), (x_red, red))
        # Detectors list faces in any order, and see one of two that cover each other.
        faces = [face(x_red), face(x_blue)][:: 1 if step % 2 else -1]
        if abs(x_red - x_blue) < 20:
            faces = [face(x_red)]
        if follower is None:
            follower = PersonFollower(face(x_red), pixels)
        followed = follower.follow(faces, pixels)
        assert followed is not None and followed.centre[0] == pytest.approx(x_red, abs=0.5)


def test_somebody_elses_face_far_away_is_not_taken_for_a_lost_one():
    pixels = picture((50, (200, 40, 40)), (250, (40, 40, 200)))
    follower = PersonFollower(face(50), pixels)
    assert follower.follow([face(250)], pixels) is None


def test_a_flash_far_from_the_face_is_not_a_face():
    lost, seen = FaceState.LOST, FaceState.SEEN
    state = np.array([seen] * 12 + [lost] * 4 + [seen] + [lost] * 9 + [seen] * 2 + [lost] * 3)
    assert _flashes(state).tolist() == [26, 27]
    assert len(_flashes(state[20:])) == 0
    assert len(_flashes(np.array([seen]))) == 0


def test_only_short_gaps_within_a_take_are_bridged_and_marked():
    state = np.array([1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1], np.int8)
    segment = np.array([0] * 11 + [1, 1], np.int32)
    landmarks = np.full((13, 478, 3), np.nan, np.float32)
    landmarks[state == 1] = np.flatnonzero(state == 1)[:, None, None]
    confidence = state.astype(np.float32)
    _bridge(landmarks, np.zeros((13, 52)), confidence, state, segment)
    assert state.tolist() == [1, 2, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    assert np.allclose(landmarks[:4, 0, 0], [0, 1, 2, 3])
    assert np.isnan(landmarks[4:10]).all()
    assert (confidence[1:3] <= 0.5).all()


def test_a_plate_that_loses_its_face_goes_on_and_says_where(demo_files: Path):
    plate = open_plate(demo_files / "face_noface.mov", frames=(60, 90))
    track = finish(track_face(plate, TrackSettings()))
    assert (track.state[:10] == FaceState.SEEN).all()
    assert (track.state[-10:] == FaceState.LOST).all()
    assert np.isnan(track.landmarks[~track.found]).all()


def test_the_track_does_not_lag_behind_the_face(demo_files: Path):
    plate = open_plate(demo_files / "WolfgangLanger_Pexels.mp4", frames=(1, 16))
    track = finish(track_face(plate, TrackSettings()))
    landmarker = Landmarker(1, video=False)
    alone = []
    for pixels in read_frames(plate):
        looks = [landmarker.detect(image, 0.0)[0] for image in (pixels, pixels[:, ::-1])]
        alone.append((looks[0].landmarks + mirror_detection(looks[1], plate.width).landmarks) / 2)
    landmarker.close()
    np.testing.assert_allclose(track.landmarks[8:, :, :2], np.array(alone)[8:, :, :2], atol=1.5)


@pytest.mark.parametrize(("number", "column"), [(0, 264), (2, 479), (4, 733)])
def test_persons_are_counted_from_the_left_also_the_small_ones(
    demo_files: Path, number: int, column: int
):
    plate = open_plate(demo_files / "multi_face.jpg")
    track = finish(track_face(plate, TrackSettings(face=number)))
    assert track.landmarks[0, :, 0].mean() == pytest.approx(column, abs=12)


def test_a_small_face_can_be_clicked_on(demo_files: Path):
    plate = open_plate(demo_files / "multi_face.jpg")
    track = finish(track_face(plate, TrackSettings(click=(480.0, 265.0))))
    assert track.landmarks[0, :, 0].mean() == pytest.approx(479, abs=12)


@pytest.fixture(scope="module")
def nearing(demo_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Someone whose face is first 8, then 40 per cent of the picture's height; a few frames."""
    folder = tmp_path_factory.mktemp("nearing")
    source = open_plate(demo_files / "WolfgangLanger_Pexels.mp4", frames=(235, 264))
    for number, pixels in enumerate(read_frames(source)):
        height = round(720 * 0.11 * 5 ** (number / (len(source) - 1)))
        size = (round(height * 16 / 9), height)
        frame = np.full((720, 1280, 3), 90, np.uint8)
        x, y = (1280 - size[0]) // 2, (720 - size[1]) // 2
        frame[y : y + size[1], x : x + size[0]] = cv2.resize(
            pixels, size, interpolation=cv2.INTER_AREA
        )
        write_png(folder / f"nearing.{number:04d}.png", frame)
    return folder


@pytest.mark.parametrize("backwards", [False, True])
def test_a_face_is_followed_from_small_to_large_and_back(nearing: Path, backwards: bool):
    plate = open_plate(nearing)
    order = np.arange(len(plate))[:: -1 if backwards else 1]
    track = finish(track_face(dataclasses.replace(plate, order=order), TrackSettings()))
    assert (track.state == FaceState.SEEN).all()
    heights = np.ptp(track.landmarks[:, :, 1], axis=1) / plate.height
    assert [heights.min(), heights.max()] == pytest.approx([0.08, 0.41], abs=0.02)
