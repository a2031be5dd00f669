# A thin front for Meson: one short word for each thing a person wants done.
BUILD ?= build
MESON_FLAGS ?=
NINJA = ninja -C $(BUILD)
.DEFAULT_GOAL := all

all: $(BUILD)/build.ninja
	@$(NINJA) >$(BUILD)/build.log 2>&1 || { cat $(BUILD)/build.log; exit 1; }
	@ln -sf src/candor $(BUILD)/candor && ln -sf src/candor-jail $(BUILD)/candor-jail && ln -sfn "$(CURDIR)/rules" $(BUILD)/rules

$(BUILD)/build.ninja: | setup
	@meson setup $(BUILD) $(MESON_FLAGS) >/dev/null

# Installs what is missing from Debian; a second call only looks at a stamp.
setup:
	@scripts/setup

# Scan something real and show the result.
run: all
	@scripts/run $(BUILD)

test: all
	@scripts/test $(BUILD)

# Units only; under 20 s.
check: all
	@meson test -C $(BUILD) --suite unit --print-errorlogs

lint:
	@scripts/lint

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

asan:
	@scripts/asan

debug:
	@$(MAKE) --no-print-directory BUILD=build-debug MESON_FLAGS='-Ddebug_scanner=true -Dbuildtype=debug' all

# make fuzz T=zip SECONDS=60
fuzz:
	@scripts/fuzz "$(T)" "$(SECONDS)"

fuzz-all:
	@scripts/fuzz all "$(SECONDS)"

bench: all
	@scripts/bench $(BUILD)
	@scripts/bench-door $(BUILD)

# A vendor that hunts documents, and what an owner can do about it, in five acts.
story: all
	@scripts/story $(BUILD)

fresh:
	@scripts/fresh

test-old-kernel: all
	@scripts/test-old-kernel $(BUILD)

install: all
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD) --no-rebuild

uninstall: all
	@$(NINJA) uninstall

red-team: all
	@scripts/red-team $(BUILD)

clean:
	rm -rf $(BUILD) build-*

.PHONY: all setup run test red-team check lint format asan debug fuzz fuzz-all bench story fresh test-old-kernel install uninstall clean
