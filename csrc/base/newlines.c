/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/newlines.h"

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define LOW_BITS (EACH_BYTE * 0x7f)

/* The number of zero bytes in a word. A byte is zero when its top bit is not set and its
 * low bits do not carry into the top bit. So the top bits of the zero bytes are left, and
 * the product adds them up in its highest byte. */
static size_t zero_bytes(uint64_t word) {
  uint64_t nonzero = ((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS;
  return (size_t)(((~nonzero >> 7) * EACH_BYTE) >> 56);
}

size_t kx_newlines_count(kx_slice text) {
  size_t n = 0, i = 0;
  for (; i + sizeof(uint64_t) <= text.len; i += sizeof(uint64_t)) {
    uint64_t word;
    memcpy(&word, text.data + i, sizeof word);
    n += zero_bytes(word ^ (EACH_BYTE * '\n'));
  }
  for (; i < text.len; i++)
    n += text.data[i] == '\n';
  return n;
}
