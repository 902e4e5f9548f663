.PHONY: demo test lint bench tables clean
.DELETE_ON_ERROR:

PYTHON ?= python3
RUN := .venv/bin/fer-video
TEST := .venv-test/bin

demo: .venv/installed
	$(RUN) --source demo --output demo.mp4 --json demo.jsonl
	@echo "annotated video: demo.mp4   one record a frame: demo.jsonl"

test: .venv-test/installed
# a process that dies is not begun anew: pytest-xdist then waits for ever for what is left of its file
	$(TEST)/pytest -q -n 2 --dist loadfile --max-worker-restart 0

lint: .venv-test/installed
	$(TEST)/ruff check
	$(TEST)/ruff format --check
	$(TEST)/mypy

# repeats the figures of docs/accuracy.md; DATA is the folder with the data sets
DATA ?= ../shared/data

tables: .venv/installed
	$(RUN) tables --data $(DATA) --output runs/tables

# repeats the figures of speed in docs/benchmarks.md; a quarter of an hour
bench: .venv/installed
	.venv/bin/python -m fer_video.perf.bench.benchmark
	.venv/bin/python -m fer_video.perf.bench.benchmark --preset veryfast
	.venv/bin/python -m fer_video.perf.bench.growth
	.venv/bin/python -m fer_video.perf.bench.footprint

clean:
	rm -rf .venv .venv-test build *.egg-info demo.mp4 demo.jsonl demo.about.json runs/tables runs/bench

# a strict editable install lists the files, so that a new one calls for a new install
FILES := pyproject.toml $(shell find engine exporters cli perf -name '*.py') $(wildcard engine/weights/* exporters/report/page/page.*) engine/capture/film/demo.mp4

CAN_TRAIN := 'import sys; sys.exit(sys.version_info >= (3, 14) and "TensorFlow is not made for this Python yet: make test PYTHON=python3.13")'

.venv/installed: $(FILES)
# what a Debian without python3-venv leaves has no pip; nothing that is there is lost
	test -x .venv/bin/pip || $(PYTHON) -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -e .
	@touch $@

.venv-test/installed: $(FILES)
	test -x .venv-test/bin/pip || { $(PYTHON) -c $(CAN_TRAIN) && $(PYTHON) -m venv .venv-test; }
	.venv-test/bin/pip install -q --disable-pip-version-check -e '.[train,test]'
	@touch $@
