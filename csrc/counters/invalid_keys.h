/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The keys of which a job could not make an event, for the log: the first ones as they are, until
 * the list is full; the others as a number. */

#ifndef KX_COUNTERS_INVALID_KEYS_H
#define KX_COUNTERS_INVALID_KEYS_H

#include "base/kx.h"

enum { KX_INVALID_MOST = 32, KX_INVALID_KEY = 200, KX_INVALID_VALUE = 50 };

/* A key that is not a stats key, or whose counter is not an integer. Both are cut to fit. */
typedef struct kx_invalid_key {
  char key[KX_INVALID_KEY], value[KX_INVALID_VALUE];
  size_t key_len, value_len;
} kx_invalid_key;

/* All-zero is empty. The reader of the list empties it. */
typedef struct kx_invalid_keys {
  kx_invalid_key list[KX_INVALID_MOST];
  size_t n;
  int64_t more;
} kx_invalid_keys;

/* Adds a key and its value. */
void kx_invalid_keys_add(kx_invalid_keys *invalid_keys, kx_slice key, kx_slice value);

#endif
