/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Errors travel in a fixed buffer on the caller's stack, so that saying
 * "out of memory" needs none. The first function to fail fills the buffer; the
 * ones above it only hand the status on. Texts never hold a secret. */

#ifndef KX_BASE_ERROR_H
#define KX_BASE_ERROR_H

#include "base/kx.h"

/* A status and a sentence for a person. All-zero means "no error". */
typedef struct kx_error {
  kx_status code;
  char text[512];
} kx_error;

/* Fills `err` (may be NULL) and returns `code`, so that failing takes one line:
 * `return kx_fail(err, KX_HTTP, "http: %s", why);`. A text that does not fit is
 * cut at a UTF-8 character boundary; control characters become spaces. */
kx_status kx_fail(kx_error *err, kx_status code, const char *format, ...)
  __attribute__((format(printf, 3, 4)));

/* The same for memory that ran out. */
kx_status kx_fail_memory(kx_error *err);

/* The stable name of a status, as Lua callers see it: "redis", "http", "aws",
 * "credentials", "reply", "lost", "memory", "config", "timeout",
 * "backpressure"; "ok" for KX_OK. */
const char *kx_status_name(kx_status code);

#endif
