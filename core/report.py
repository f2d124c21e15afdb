"""What a run did, as ``report.json``: seconds, memory, flagged frames, versions and hashes."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .files import replace_file

PACKAGES = (
    "av",
    "espeakng-loader",
    "librosa",
    "mediapipe",
    "numpy",
    "opencolorio",
    "opencv-python",
    "OpenEXR",
    "scipy",
    "torch",
)


@dataclass
class StageReport:
    """One stage of a run.

    Attributes:
        seconds: wall clock.
        peak_memory_mb: the process's highest memory until the stage ended, mebibytes; None where
            the system does not tell.
        reused: whether the stage was still valid and not run.
    """

    seconds: float
    peak_memory_mb: float | None
    reused: bool


@dataclass
class Report:
    """A whole run.

    Attributes:
        statement: that the result is synthetic.
        stages: by name, in the order they ran.
        flagged_frames: reason to the frame numbers it holds for.
        inputs: name of an input to its SHA-256.
        weights: name of a network to the fingerprint of its weights.
        device: where the networks ran, and why there.
        colour: how the plate's pixels were understood.
        notes: sentences the user should read.
        outputs: what was written, relative to the shot folder.
        versions: of Python, the system and the packages.
    """

    statement: str
    stages: dict[str, StageReport] = field(default_factory=dict)
    flagged_frames: dict[str, list[int]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    device: str = ""
    colour: str = ""
    notes: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=lambda: package_versions())


def write_report(path: Path, report: Report) -> None:
    """Write the report as JSON, atomically."""
    replace_file(path, json.dumps(dataclasses.asdict(report), indent=2).encode())


def package_versions() -> dict[str, str]:
    """Versions of Python, the system and the packages the result depends on."""
    versions = {"python": platform.python_version(), "system": platform.platform()}
    for name in ("evp", *PACKAGES):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def peak_memory_mb() -> float | None:
    """The highest resident memory of this process so far, mebibytes."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1024.0 * 1024.0 if sys.platform == "darwin" else 1024.0)
