"""Start the package in another Python: load its folder, whatever that is called, as ``evp``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path


def main() -> int:
    """Run ``boot.py ROOT_FOLDER serve``, or ``boot.py ROOT_FOLDER evp ARGUMENTS...``.

    The first takes tasks through the standard input, the second is the command line.
    """
    root, what, *arguments = sys.argv[1:]
    spec = importlib.util.spec_from_file_location(
        "evp", Path(root) / "__init__.py", submodule_search_locations=[root]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} is not the package's folder")
    package = importlib.util.module_from_spec(spec)
    sys.modules["evp"] = package
    spec.loader.exec_module(package)
    code: int
    if what == "serve":
        code = importlib.import_module("evp.evp_blender.engine.worker").serve()
    else:
        code = importlib.import_module("evp.cli.main").main(arguments)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
