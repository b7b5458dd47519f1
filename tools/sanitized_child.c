/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Preloaded beside the sanitizer's runtime, so that only the tested interpreter has that runtime,
 * not the servers and commands that it starts. */

#include <stdlib.h>

__attribute__((constructor)) static void forget(void) {
  unsetenv("LD_PRELOAD");
}
