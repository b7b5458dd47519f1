/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The types that all other files share: the status that a function returns, and the slice,
 * which passes bytes that somebody else owns. Nothing here allocates. */

#ifndef KX_BASE_KX_H
#define KX_BASE_KX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a function that can fail returns. The Lua codes of the same meaning are part of the
 * public contract: see kx_status_name. */
typedef enum kx_status {
  KX_OK = 0,      /* it worked */
  KX_REDIS,       /* Redis cannot be reached, or answered with an error */
  KX_HTTP,        /* the endpoint gave no usable answer */
  KX_AWS,         /* the service refused */
  KX_CREDENTIALS, /* there are none, or the service does not accept them */
  KX_REPLY,       /* an answer that cannot be read */
  KX_LOST,        /* somebody else has taken the lock */
  KX_MEMORY,      /* an allocation failed */
  KX_CONFIG,      /* a setting is missing or makes no sense */
  KX_TIMEOUT,     /* it took longer than allowed */
  KX_BACKPRESSURE /* too much is waiting already */
} kx_status;

/* Bytes that somebody else owns. They do not end with a NUL. */
typedef struct kx_slice {
  const char *data;
  size_t len;
} kx_slice;

/* A slice over a C string. */
static inline kx_slice kx_str(const char *s) {
  return (kx_slice){s, strlen(s)};
}

/* True when the slice holds exactly the text `s`. */
static inline bool kx_slice_is(kx_slice slice, const char *s) {
  return slice.len == strlen(s) && memcmp(slice.data, s, slice.len) == 0;
}

#endif
