# `make repro` and `make test` are all a fresh machine needs; both make .venv first.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
UV ?= $(filter-out $(CURDIR)/.venv/bin/uv,$(shell command -v uv))
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
# Without bytecode every process, of which the tests start hundreds, would compile slidelens anew.
unexport PYTHONDONTWRITEBYTECODE

# Experiments: how many at once, and parameters to set in all of them, for example
# `make sweep EPOCHS=10 SET="model.architecture=resunet"`.
JOBS ?= 2
STAGE ?= density
FOLDER ?= .
SETTINGS = --jobs $(JOBS) --stage $(STAGE) --folder $(FOLDER) $(addprefix --set ,$(SET) $(if $(EPOCHS),epochs=$(EPOCHS)))

PYTEST = -n 2 --dist loadgroup --no-loadscope-reorder
TYPES = nice mypy && nice deptry src
# Tests leave a core idle now and then, which types and dependencies are checked on, with a lower priority; the result
# comes last.
define beside_types
@log=$$(mktemp); { $(TYPES); } > $$log 2>&1 & checks=$$!; \
	$(1); status=$$?; \
	wait $$checks || status=1; cat $$log; rm -f $$log; exit $$status
endef

.PHONY: help repro test test-all lint style docs wheel check bench-quality bench-speed mlflow sweep ablations paper lock clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

.venv/installed: requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "slidelens needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Installing into .venv: about a minute with uv, several without …"
ifeq ($(UV),)
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
else
	"$(UV)" venv --quiet --clear --seed --python "$(PYTHON)" .venv
	"$(UV)" pip install --quiet --compile-bytecode --python .venv --require-hashes --requirement requirements.lock
	"$(UV)" pip install --quiet --python .venv --no-build-isolation --no-deps --editable .
endif
	@touch .venv/installed

.git:            # a downloaded archive is no Git repository, which DVC needs
	git init --quiet

repro: .venv/installed .git  ## run the pipeline (the demo study unless params.yaml names another) and say where the results are
	@python -m slidelens.pipeline.repro
	@python -m slidelens.pipeline.results

test: .venv/installed style  ## lint and test, about 8 minutes on 2 cores
	$(call beside_types,python -m pytest $(PYTEST) -m "not long" tests)

test-all: .venv/installed style  ## all tests: also the whole real case and experiments in DVC's queue
	$(call beside_types,python -m pytest $(PYTEST) tests)

lint: .venv/installed style  ## style, types and declared dependencies
	$(TYPES)

style: .venv/installed
	ruff check .
	ruff format --check .

docs: .venv/installed  ## build the documentation into site/, strictly
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict

wheel: .venv/installed  ## build the wheel into dist/
	python -m build --wheel --no-isolation --outdir dist .

check: .venv/installed  ## look at the study of params.yaml, train nothing
	slidelens check

bench-quality: .venv/installed  ## how well real ground is mapped, beside other methods; ARGS='--protocol A --seeds 1' for a part; hours
	python -m benchmarks.quality $(ARGS)

bench-speed: .venv/installed  ## time, memory and seams of maps, beside other tools; ARGS='--pixels 1e7' for a part; about an hour
	python -m benchmarks.speed $(ARGS)

mlflow: .venv/installed  ## open the runs in a browser; MLFLOW_TRACKING_URI points it at a team's server
	python -m slidelens.tracking.ui

sweep: .venv/installed  ## Table 2: 27 combinations of learning rate, filters and batch size; resumes where it stopped
	slidelens sweep $(SETTINGS)

ablations: .venv/installed  ## what pretraining, the start of each date, freezing and more landslides bring
	slidelens ablations $(SETTINGS)

paper: .venv/installed  ## the paper's own setting: 32 filters, batches of 32, 250 epochs
	slidelens ablations --paper $(SETTINGS)

lock:            ## pin every dependency anew
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock

clean:           ## take away what `make repro` made, not the DVC cache
	rm -rf data/prepared data/maps data/density data/revised data/lifecycle report site dist demo/study models/*.h5
