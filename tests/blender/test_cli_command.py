"""``blender --command evp`` is the command line, in whichever Python has the packages."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("bpy")


def test_the_command_line_answers_inside_blender(
    bpy: ModuleType, scene: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from evp.evp_blender.cli_command import run_command

    assert run_command(["--help"]) == 0
    assert "run" in capsys.readouterr().out
    assert run_command(["nonsense"]) == 2


def test_without_packages_the_command_line_runs_in_the_python_of_the_preferences(
    bpy: ModuleType,
    scene: Any,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from evp.evp_blender import cli_command, preferences

    monkeypatch.setattr(cli_command, "missing_line", lambda: "Missing packages: torch")
    assert cli_command.run_command(["--help"]) == 2
    message = capfd.readouterr().err
    assert message.startswith("evp: Missing packages: torch; name a Python")
    assert message.count("\n") == 1
    named = SimpleNamespace(interpreter=sys.executable)
    monkeypatch.setattr(preferences, "preferences", lambda: named)
    assert cli_command.run_command(["track", "--help"]) == 0
    assert "usage: evp track" in capfd.readouterr().out
    assert cli_command.run_command(["track", "nowhere"]) == 2
    assert "--plate is missing" in capfd.readouterr().err
