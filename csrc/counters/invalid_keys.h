/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The keys that a job could make no event of, for the log: the first ones as they
 * are, as many as there is room for, the others as a number. */

#ifndef KX_COUNTERS_INVALID_KEYS_H
#define KX_COUNTERS_INVALID_KEYS_H

#include "base/kx.h"

enum { KX_INVALID_MOST = 32, KX_INVALID_KEY = 200, KX_INVALID_VALUE = 50 };

/* A key that is none, or whose counter is no integer; both cut to fit. */
typedef struct kx_invalid {
  char key[KX_INVALID_KEY], value[KX_INVALID_VALUE];
  size_t key_len, value_len;
} kx_invalid;

/* All-zero is empty. Whoever reads the list empties it. */
typedef struct kx_invalids {
  kx_invalid list[KX_INVALID_MOST];
  size_t n;
  int64_t more;
} kx_invalids;

/* Adds one. */
void kx_invalids_add(kx_invalids *invalids, kx_slice key, kx_slice value);

#endif
