# Every target does its own set-up, prints what it does and may be repeated.
# `make demo` and `make test` need nothing but a Debian 12 (or a QGIS 3.22 or later), git and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
IMAGE ?= resources/sample/scene.tif
ARGS ?=
PYTEST_ARGS ?=

.PHONY: help env demo demo-geology test test-3.40 lint format bench bench-large mutations package check-package desktop qgis-process qgis-process-run train translations clean

help: ## this list
	@sed -n 's/^\([a-z0-9.-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

env: ## set up QGIS, the link to this folder and the virtual environment
	@scripts/env.sh run
	@echo "env: ready"

demo: ## segment the sample scene (or IMAGE=/path/to/any.tif) through qgis_process and draw the map
	@scripts/env.sh run
	@scripts/pyqgis.sh scripts/demo.py "$(IMAGE)"

demo-geology: ## trace the sample rock face (or IMAGE=photo.jpg PIXEL_SIZE=metres), count its fractures, draw the map
	@scripts/env.sh run
	@scripts/pyqgis.sh scripts/demo_geology.py $(if $(filter command line environment,$(origin IMAGE)),"$(IMAGE)") $(if $(PIXEL_SIZE),--pixel-size $(PIXEL_SIZE))

test: ## run every test
	@scripts/env.sh test
	@scripts/test.sh $(PYTEST_ARGS)

test-3.40: ## run the tests of all that meets QGIS on QGIS 3.40, unpacked beside the installed one
	@scripts/env.sh test
	@scripts/test-beside.sh $(PYTEST_ARGS)

lint: ## check style, structure, security and QGIS 4 readiness
	@scripts/env.sh test lint
	@scripts/lint.sh

format: ## lay the code out as make lint wants it
	@scripts/env.sh lint
	build/lint-venv/bin/ruff format .

bench: ## measure speed, memory and seams; JSON and a table in build/bench
	@scripts/env.sh test
	@scripts/pyqgis.sh scripts/bench $(ARGS)

bench-large: ## group ten million made vectors with faiss and measure recall; or ARGS="ROWS DIMENSION"
	@scripts/env.sh test
	@scripts/pyqgis.sh scripts/bench/large_index.py $(ARGS)

mutations: ## run spoilt models through what reads and loads them, 10000 or ARGS="FIRST COUNT"
	@scripts/env.sh test
	@scripts/pyqgis.sh tests/mutated_run.py $(or $(ARGS),0 10000)

package: ## build/geosift.zip, as the QGIS plugin repository wants it, from the last commit
	@scripts/package.sh build/geosift.zip

check-package: ## pass the zip through the plugin repository's gates, then install it and run it as a new user
	@scripts/env.sh run lint
	@scripts/check-package.sh build/geosift.zip

desktop: ## open QGIS with the plugin, the sample project and the dock
	@scripts/env.sh run
	@scripts/desktop.sh

train: ## train a network: ARGS go to python -m geosift.training
	@scripts/env.sh test
	@scripts/pyqgis.sh -m geosift.training $(ARGS)

translations: ## the template for translators; ARGS=de begins or updates a translation into German
	@scripts/env.sh run
	@scripts/pyqgis.sh scripts/translations.py $(ARGS)

clean: ## remove what was built, but not the virtual environments
	@echo "clean: removing outputs, profiles and caches (virtual environments, QGIS 3.40, trainings and the plugin link stay)"
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name plugins ! -name lint-venv ! -name training ! -name qgis-3.40 -exec rm -rf {} +
	@rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis .qgis-settings

# qgis_process's own output and exit code, nothing added. make turns every failure of a recipe into
# exit code 2 and a line of its own, except under --question, where a recipe line without `+` means
# "not up to date": exit code 1 and silence, which is what qgis_process answers to a failed run.
ifeq ($(MAKECMDGOALS),qgis-process)
MAKEFLAGS += --question
endif
EXIT_CODE := build/.qgis-process-exit.$(shell echo $$PPID)

qgis-process-run:
	+@scripts/env.sh run
	+@code=0; scripts/qgis-process.sh $(ARGS) || code=$$?; echo $$code >$(EXIT_CODE)

qgis-process: qgis-process-run ## qgis_process with the plugin: ARGS="run geosift:segment -- INPUT=... OUTPUT=..."
	$(call answer,$(shell cat $(EXIT_CODE); rm -f $(EXIT_CODE)))

answer = $(if $(filter 1,$(1)),@false,+@exit $(1))
