import argparse
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from evp.cli.main import build_parser, main
from evp.cli.options import fraction, frame_range, position, reset_options, shot_settings
from evp.core.errors import InputError
from evp.core.records import EMOTIONS


def options(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(["fit", "shot", *arguments])


def test_ranges_rates_and_positions_are_read():
    assert frame_range("3-9") == (3, 9) and frame_range("7") == (7, 7)
    assert fraction("24000/1001") == Fraction(24000, 1001)
    assert position("320,180.5") == (320, 180.5)
    for read, text in (
        (frame_range, "a-b"),
        (frame_range, "9-3"),
        (fraction, "0"),
        (position, "3"),
    ):
        with pytest.raises(argparse.ArgumentTypeError):
            read(text)


def test_what_is_not_given_stays_as_stored():
    first = shot_settings(options("--plate", "p.mp4", "--audio", "a.wav", "--seed", "3"), None)
    second = shot_settings(options("--emotion", "sad"), first)
    assert second.plate == Path("p.mp4") and second.seed == 3
    assert second.emotion is not None
    assert second.emotion.weights[0, EMOTIONS.index("sad")] == 1


def test_the_speech_is_adapted_unless_it_is_forbidden():
    first = shot_settings(options("--plate", "p", "--audio", "a"), None)
    second = shot_settings(options("--no-adapt-speech"), first)
    third = shot_settings(options("--adapt-speech"), second)
    assert [item.adapt_speech for item in (first, second, third)] == [True, False, True]


def test_an_emotion_from_a_recording_takes_the_place_of_a_curve():
    first = shot_settings(options("--plate", "p", "--audio", "a", "--emotion", "sad"), None)
    second = shot_settings(options("--emotion-from", "b.wav"), first)
    assert second.emotion is None and second.emotion_from == Path("b.wav")


def test_a_stored_option_can_be_given_its_default_back():
    stored = shot_settings(
        options("--plate", "p", "--audio", "a", "--transcript", "t.txt", "--format", "exr"), None
    )
    back = reset_options(stored, ["transcript", "--format"])
    assert (back.transcript, back.frame_format) == (None, "png")
    assert back.audio == Path("a")
    for name in ("plate", "nothing"):
        with pytest.raises(InputError, match=name):
            reset_options(stored, [name])


def test_a_click_takes_the_place_of_a_face_number_and_back():
    first = shot_settings(options("--plate", "p", "--audio", "a", "--face", "5"), None)
    second = shot_settings(options("--click", "3,4"), first)
    assert (second.face, second.click) == (None, (3.0, 4.0))
    third = shot_settings(options("--face", "0"), second)
    assert (third.face, third.click) == (0, None)


def test_a_shot_needs_a_plate_and_after_the_fit_a_speech():
    with pytest.raises(InputError, match="--audio"):
        shot_settings(options("--plate", "p.mp4"), None)
    fitted = shot_settings(options("--plate", "p.mp4"), None, needs_speech=False)
    with pytest.raises(InputError, match="--audio"):
        shot_settings(options("--emotion", "sad"), fitted)
    with pytest.raises(InputError, match="--plate"):
        shot_settings(options("--audio", "a.wav"), None, needs_speech=False)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--out", "OUT", "--plate", "no.mp4", "--audio", "A"], "no.mp4: there is no such"),
        (["run", "--out", "OUT", "--plate", "P", "--audio", "no.wav"], "no.wav: there is no such"),
        (["run", "--out", "OUT", "--plate", "P", "--audio", "A", "--emotion", "glad"], "'glad'"),
        (["run", "--out", "OUT", "--plate", "A", "--audio", "A"], "there is no picture"),
        (["run", "--out", "OUT", "--plate", "P", "--audio", "P"], "there is no sound"),
        (["run", "--out", "OUT", "--plate", "P", "--audio", "A"], "--extend pingpong"),
        (["run", "--out", "OUT", "--plate", "P", "--audio", "A", "--frames", "4-90"], "frames 1-8"),
        (
            ["run", "--out", "OUT", "--plate", "P", "--audio", "S", "--emotion-from", "no.wav"],
            "no.wav: there is no such",
        ),
        (["perform", "OUT"], "--plate"),
        (["sheet", "OUT"], "not a shot folder"),
        (["sheet", "OUT", "--out", "sheet.gif"], ".png or .jpg"),
        (["train", "renderer", "--data", "DATA", "--out", "A"], "cannot be made"),
        (["emotions", "A", "--out", "A"], "cannot be made"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    make_movie, tmp_path: Path, capsys, arguments: list[str], complaint: str
):
    import numpy as np
    import soundfile

    plate, audio, short = make_movie(), tmp_path / "a.wav", tmp_path / "s.wav"
    tone = np.sin(np.arange(16000) * 0.1) * 0.3
    soundfile.write(audio, tone, 16000)
    soundfile.write(short, tone[:4000], 16000)
    names = {"P": str(plate), "A": str(audio), "S": str(short), "OUT": str(tmp_path / "out")}
    names["DATA"] = str(plate.parent)
    assert main([names.get(argument, argument) for argument in arguments]) == 2
    assert not (tmp_path / "out").exists()
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert complaint in message
    assert "Traceback" not in message


def test_an_output_folder_that_cannot_be_written_is_named(make_movie, tmp_path: Path, capsys):
    (tmp_path / "file").write_text("in the way")
    folder = str(tmp_path / "file" / "out")
    plate = str(make_movie(count=40, sound=True))
    assert main(["run", "--out", folder, "--plate", plate, "--audio", plate]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_lens_in_millimetres_is_as_good_as_a_focal_length_in_pixels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    still = tmp_path / "still.png"
    assert cv2.imwrite(str(still), np.zeros((90, 160, 3), np.uint8))
    plate = ("--plate", str(still))

    def focal(*arguments: str) -> float | None:
        return shot_settings(options(*plate, *arguments), None, needs_speech=False).focal

    assert focal("--focal", "200") == 200
    assert focal("--focal", "45mm") == pytest.approx(200)
    assert focal("--focal", "22.5 mm", "--sensor", "18mm") == pytest.approx(200)
    assert focal() is None
    for arguments in (["--focal", "0mm"], ["--focal", "wide"], ["--sensor", "0"]):
        with pytest.raises(SystemExit):
            options(*arguments)
        message = capsys.readouterr().err.splitlines()[-1]
        assert repr(arguments[1]) in message and "mm" in message
    for arguments in (["--sensor", "24mm"], ["--focal", "200", "--sensor", "24"]):
        with pytest.raises(InputError, match="--sensor needs the lens"):
            focal(*arguments)
