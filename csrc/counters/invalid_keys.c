/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/invalid_keys.h"

static size_t cut(char *out, size_t size, kx_slice text) {
  size_t len = text.len < size ? text.len : size;
  memcpy(out, text.data, len);
  return len;
}

void kx_invalid_keys_add(kx_invalid_keys *invalid_keys, kx_slice key, kx_slice value) {
  kx_invalid_key *at = &invalid_keys->list[invalid_keys->n];
  if (invalid_keys->n == KX_INVALID_MOST) {
    invalid_keys->more++;
    return;
  }
  at->key_len = cut(at->key, sizeof at->key, key);
  at->value_len = cut(at->value, sizeof at->value, value);
  invalid_keys->n++;
}
