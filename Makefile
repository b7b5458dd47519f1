# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

# A flavour is the module for one Lua and one purpose: build/FLAVOUR/kinesis_exporter/core.so, and
# for the specs the core without its binding, build/test-FLAVOUR/kxtest.so. Objects that never see
# Lua are compiled once a kind (plain, asan, tsan, oom) and shared by its flavours.

pkg = $(shell pkg-config $1 2>/dev/null)

PACKAGE := kinesis-exporter-0.1.0
LIBS := hiredis libcurl libssl libcrypto
LUAS := $(or $(strip $(foreach lua,lua5.4 luajit,$(if $(call pkg,--modversion $(lua)),$(lua)))),lua5.4)
SUITES := lua5.4 luajit nginx redis build rock dist demo bench gc-lua5.4 gc-luajit \
  oom asan tsan valgrind fuzz kill soak
FUZZ := stats_key reply event http_header redis_url batch aws_ini
FUZZERS = $(FUZZ:%=build/fuzz/fuzz-%)
SECONDS ?= 20
MINUTES ?= 30

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
INCLUDES := $(call pkg,--cflags $(LIBS))
ALWAYS := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fPIC -fvisibility=hidden -MMD -MP -Icsrc \
  $(INCLUDES)
comma := ,
LINK := -shared -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS)
WRAP := $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc free) # see kxtest_memory.c
LINKED := $(call pkg,--libs $(LIBS))
# pkg-config leaves out the folders of the distribution, so these are the other ones.
LINKED += $(patsubst -L%,-Wl$(comma)-rpath$(comma)%,$(filter -L%,$(LINKED)))

# Unwind tables stay: LuaJIT needs them.
accepted = $(shell $(CC) -Werror $1 -E -x c /dev/null >/dev/null 2>&1 && echo $1)
hardened := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Wformat \
  -Wformat-security -Werror=format-security \
  $(foreach flag,-fstack-clash-protection -fcf-protection,$(call accepted,$(flag)))
plain := $(CFLAGS) $(hardened)
asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
link-asan := -fsanitize=address,undefined -Wl,-z,nodelete # leaks keep their function names
oom := $(plain) $(call pkg,--cflags lua5.4) -include spec/support/harness/oom.h
tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
link-tsan := -fsanitize=thread
fuzz := $(asan) -fsanitize=fuzzer-no-link

BINDING := $(wildcard csrc/binding/*.c)
CORE := $(filter-out $(BINDING),$(wildcard csrc/*/*.c))
HARNESS := $(wildcard spec/support/harness/kxtest*.c)
# What the specs of a flavour need.
need = build/$1/kinesis_exporter/core.so build/test-$1/kxtest.so

## build: compile the module for Lua 5.4 and for LuaJIT, if they are installed (the default)
build: $(LUAS:%=build/%/kinesis_exporter/core.so)

## help: list these targets
help:
	@sed -n 's/^## //p' Makefile | awk -F': ' '{ printf "make %-14s %s\n", $$1, $$2 }'

## demo: install what is missing, build, and watch requests become events and rows
demo:
	@tools/setup demo
	@$(MAKE) --no-print-directory -s build/lua5.4/kinesis_exporter/core.so
	@$(call using,lua5.4) examples/demo/demo

## demo-nginx: install what is missing, build, and watch a gateway's requests arrive
demo-nginx:
	@tools/setup demo-nginx
	@$(MAKE) --no-print-directory -s build
	@$(call using,lua5.4) examples/demo/demo-nginx

## setup: install what the tests need (Debian only; it lists the packages first)
setup:
	tools/setup test

## test: install what is missing, build, run every suite; the last line counts the tests
test: setup
	$(MAKE) --no-print-directory -j$$(nproc) modules $(FUZZERS)
	tools/run-suites $(SUITES)

## check: before a commit, run lint and the quick specs under both Luas
check:
	tools/setup build test lint
	$(MAKE) --no-print-directory -s -j$$(nproc) $(foreach f,lua5.4 luajit,$(call need,$f))
	CHANGED=1 LANES=7 tools/run-suites lint $(quick)

## spec: run one file (FILE=spec/...), or tests of it (NAME="part of a name"), under LUA (lua5.4)
spec:
	@[ -n "$(FILE)" ] || { echo 'usage: make spec FILE=spec/... [NAME="part of a name"] [LUA=luajit]' >&2; \
	  exit 2; }
	@[ -e "$(FILE)" ] || { echo "FILE does not exist: $(FILE)" >&2; exit 2; }
	@tools/run-suites spec

## test-lua5.4: the specs under Lua 5.4
## test-luajit: the specs under LuaJIT
## test-gc: the specs of the core with the garbage collector at its most aggressive
test-gc:
	tools/run-suites gc-lua5.4 gc-luajit

## test-nginx: the specs in a real nginx
## test-redis: the specs with sentinels, a cluster, replicas
## test-oom: the specs that make allocations fail
## test-asan: the specs under AddressSanitizer and UndefinedBehaviorSanitizer
## test-tsan: the specs of the background thread under ThreadSanitizer
## test-valgrind: the specs of the core under valgrind
## test-kill: the specs that kill exports at a hundred moments, and resume them
test-lua5.4 test-luajit test-nginx test-redis test-oom test-asan test-tsan test-valgrind test-kill: test-%:
	tools/run-suites $*

## fuzz: run each program of spec/fuzz for SECONDS (20), under the sanitizers
fuzz: $(FUZZERS)
	tools/run-suites fuzz

## soak: let everything go wrong at random, for MINUTES (30), from SEED (1)
soak: build
	KX_SOAK_SECONDS=$$(($(MINUTES) * 60)) KX_SOAK_SEED=$(or $(SEED),1) \
	  SUITE_SECONDS=$$(($(MINUTES) * 90 + 600)) tools/run-suites soak

## rock: install with LuaRocks under Lua 5.4 and LuaJIT, and run the installed command
rock:
	tools/run-suites rock

## bench: install what is missing, build, and compare with other exporters
bench:
	tools/setup bench
	$(MAKE) --no-print-directory build
	$(call using,lua5.4) bench/run

## bench-nginx: measure what a request in nginx costs
bench-nginx:
	tools/setup bench-nginx
	$(MAKE) --no-print-directory build
	bench/nginx

## lint: formatting, static analysis, layers, rockspec and documentation
lint:
	tools/lint

## format: lay out the C sources as .clang-format says
format:
	clang-format -i csrc/*/*.[ch] spec/support/harness/*.[ch] spec/fuzz/*.c bench/*.[ch] tools/*.c

# LuaRocks removes the installed version before it builds a new one. So the new one is built and
# loaded once before that.
luarocks = tools/luarocks $(or $(LUA_VERSION),5.4) $(TREE:%=--tree=%) make \
  $(foreach name,CRYPTO_DIR CURL_DIR HIREDIS_DIR,$($(name):%=$(name)=%))

## install: install with LuaRocks for LUA_VERSION (5.4), for the whole system or into TREE
install:
	$(if $(DESTDIR),$(error LuaRocks does not know DESTDIR: use TREE=DIRECTORY))
	$(luarocks) --no-install
	$(luarocks)

## dist: pack the committed sources into a tar file, byte for byte the same everywhere
dist:
	mkdir -p build
	git -c tar.umask=0022 archive --format=tar --prefix=$(PACKAGE)/ HEAD | gzip -9n > build/$(PACKAGE).tar.gz
	sha256sum build/$(PACKAGE).tar.gz

## modules: build every flavour of the module and of the specs' harness
modules: $(foreach f,lua5.4 luajit asan-lua5.4 tsan-lua5.4 oom-lua5.4,$(call need,$f))
modules: build/asan-lua5.4/lua build/tsan-lua5.4/lua

## clean: remove what was built
clean:
	rm -rf build

libraries:
	@pkg-config --exists $(LIBS) $(LUAS) 2>/dev/null || { echo "what the build needs is missing:" \
	  "run tools/setup build, which names it, and installs it on Debian" >&2; exit 1; }

# These files list the compiler, flags and libraries of the build. When the list changes, everything
# that depends on it is built again.
quoted = '$(subst ','\'',$1)'
versions = $(shell echo LIBCURL_VERSION HIREDIS_MAJOR HIREDIS_MINOR HIREDIS_PATCH OPENSSL_VERSION_TEXT | \
  $(CC) $(CFLAGS) $(rock-includes:%=-I%) $(INCLUDES) -include curl/curlver.h -include hiredis/hiredis.h \
  -include openssl/opensslv.h -E -P -x c - 2>/dev/null | tail -n 1)
built-with = $(shell $(CC) --version 2>/dev/null | head -n 1) $(CC) $(ALWAYS) $(plain) $(asan) $(tsan) $(oom) \
  $(LINK) $(LINKED) $(LUAS) $(LIBFLAG) $(rock-includes) $(rock-libraries) $(versions)
build/built-with build/rock/built-with: always
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(built-with)) | cmp -s - $@ || \
	  printf '%s\n' $(call quoted,$(built-with)) >$@

# kind
define objects
build/$1/%.o: csrc/%.c build/built-with | libraries
	@mkdir -p $$(@D)
	$$(CC) $$(ALWAYS) $$($1) -c -o $$@ $$<
build/$1/%.o: spec/support/harness/%.c build/built-with | libraries
	@mkdir -p $$(@D)
	$$(CC) $$(ALWAYS) $$($1) -c -o $$@ $$<
endef

# flavour,kind,lua,more sources of this kind
define flavour
build/$1/%.o: csrc/%.c build/built-with | libraries
	@mkdir -p $$(@D)
	$$(CC) $$(ALWAYS) $(call pkg,--cflags $3) $$($2) -c -o $$@ $$<
build/test-$1/%.o: spec/support/harness/%.c build/built-with | libraries
	@mkdir -p $$(@D)
	$$(CC) $$(ALWAYS) $(call pkg,--cflags $3) $$($2) -c -o $$@ $$<
shared-$1 := $$(patsubst %.c,build/$2/%.o,$$(CORE:csrc/%=%) $$(notdir $4))
build/$1/kinesis_exporter/core.so: $$(BINDING:csrc/%.c=build/$1/%.o) $$(shared-$1)
	@mkdir -p $$(@D)
	$$(CC) $$(LINK) $$(link-$2) -o $$@ $$^ $$(LINKED)
build/test-$1/kxtest.so: $$(HARNESS:spec/support/harness/%.c=build/test-$1/%.o) $$(shared-$1)
	$$(CC) $$(LINK) $$(WRAP) $$(link-$2) -o $$@ $$^ $$(LINKED)
endef

$(foreach kind,plain asan tsan oom fuzz,$(eval $(call objects,$(kind))))
$(eval $(call flavour,lua5.4,plain,lua5.4))
$(eval $(call flavour,luajit,plain,luajit))
$(eval $(call flavour,asan-lua5.4,asan,lua5.4))
$(eval $(call flavour,tsan-lua5.4,tsan,lua5.4))
$(eval $(call flavour,oom-lua5.4,oom,lua5.4,$(wildcard spec/support/harness/oom*.c)))

build/sanitized-child.so: tools/sanitized_child.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fPIC -shared -o $@ $<
build/asan-lua5.4/lua build/tsan-lua5.4/lua: build/%-lua5.4/lua: build/sanitized-child.so
	@mkdir -p $(@D)
	printf '#!/bin/sh\nLD_PRELOAD="%s %s" exec lua5.4 "$$@"\n' \
	  $$($(CC) -print-file-name=lib$*.so) $(CURDIR)/$< > $@
	chmod +x $@

# What the rockspec builds, with the Lua and the libraries that LuaRocks has found. Folders that the
# user has named are searched before the distribution's. When the Lua that the module is for cannot
# load it, the build fails.
named-first = $(filter-out /usr/lib% /lib%,$1) $(filter /usr/lib% /lib%,$1)
rock-includes = $(CRYPTO_INCDIR) $(CURL_INCDIR) $(HIREDIS_INCDIR) $(LUA_INCDIR)
rock-libraries = $(call named-first,$(CRYPTO_LIBDIR) $(CURL_LIBDIR) $(HIREDIS_LIBDIR))
build/rock/%.o: csrc/%.c build/rock/built-with
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -MMD -MP $(plain) \
	  -Icsrc $(rock-includes:%=-I%) -c -o $@ $<
rock-module: $(patsubst csrc/%.c,build/rock/%.o,$(BINDING) $(CORE))
	$(CC) $(LIBFLAG) $(filter-out -shared,$(LINK)) -o build/rock/core.so $^ \
	  $(rock-libraries:%=-L%) $(rock-libraries:%=-Wl,-rpath,%) -lhiredis -lcurl -lssl -lcrypto -lpthread
	$(if $(wildcard $(LUA)),$(LUA) -e \
	  'assert(package.loadlib("build/rock/core.so", "luaopen_kinesis_exporter_core"))()')

# build/fuzz/fuzz-NAME is spec/fuzz/NAME.c with libFuzzer, which only clang has.
build/fuzz/%: private override CC := clang
build/fuzz/fuzz-%.o: spec/fuzz/%.c build/built-with
	@mkdir -p $(@D)
	$(CC) $(ALWAYS) $(fuzz) -c -o $@ $<
$(FUZZERS): %: %.o $(CORE:csrc/%.c=build/fuzz/%.o)
	$(CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LINKED)

# What tools/run-suites runs: each prints TAP. KX_LUA is the interpreter of the programs that specs
# start. Specs do not find the credentials of the user who runs them.
no_aws := AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null \
  AWS_SHARED_CREDENTIALS_FILE=/dev/null
# flavour,interpreter unless the flavour names it
using = $(no_aws) LUA_PATH="lua/?.lua;spec/support/?.lua;;" LUA_CPATH="build/$1/?.so;build/test-$1/?.so;;" \
  KX_LUA=$(or $2,$(lastword $(subst -, ,$1)))
busted = tools/busted.lua --output=TAP

# Suites run folders. A describe has a tag when a suite selects its tests or leaves them out:
#   #slow      takes many seconds: make check and the suites gc-... leave it out
#   #threads   uses the background thread: ThreadSanitizer runs it
#   #valgrind  covers the whole way of events and counters: valgrind runs it
at_core := $(addprefix spec/,base redis http aws kinesis control events counters exporter engine credentials)
# --tags alone would also set up the files without a tagged test.
tagged = --tags=$1 $(shell grep -l '^ *describe.*$(hash)$1' $(at_core:%=%/*_spec.lua))
hash := \#
specs := $(at_core) $(addprefix spec/,util log jobs status doctor redshift cli support/selftest)

suite-lua5.4 suite-luajit: suite-%: $(call need,%)
	$(call using,$*) $* $(busted) $(specs)
# make check runs the quick specs in parts that take about the same time: they wait more than they work.
part1 := $(addprefix spec/,redis control kinesis http base aws)
part2 := $(addprefix spec/,exporter events engine)
part3 := $(filter-out $(part1) $(part2),$(specs))
# part,flavour
define quick-suite
quick += $1-$2
suite-$1-$2: $(call need,$2)
	$(call using,$2) $2 $(busted) --exclude-tags=slow $($1)
endef
$(foreach part,part1 part2 part3,$(foreach lua,lua5.4 luajit,$(eval $(call quick-suite,$(part),$(lua)))))
suite-nginx: $(call need,lua5.4) $(call need,luajit)
	$(call using,lua5.4) lua5.4 $(busted) spec/nginx
suite-redis: $(call need,lua5.4)
	$(call using,lua5.4) lua5.4 $(busted) spec/redis/topology
suite-gc-lua5.4 suite-gc-luajit: suite-gc-%: $(call need,%)
	$(call using,$*) $* $(busted) --helper=spec/support/aggressive_gc.lua --exclude-tags=slow $(at_core)
suite-oom: $(call need,oom-lua5.4)
	$(call using,oom-lua5.4) lua5.4 $(busted) spec/oom
suite-asan: $(call need,asan-lua5.4) build/asan-lua5.4/lua
	$(call using,asan-lua5.4,$(CURDIR)/build/asan-lua5.4/lua) build/asan-lua5.4/lua $(busted) \
	  $(specs) spec/redis/topology
# GCC 12's ThreadSanitizer does not know pthread_clockjoin_np, which waits for the thread to end.
suite-tsan: $(call need,tsan-lua5.4) build/tsan-lua5.4/lua
	TSAN_OPTIONS=report_thread_leaks=0:die_after_fork=0 \
	$(call using,tsan-lua5.4,$(CURDIR)/build/tsan-lua5.4/lua) build/tsan-lua5.4/lua $(busted) \
	  $(call tagged,threads)
suite-valgrind: $(call need,lua5.4)
	$(call using,lua5.4) valgrind --quiet --error-exitcode=99 --keep-debuginfo=yes --leak-check=full \
	  --show-leak-kinds=definite --errors-for-leak-kinds=definite lua5.4 $(busted) \
	  $(call tagged,valgrind)
suite-fuzz: $(FUZZERS)
	tools/fuzz $(SECONDS) $(FUZZ)
suite-kill: $(call need,lua5.4)
	$(call using,lua5.4) lua5.4 $(busted) spec/kill
suite-soak: $(call need,lua5.4) $(call need,luajit)
	$(call using,lua5.4) lua5.4 $(busted) spec/soak
suite-lint:
	tools/lint
suite-build suite-rock suite-dist: suite-%:
	tools/$*-check
suite-demo suite-bench: suite-%: $(call need,lua5.4) $(call need,luajit)
	$(call using,lua5.4) tools/$*-check

# What `make spec` runs. Specs of nginx and the soak need both Luas, those of oom a module of their own.
spec-lua := $(or $(LUA),lua5.4)
spec-flavour := $(if $(filter spec/oom%,$(FILE)),oom-lua5.4,$(spec-lua))
suite-spec: $(foreach f,$(if $(filter spec/nginx% spec/soak%,$(FILE)),lua5.4 luajit,$(spec-flavour)),$(call need,$f))
	$(call using,$(spec-flavour),$(spec-lua)) $(spec-lua) $(busted) $(FILE) \
	  $(if $(NAME),--filter="$$(printf %s "$$NAME" | sed 's/[^[:alnum:] ]/%&/g')")

.PHONY: build help demo demo-nginx setup test check spec test-lua5.4 test-luajit test-gc test-nginx
.PHONY: test-redis test-oom test-asan test-tsan test-valgrind test-kill soak rock rock-module fuzz
.PHONY: bench bench-nginx lint format install dist modules clean libraries always
.DELETE_ON_ERROR:
-include $(wildcard build/*/*.d build/*/*/*.d)
