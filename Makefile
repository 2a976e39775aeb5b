# The front door. Each of these does all its set-up: packages (as root), configuration, build.
# What stands behind it: tools/deps, Meson, tools/run-example, tools/test.

BUILD = build
RELEASE = build-release
NEEDS = build # groups of tools/packages; a target that needs more hands it down to "build"

.PHONY: all help run test test-long test-majors bench build deps format clean

all: build

help:
	@echo 'make run        show the main job on the example in app/, and serve it (PORT=8000)'
	@echo 'make test       run all tests: unit, golden, server, end to end'
	@echo 'make build      leave the program at $(BUILD)/retort'
	@echo 'make deps       install the Debian packages that all of this needs (as root)'
	@echo 'make test-long  run the tests that take minutes, too, and an hour of fuzzing'
	@echo 'make test-majors  run what depends on the server on PostgreSQL 13 to 18'
	@echo 'make bench      measure against psql, pg_dump, Alembic, pgbench and FastAPI'
	@echo 'make format     lay out the sources with clang-format'
	@echo 'make clean      remove what was built'

run: NEEDS = build run
run: build
	@tools/run-example $(BUILD)/retort

test: NEEDS = build run test
test: build
	@tools/test --build $(BUILD) --workers 2

test-long: NEEDS = build run test bench fuzz
test-long: build
	@tools/test --build $(BUILD) --long
	@tools/fuzz 60
	@$(MAKE) --no-print-directory test-majors

# The server programs of the other majors come by npm.
test-majors: NEEDS = build run test majors
test-majors: build
	@tests/majors/run --build $(BUILD)

# Measured is what packages hold: a release build, whose parts are optimized together.
bench: NEEDS = build run bench
bench: export RETORT = $(CURDIR)/$(RELEASE)/retort
bench: build
	@test -e $(RELEASE)/build.ninja || meson setup $(RELEASE) --buildtype=release -Db_lto=true
	@ninja -C $(RELEASE) retort
	@bench/run
	@bench/serve
	@bench/backup

# Meson itself notices later changes of its files.
build:
	@tools/deps $(NEEDS)
	@test -e $(BUILD)/build.ninja || meson setup $(BUILD)
	@ninja -C $(BUILD)

deps:
	@tools/deps build run test check bench

format:
	@tools/deps check
	@tools/sources | xargs clang-format -i

clean:
	rm -rf $(BUILD) build-*
