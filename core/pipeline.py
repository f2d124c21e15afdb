"""The stages of a shot in order, each skipped while what it was made from is unchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from .adapt import adapt_renderer
from .align import AlignSettings, align
from .deliver import composite_frames, frame_path, write_result
from .edge_maps import edge_map_path, write_edge_maps, write_edge_overlays
from .errors import InputError
from .face.fitted import neutral_landmarks
from .face.head import ASSETS
from .face.smoothing import smooth_track
from .files import make_folder, set_aside
from .fit import FitSettings, default_camera, fit_face
from .lay_script import judge_script, lay_script
from .listen import doubt, lend_emotion, listen
from .networks import Networks
from .perform import HEARD, PerformSettings, perform
from .plate_face import PlateFace, gather_face
from .plate_manner import learn_from_plate
from .progress import Job, Progress
from .records import (
    AlignedFace,
    Camera,
    FaceFit,
    FaceState,
    Performance,
    SpeechCode,
    SpeechManner,
    SpokenSounds,
    Track,
)
from .render import render_frames
from .rendered_faces import covered_numbers
from .report import Report, write_report
from .settings import ShotSettings
from .shot import Shot
from .shot_inputs import ShotInputs, colour_statement, plate_notes, read_speech, track_key
from .sounds_csv import write_sounds
from .stage_keys import stage_key
from .stages import StageBook
from .store import file_digest
from .track import TrackSettings, track_face

FIT_ASSETS = (ASSETS / "head.npz", ASSETS / "expression_reader.npz")
"""What a fit is made with besides its track."""

FLAGGED_STATES = {
    "without a face": FaceState.LOST,
    "in profile": FaceState.PROFILE,
    "bridged": FaceState.BRIDGED,
}
"""What the report calls frames that were not simply seen."""

STAGES = (
    "track",
    "fit",
    "listen",
    "perform",
    "align",
    "sketch",
    "adapt",
    "render",
    "composite",
    "deliver",
)


class Pipeline:
    """One shot being worked on: every public method is a stage, a ``Job`` that returns its record.

    A stage runs what it needs before itself. Its file in the shot folder names the hash of its
    inputs; while that holds it is read back and not run.
    """

    def __init__(
        self,
        shot: Shot,
        settings: ShotSettings,
        networks: Networks,
        camera: Camera | None = None,
    ) -> None:
        """Open the plate and check what can be checked at once; nothing is computed yet.

        Args:
            shot: the folder.
            settings: inputs and choices; a speech is needed from ``listen`` on.
            networks: loaded when a stage needs them.
            camera: the plate's camera where it is known (a Blender camera, a solved clip).

        Raises:
            InputError: the plate or the audio cannot be used, or the speech outlasts the plate.
            OutputError: the shot's folder cannot be written.
        """
        self.shot = shot
        self.settings = settings
        self.networks = networks
        self.book = StageBook(shot)
        self.inputs = ShotInputs(settings)
        self.source, self.plate = self.inputs.source, self.inputs.plate
        size = self.source.width, self.source.height
        self.camera = camera or default_camera(*size, settings.focal)
        self.report.colour = colour_statement(self.source)
        for note in plate_notes(self.source):
            self.book.note(note)
        Shot.create(shot.folder).write_settings(settings)

    def track(self) -> Job[Track]:
        """Find the face in every frame of the plate."""
        settings = TrackSettings(face=self.settings.face, click=self.settings.click)
        source = self.source
        key = track_key(source, self.inputs.plate_hash, settings)
        record = yield from self.book.kept(
            "track", key, Track, partial(track_face, source, settings)
        )
        for reason, state in FLAGGED_STATES.items():
            frames = np.flatnonzero(record.state == state)
            self.book.flag(reason, (frames + source.first_frame).tolist())
        return record

    def fit(self) -> Job[FaceFit]:
        """Fit head, pose and expression to the track."""
        track = yield from self.track()
        neutral = self.settings.neutral_frame
        settings = FitSettings(
            neutral_frame=None if neutral is None else neutral - self.source.first_frame
        )
        assets = [file_digest(path) for path in FIT_ASSETS]
        tracked, times = self.shot.stored_key("track"), self.source.times
        key = stage_key("fit", tracked, times, settings, self.camera, *assets)
        return (yield from self.book.kept("fit", key, FaceFit, partial(self._fit, track, settings)))

    def listen(self) -> Job[SpeechCode]:
        """Hear content and emotion of the speech at the plate's frame times."""
        settings, audio = self.settings, self.inputs.audio
        key = stage_key(
            "listen",
            self.inputs.audio_hash,
            settings.audio_offset,
            self.plate.times,
            None if settings.emotion_from is None else file_digest(settings.emotion_from),
            self.networks.speech.fingerprint,
        )

        def hear() -> Job[SpeechCode]:
            yield Progress("listen", 0, 1, audio.name)
            speech = read_speech(audio, settings.audio_offset)
            code = listen(speech, self.plate.times, self.networks.speech)
            if settings.emotion_from is None:
                return code
            lender = read_speech(settings.emotion_from, 0.0)
            try:
                return lend_emotion(code, lender, self.networks.speech)
            except InputError as error:
                raise InputError(f"{settings.emotion_from}: {error}") from error

        code = yield from self.book.kept("listen", key, SpeechCode, hear)
        self.book.note(doubt(code))
        return code

    def script(self) -> Job[SpokenSounds | None]:
        """Lay the transcript along the speech; None where the shot has none."""
        settings, script = self.settings, self.inputs.script
        if script is None:
            self.shot.sounds_path.unlink(missing_ok=True)
            return None
        fingerprint = self.networks.speech.fingerprint
        key = stage_key(
            "script", self.inputs.audio_hash, settings.audio_offset, script, fingerprint
        )

        def lay() -> Job[SpokenSounds]:
            yield Progress("script", 0, 1, str(settings.transcript))
            speech = read_speech(self.inputs.audio, settings.audio_offset)
            heard = self.networks.speech.sounds(speech.samples)
            return lay_script(script, heard, speech.offset)

        spoken = yield from self.book.kept("script", key, SpokenSounds, lay)
        write_sounds(self.shot.sounds_path, spoken)
        self.book.note(judge_script(spoken))
        return spoken

    def manner(self) -> Job[SpeechManner | None]:
        """Learn how the plate's person speaks from the plate's own sound; None where not wished."""
        if not self.settings.adapt_speech:
            return None
        fit = yield from self.fit()
        network = self.networks.speech
        fitted = self.shot.stored_key("fit")
        key = stage_key("manner", fitted, self.source.has_audio, network.fingerprint)
        learn = partial(learn_from_plate, self.source, fit, network)
        manner = yield from self.book.kept("manner", key, SpeechManner, learn)
        self.book.note(manner.note)
        return manner

    def perform(self) -> Job[Performance]:
        """Turn speech and emotion into the face's movement."""
        _ = self.inputs.audio  # Better refused before the fit than after it.
        fit = yield from self.fit()
        code = yield from self.listen()
        script = yield from self.script()
        manner = yield from self.manner()
        settings = PerformSettings(
            mouth_gain=self.settings.mouth_gain,
            rate=float(self.plate.rate),
            # A recording that lends its emotion was chosen for it.
            heard_gain=HEARD if self.settings.emotion_from is None else 1.0,
        )
        curve = self.settings.emotion
        made_from = [self.shot.stored_key(stage) for stage in ("fit", "listen")]
        if script is not None:
            made_from.append(self.shot.stored_key("script"))
        if manner is not None and manner.learnt:
            made_from.append(self.shot.stored_key("manner"))
        key = stage_key("perform", *made_from, curve, settings)

        def act() -> Job[Performance]:
            yield Progress("perform", 0, 1)
            weights = None if curve is None else curve.sample(self.plate.times)
            neutral = neutral_landmarks(fit)
            network, times = self.networks.speech, self.plate.times
            return perform(code, weights, neutral, network, settings, manner, script, times)

        return (yield from self.book.kept("perform", key, Performance, act))

    def align(self) -> Job[AlignedFace]:
        """Put the performance into the plate's head pose."""
        performance = yield from self.perform()
        settings = AlignSettings(upper_face=self.settings.upper_face)
        key = stage_key("align", self.shot.stored_key("perform"), settings)

        def put() -> Job[AlignedFace]:
            yield Progress("align", 0, 1)
            track = smooth_track(self.shot.load_track(), self.source.times)
            fit = self.shot.load_fit()
            order = self.plate.order
            if order is not None:
                track, fit = track.take(order), fit.take(order)
            return align(fit, track, performance, settings)

        yield from self.book.kept("align", key, AlignedFace, put)
        return self.shot.load_aligned()

    def sketch(self, numbers: Sequence[int] | None = None) -> Job[None]:
        """Write the edge maps as images; rendering draws its own and does not need them."""
        aligned = yield from self.align()
        folder = self.shot.folder / "edges"
        self._picture_folder(folder, edge_map_path)
        chosen = self.inputs.numbers(numbers)
        yield from write_edge_maps(self.plate, aligned, chosen, self.settings.crop_size, folder)

    def overlay_edges(self) -> Job[None]:
        """Write the edge maps as transparent images as large as the plate, to lie over it."""
        aligned = yield from self.align()
        path_of, size = self.shot.edge_overlay, self.settings.crop_size
        make_folder(path_of(self.plate.first_frame).parent)
        yield from write_edge_overlays(self.plate, self.inputs.plate_hash, aligned, size, path_of)

    def gather(self) -> Job[PlateFace]:
        """Keep what rendering needs of the plate's own face, whatever it is made to say."""
        aligned = (yield from self.align()).take(np.arange(len(self.source)))
        face, size = (aligned.plate_landmarks, aligned.valid), self.settings.crop_size
        key = stage_key("gather", self.inputs.plate_hash, self.source.colour, *face, size)
        read = partial(gather_face, self.source, aligned, size)
        return (yield from self.book.kept("gather", key, PlateFace, read))

    def adapt(self) -> Job[PlateFace]:
        """Let the renderer learn from this plate; gives what is gathered of its face besides."""
        face = yield from self.gather()
        aligned = self.shot.load_aligned()
        learning = adapt_renderer(
            self.source,
            aligned.take(np.arange(len(self.source))),
            self.networks.renderer,
            self.settings.adapt_seconds,
            self.settings.seed,
            self.shot.adapted_weights,
        )
        yield from self.book.timed("adapt", learning)
        return face

    def render(self, numbers: Sequence[int] | None = None) -> Job[None]:
        """Render the new face of the given frames, those that changed since they were rendered."""
        face = yield from self.adapt()
        aligned = self.shot.load_aligned()
        rendering = render_frames(
            self.plate,
            aligned,
            face,
            self.networks.renderer,
            self.settings.seed,
            self.inputs.numbers(numbers),
            self.shot.faces,
        )
        yield from self.book.timed("render", rendering)
        hidden, partly = covered_numbers(self.shot.faces, self.inputs.numbers(numbers))
        self.book.flag("with a covered mouth", hidden)
        self.book.flag("partly covered", partly)

    def composite(self, numbers: Sequence[int] | None = None) -> Job[list[Path]]:
        """Put the rendered faces on the plate, one file per frame."""
        yield from self.render(numbers)
        frame_format = self.settings.frame_format
        self._picture_folder(self.shot.frames, partial(frame_path, frame_format=frame_format))
        compositing = composite_frames(
            self.plate,
            self.inputs.plate_hash,
            self.shot.faces,
            self.shot.frames,
            self.inputs.numbers(numbers),
            frame_format,
            self.inputs.provenance,
        )
        return (yield from self.book.timed("composite", compositing))

    def deliver(self) -> Job[Report]:
        """Everything: frames, the movie with its sound, and the report."""
        frames = yield from self.composite()
        movie = self.shot.folder / "result.mp4"
        writing = write_result(
            movie,
            self.plate,
            frames,
            self.inputs.audio,
            self.settings.audio_offset,
            self.inputs.provenance,
        )
        yield from self.book.timed("deliver", writing)
        self.report.outputs = [movie.name, f"frames/{frames[0].name} ... {frames[-1].name}"]
        self._finish_report()
        return self.report

    @property
    def report(self) -> Report:
        """What was done so far."""
        return self.book.report

    def _fit(self, track: Track, settings: FitSettings) -> Job[FaceFit]:
        size = (self.source.width, self.source.height)
        return fit_face(size, track, settings, self.camera, self.source.times)

    def _picture_folder(self, folder: Path, path_of: Callable[[Path, int], Path]) -> None:
        """Make a folder for one picture per frame; pictures of an earlier job leave it."""
        make_folder(folder)
        names = [path_of(folder, number).name for number in self.plate.frame_numbers]
        if set_aside(folder, names[0].partition(".")[0], set(names)):
            self.book.note(
                f"{folder.name}/ held pictures of other frames or another format; they lie in "
                f"earlier_{folder.name}/ now."
            )

    def _finish_report(self) -> None:
        self.report.inputs = self.inputs.hashes
        self.report.weights = {
            "speech": self.networks.speech.fingerprint,
            "renderer": self.networks.renderer.fingerprint,
        }
        self.report.device = f"{self.networks.device}: {self.networks.reason}"
        write_report(self.shot.report_path, self.report)
