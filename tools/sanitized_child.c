/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Preloaded next to the sanitizer's runtime, so that only the interpreter
 * under test runs with it and not the servers and commands it starts. */

#include <stdlib.h>

__attribute__((constructor)) static void forget(void) {
  unsetenv("LD_PRELOAD");
}
