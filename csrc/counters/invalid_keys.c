/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/invalid_keys.h"

static size_t cut(char *out, size_t size, kx_slice text) {
  size_t len = text.len < size ? text.len : size;
  memcpy(out, text.data, len);
  return len;
}

void kx_invalids_add(kx_invalids *invalids, kx_slice key, kx_slice value) {
  kx_invalid *at = &invalids->list[invalids->n];
  if (invalids->n == KX_INVALID_MOST) {
    invalids->more++;
    return;
  }
  at->key_len = cut(at->key, sizeof at->key, key);
  at->value_len = cut(at->value, sizeof at->value, value);
  invalids->n++;
}
