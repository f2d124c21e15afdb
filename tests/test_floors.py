"""Imports go down the floors, never up or sideways, and each floor keeps to its packages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "core": {"bpy", "torch", "models", "evp_blender", "cli", "compose"},
    "models": {"bpy", "evp_blender", "cli", "compose"},
    "evp_blender": {"torch", "cli"},
    "cli": {"bpy", "torch", "evp_blender"},
}
CLI_FROM_BLENDER = {"evp_blender/cli_command.py"}


def imported(path: Path) -> Iterator[str]:
    """Top-level names a file imports: packages by name, siblings of the root by folder."""
    depth = len(path.relative_to(ROOT).parts) - 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0:
                yield (node.module or "").partition(".")[0]
            elif node.level == depth + 1:
                names = [node.module] if node.module else [alias.name for alias in node.names]
                yield from (name.partition(".")[0] for name in names)


@pytest.mark.parametrize("floor", FORBIDDEN)
def test_a_floor_imports_only_what_lies_below(floor: str):
    files = sorted((ROOT / floor).rglob("*.py"))
    assert files
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path)
        if name in FORBIDDEN[floor] and path.relative_to(ROOT).as_posix() not in CLI_FROM_BLENDER
    ]
    assert wrong == []


def test_the_package_imports_itself_relatively():
    folders = ("core", "models", "evp_blender", "cli")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in files if "evp" in set(imported(path))] == []
