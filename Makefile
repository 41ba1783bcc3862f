# make run   installs what is missing, builds, and serves the contest on http://127.0.0.1:8000
# make test  installs what is missing and runs every test
SWIFT := Scripts/swift
CLIP ?=
SECONDS ?= 300
SEEDS ?= 100000
# One after another: codecs at work in one suite would starve the clocks and servers of another.
TESTS := ANBCoreTests ANBStorageTests ANBQueueTests ANBPersistenceTests ANBAWSTests ANBRedisTests ANBHTTPTests \
	ANBTelemetryTests ANBCompositionTests ANBMediaTests SimulationTests ContestInATest ExistingApp OwnObjectStore

.PHONY: help build run demo test deploy-check capacity bench bench-api bench-database bench-queue bench-s3 soak soak-s3 soak-uploads soak-media soak-simulation fuzz lint format clean docs watch bench-media soak-transcodes sanitize

help:
	@echo "make build  release binaries (path: swift build -c release --show-bin-path)"
	@echo "make run    build and serve on http://127.0.0.1:8000"
	@echo "make demo   the whole contest without hands [CLIP=file] [MIX=redis|sqs: PostgreSQL and local servers]"
	@echo "make test   every test"
	@echo "make deploy-check  images built and started, compose, nginx, Terraform plans, policies: a line each, and a table"
	@echo "make bench  the figures, measured here"
	@echo "make bench-api  the API beside a reference on FastAPI: requests, waits, memory, goals [ROWS=some QUICK=1]"
	@echo "make capacity  load plans, and how many workers a contest needs: a report with pictures [QUICK=1 RESULTS=path]"
	@echo "make bench-media  the media engine beside ffmpeg: time, size, quality [CLIPS=folder]"
	@echo "make bench-queue  the queue beside Celery: hand-over and jobs a second"
	@echo "make bench-database  PostgreSQL and SQLite: claims, votes and rankings a second"
	@echo "make bench-s3  upload to a local S3 server: MB/s and memory"
	@echo "make soak   chaos, counted: kills, outages, cold starts, restarts, abuse, with tables [SEED=n MIX=redis|sqs]"
	@echo "make soak-simulation  the whole platform in memory under every fault, decided by seeds [SEEDS=100000]"
	@echo "make soak-transcodes  200 transcodes in one process: memory comes to rest"
	@echo "make soak-s3   the object store's rules on a second S3 server"
	@echo "make soak-uploads  an upload of 100 MB cut a hundred times between two replicas, with files and with S3"
	@echo "make soak-media  every hostile file through the worker (make test takes a part)"
	@echo "make fuzz [SECONDS=300]  libFuzzer over what reads strangers' bytes, mutated clips through the child"
	@echo "make sanitize  the suites and the proof of the votes under ThreadSanitizer and AddressSanitizer"
	@echo "make lint   the format, the rules of the house, who depends on whom, and that the documents are true"
	@echo "make format  the format that make lint wants, written into the files"
	@echo "make clean  removes what was built"
	@echo "make docs   count the documented symbols, make the pages of every module"
	@echo "make watch  build and run the tests of a module whenever one of its files changes"

build:
	Scripts/install-deps.sh build
	$(SWIFT) build -c release --product anb-api
	$(SWIFT) build -c release --product anb-worker

run: build
	exec $$($(SWIFT) build -c release --show-bin-path)/anb-api serve

demo: build
	Scripts/install-deps.sh $(if $(MIX),test,demo)
	bin="$$($(SWIFT) build -c release --show-bin-path)"; $(if $(MIX),Scripts/test-servers/mix.py $(MIX) "$$bin") \
		python3 Scripts/demo.py --binaries "$$bin" $(if $(CLIP),--clip "$(CLIP)")

test:
	Scripts/install-deps.sh test
	$(SWIFT) build --build-tests
	Scripts/check-modules.py
	set -e; for target in $(TESTS); do $(SWIFT) test --skip-build --filter "^$$target\\."; done
	$(SWIFT) test --skip-build --no-parallel --filter "^EndToEndTests\\."
	Scripts/run-examples.py "$$($(SWIFT) build --show-bin-path)"
	python3 Deploy/check/check.py quick

# The first time an hour or so on two cores: the programs are compiled in their image. Later minutes.
deploy-check: build
	Scripts/install-deps.sh deploy
	python3 Deploy/check/check.py all --binaries "$$($(SWIFT) build -c release --show-bin-path)"

bench: build
	Scripts/install-deps.sh test
	python3 Benchmarks/contest.py --binaries "$$($(SWIFT) build -c release --show-bin-path)"

bench-api: build
	Scripts/install-deps.sh bench
	python3 Benchmarks/api.py --binaries "$$($(SWIFT) build -c release --show-bin-path)" $(if $(ROWS),--rows "$(ROWS)") \
		$(if $(QUICK),--quick)

# A quarter of an hour; QUICK=1 some minutes, and kept only where RESULTS=path (without its ending) says.
capacity: build
	Scripts/install-deps.sh bench
	python3 Benchmarks/capacity.py --binaries "$$($(SWIFT) build -c release --show-bin-path)" $(if $(QUICK),--quick) \
		$(if $(RESULTS),--results "$(RESULTS)")

bench-database:
	Scripts/install-deps.sh test
	Benchmarks/persistence/run.sh

bench-media: build
	Scripts/install-deps.sh test
	python3 Benchmarks/media.py --binaries "$$($(SWIFT) build -c release --show-bin-path)" $(if $(CLIPS),--clips "$(CLIPS)")

bench-queue:
	Scripts/install-deps.sh test
	$(SWIFT) build -c release --product anb-bench-queue
	$(SWIFT) build -c release --product anb-bench-database
	bin="$$($(SWIFT) build -c release --show-bin-path)"; \
		python3 Benchmarks/hand_over.py --tool "$$bin/anb-bench-queue" --database-tool "$$bin/anb-bench-database"

bench-s3:
	Scripts/install-deps.sh test
	$(SWIFT) build -c release --product s3-bench
	for count in 1 4; do \
		Scripts/test-servers/aws.py "$$($(SWIFT) build -c release --show-bin-path)/s3-bench" upload 100 $$count || exit 1; done

# Chaos is about a quarter of an hour for each mix, the whole an hour and a half. SEED=number repeats a run's choices,
# MIX=redis|sqs|sqs-standard does one mix only.
# Debug binaries: with every check of the compiler on, and the same processes as `make test`.
soak:
	Scripts/install-deps.sh test
	$(SWIFT) build
	Scripts/chaos/chaos.py --binaries "$$($(SWIFT) build --show-bin-path)" $(if $(SEED),--seed $(SEED)) $(if $(MIX),--mix $(MIX))
	Scripts/vote-proof.py --binaries "$$($(SWIFT) build --show-bin-path)" $(if $(SEED),--seed $(SEED))
	Scripts/restart-proof.py --binaries "$$($(SWIFT) build --show-bin-path)"
	$(SWIFT) build -c release --product anb-api
	Scripts/abuse-proof.py --binaries "$$($(SWIFT) build -c release --show-bin-path)"
	$(MAKE) soak-s3
	$(MAKE) soak-simulation
	$(MAKE) soak-uploads
	$(MAKE) soak-media
	$(MAKE) soak-transcodes

# OpenStack Swift has no conditional writes; those cases are left out, counted and printed.
soak-s3:
	Scripts/install-deps.sh test
	$(SWIFT) build -c release --product s3-bench
	Scripts/test-servers/s3api.py "$$($(SWIFT) build -c release --show-bin-path)/s3-bench" suite conditional "whose move fails" "deletes empty the folders"

# A failing seed prints the command that replays it.
soak-simulation:
	Scripts/install-deps.sh test
	$(SWIFT) build -c release --product anb-simulation
	"$$($(SWIFT) build -c release --show-bin-path)/anb-simulation" --seeds 1-$(SEEDS) --jobs $$(nproc)

soak-uploads:
	Scripts/install-deps.sh test
	$(SWIFT) build --product anb-api
	for store in filesystem s3; do \
		python3 Scripts/uploads/prove.py --binaries "$$($(SWIFT) build --show-bin-path)" --store $$store || exit 1; done

soak-media:
	Scripts/install-deps.sh test
	$(SWIFT) build --product anb-worker
	python3 Scripts/run-hostile.py --worker "$$($(SWIFT) build --show-bin-path)/anb-worker"

fuzz:
	Scripts/install-deps.sh test
	$(SWIFT) build --build-tests
	Fuzz/run.sh $(SECONDS)

# Half an hour each: everything is built again, dependencies too.
sanitize:
	Scripts/install-deps.sh test
	for kind in thread address; do Scripts/sanitize.sh $$kind || exit 1; done
	$(SWIFT) build --build-tests
	for kind in thread address; do Scripts/sanitize-media.sh $$kind || exit 1; done

soak-transcodes:
	Scripts/install-deps.sh test
	$(SWIFT) build -c release --product anb-bench-media
	ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=640x360:r=30:d=1.5 -pix_fmt yuv420p .build/soak-clip.mp4
	"$$($(SWIFT) build -c release --show-bin-path)/anb-bench-media" .build/soak-clip.mp4

lint:
	$(SWIFT) format lint --recursive --strict Package.swift Sources Tests Examples
	Scripts/check-tidy.py
	Scripts/check-modules.py
	Scripts/check-readme.py
	Scripts/check-security-doc.py

# Pages for every library product, and a count: 100 % of the public symbols are documented, and every link leads somewhere.
docs:
	Scripts/install-deps.sh build
	$(SWIFT) build
	Scripts/docs.py

watch:
	Scripts/watch.py

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Examples

clean:
	$(SWIFT) package clean
