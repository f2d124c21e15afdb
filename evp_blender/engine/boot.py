"""Start the worker: load the package from its folder, whatever that is called, as ``evp``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path


def main() -> int:
    """Run ``boot.py ROOT_FOLDER``; tasks come through the standard input."""
    root = Path(sys.argv[1])
    spec = importlib.util.spec_from_file_location(
        "evp", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} is not the package's folder")
    package = importlib.util.module_from_spec(spec)
    sys.modules["evp"] = package
    spec.loader.exec_module(package)
    worker = importlib.import_module("evp.evp_blender.engine.worker")
    code: int = worker.serve()
    return code


if __name__ == "__main__":
    raise SystemExit(main())
