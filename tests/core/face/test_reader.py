import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from evp.core.arkit import SHAPE_INDEX
from evp.core.errors import MissingDependencyError
from evp.core.evaluate.synthetic import GROUPS, MOVES, draw_head
from evp.core.face import reader
from evp.core.face.head import load_head
from evp.core.face.portrait import Painter


@pytest.fixture(scope="module")
def drawn():
    head = load_head()
    return draw_head(101, Painter(head), head, frames=24)


def correlation(found, drawn):
    moving = np.flatnonzero(drawn.expression.std(0) > MOVES)
    pairs = ((found[:, index], drawn.expression[:, index]) for index in moving)
    return np.mean([0 if a.std() < 1e-4 else np.corrcoef(a, b)[0, 1] for a, b in pairs])


def test_curves_are_read_better_than_the_scores_say(drawn):
    read = correlation(reader.read_expression(drawn.track), drawn)
    raw = correlation(drawn.track.scores, drawn)
    assert read > raw + 0.05


def test_landmarks_without_errors_are_read_right():
    head = load_head()
    random = np.random.default_rng(12)
    names = [name for group in GROUPS for name in group if not name.startswith("eyeBlink")]
    expression = np.zeros((60, 52))
    expression[1:, [SHAPE_INDEX[name] for name in names]] = random.uniform(
        0, 0.5, (59, len(names))
    ) * (random.uniform(size=(59, len(names))) < 0.3)
    shape = head.landmarks(head.shape(random.normal(0, 0.7, 50)))
    points = shape + np.tensordot(expression, head.landmark_expression_basis, axes=1)
    pixels = points * np.array([1, -1, -1]) * 1500 + [256, 256, 0]
    features = reader.features(pixels, expression)
    read = features @ reader._weights()
    moving = [SHAPE_INDEX[name] for name in names]
    matches = [np.corrcoef(read[:, index], expression[:, index])[0, 1] for index in moving]
    assert np.mean(matches) > 0.9 and min(matches) > 0.6


def test_the_turn_and_the_size_of_the_head_do_not_matter(drawn):
    turn = Rotation.from_euler("yxz", [25, -10, 15], degrees=True).as_matrix()
    moved = 0.4 * drawn.track.landmarks @ turn.T.astype(np.float32) + np.float32([90, 10, 5])
    turned = dataclasses.replace(drawn.track, landmarks=moved)
    np.testing.assert_allclose(
        reader.read_expression(turned), reader.read_expression(drawn.track), atol=1e-3
    )


def test_a_single_frame_is_its_scores_and_a_lost_one_is_unknown(drawn):
    one = drawn.track.take(np.array([10]))
    np.testing.assert_allclose(reader.read_expression(one), one.scores, atol=1e-6)
    landmarks = drawn.track.landmarks.copy()
    landmarks[3] = np.nan
    read = reader.read_expression(dataclasses.replace(drawn.track, landmarks=landmarks))
    assert np.isnan(read[3]).all() and np.isfinite(np.delete(read, 3, axis=0)).all()
    assert np.nanmin(read) >= 0 and np.nanmax(read) <= 1


def test_blinks_stay_as_they_are_seen(drawn):
    index = SHAPE_INDEX["eyeBlinkLeft"]
    read = reader.read_expression(drawn.track)
    np.testing.assert_allclose(read[:, index], drawn.track.scores[:, index], atol=1e-6)


def test_a_damaged_asset_is_one_sentence(tmp_path):
    path = tmp_path / "reader.npz"
    path.write_bytes(b"no")
    with pytest.raises(MissingDependencyError, match="install the package again"):
        reader._weights(path)
