# make run   installs what is missing, builds, and serves the contest on http://127.0.0.1:8000
# make test  installs what is missing and runs every test
SWIFT := Scripts/swift
CLIP ?=

.PHONY: help build run demo test bench bench-database bench-queue lint format clean

help:
	@echo "make build  release binaries (path: swift build -c release --show-bin-path)"
	@echo "make run    build and serve on http://127.0.0.1:8000"
	@echo "make demo   the whole contest without hands [CLIP=file]"
	@echo "make test   every test"
	@echo "make bench  the figures, measured here"
	@echo "make bench-queue  the queue beside Celery: hand-over and jobs a second"
	@echo "make lint   check the format"

build:
	Scripts/install-deps.sh build
	$(SWIFT) build -c release --product anb-api
	$(SWIFT) build -c release --product anb-worker

run: build
	exec $$($(SWIFT) build -c release --show-bin-path)/anb-api serve

demo: build
	Scripts/install-deps.sh test
	python3 Scripts/demo.py --binaries "$$($(SWIFT) build -c release --show-bin-path)" $(if $(CLIP),--clip "$(CLIP)")

test:
	Scripts/install-deps.sh test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

bench: build
	Scripts/install-deps.sh test
	python3 Benchmarks/contest.py --binaries "$$($(SWIFT) build -c release --show-bin-path)"

bench-database:
	Scripts/install-deps.sh test
	Benchmarks/persistence/run.sh

bench-queue:
	Scripts/install-deps.sh test
	$(SWIFT) build -c release --product anb-bench-queue
	python3 Benchmarks/queue.py --tool "$$($(SWIFT) build -c release --show-bin-path)/anb-bench-queue"

lint:
	$(SWIFT) format lint --recursive --strict Package.swift Sources Tests Examples

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Examples

clean:
	$(SWIFT) package clean
