/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* An error is kept in a fixed buffer on the caller's stack, so that reporting "out of
 * memory" needs no memory. The first function that fails fills the buffer; its callers
 * only return the status. Texts never contain a secret. */

#ifndef KX_BASE_ERROR_H
#define KX_BASE_ERROR_H

#include "base/kx.h"

/* A status and a sentence for a person. All-zero means "no error". */
typedef struct kx_error {
  kx_status code;
  char text[512];
} kx_error;

/* Fills `err`, which may be NULL, and returns `code`. So a failure takes one line:
 * `return kx_fail(err, KX_HTTP, "http: %s", why);`. A text that does not fit is cut
 * between two UTF-8 characters. Control characters become spaces. */
kx_status kx_fail(kx_error *err, kx_status code, const char *format, ...)
  __attribute__((format(printf, 3, 4)));

/* Does the same when there is no memory. */
kx_status kx_fail_memory(kx_error *err);

/* The name of a status, as Lua callers see it. It never changes: "redis", "http", "aws",
 * "credentials", "reply", "lost", "memory", "config", "timeout",
 * "backpressure"; "ok" for KX_OK. */
const char *kx_status_name(kx_status code);

#endif
