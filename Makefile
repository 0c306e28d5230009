# SPDX-License-Identifier: Apache-2.0
# The two commands of the README, and what a developer types every day. The
# build itself is meson's: see HACKING.md.

BUILD ?= build

.PHONY: all demo check unit soak bench eva fuzz install clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	tools/setup build
	meson setup $(BUILD)

# The workflow of three stakeholders, end to end.
demo:
	@tools/setup build demo
	@examples/workflow/demo

# All set-up for the tests and all tests; ends in one line "N passed, N failed".
check:
	@tools/setup build demo check
	@/usr/bin/python3 tools/check

# Only what needs no containers: seconds.
unit: all
	meson test -C $(BUILD) --suite unit --suite lint

# Volumes with the numbers that are too large for `check`; then random operations, stress and sudden
# ends on mounted ones, SOAK times as many.
SOAK ?= 50

soak: all
	@tools/setup build check
	CONCORDAT_SOAK=1 meson test -C $(BUILD) --no-rebuild --timeout-multiplier 0 volume-nonces \
	  volume-scale
	CONCORDAT_SOAK=$(SOAK) /usr/bin/python3 -m pytest -q -p no:cacheprovider -x tests/e2e/test_mounted.py

bench: all
	@tools/setup build demo bench
	@/usr/bin/python3 bench/run

# Frama-C over the parsers of evidence: docs/eva.md.
eva:
	@tools/setup eva
	@tests/eva/run

install: all
	meson install -C $(BUILD)

clean:
	rm -rf build build-*
