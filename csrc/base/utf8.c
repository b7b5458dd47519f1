/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/utf8.h"

static bool among(unsigned char c, unsigned char low, unsigned char high) {
  return c >= low && c <= high;
}

static bool are_tail(const unsigned char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!among(p[i], 0x80, 0xbf))
      return false;
  return true;
}

/* The range of the second byte excludes overlong forms, surrogates and numbers above
 * U+10FFFF (RFC 3629, section 4). */
size_t kx_utf8_width(const char *at, const char *end) {
  const unsigned char *p = (const unsigned char *)at;
  size_t left = (size_t)(end - at);
  unsigned char c = *p;
  if (c < 0x80)
    return 1;
  if (among(c, 0xc2, 0xdf))
    return left >= 2 && are_tail(p + 1, 1) ? 2 : 0;
  if (among(c, 0xe0, 0xef)) {
    unsigned char low = c == 0xe0 ? 0xa0 : 0x80, high = c == 0xed ? 0x9f : 0xbf;
    return left >= 3 && among(p[1], low, high) && are_tail(p + 2, 1) ? 3 : 0;
  }
  if (among(c, 0xf0, 0xf4)) {
    unsigned char low = c == 0xf0 ? 0x90 : 0x80, high = c == 0xf4 ? 0x8f : 0xbf;
    return left >= 4 && among(p[1], low, high) && are_tail(p + 2, 2) ? 4 : 0;
  }
  return 0;
}

/* Skips ASCII, eight bytes at a time. */
static const char *skip_ascii(const char *at, const char *end) {
  uint64_t eight;
  while (end - at >= (ptrdiff_t)sizeof eight) {
    memcpy(&eight, at, sizeof eight);
    if (eight & UINT64_C(0x8080808080808080))
      break;
    at += sizeof eight;
  }
  return at;
}

bool kx_utf8_valid(kx_slice text) {
  const char *at = text.data, *end = text.len ? at + text.len : at;
  while ((at = skip_ascii(at, end)) < end) {
    size_t n = kx_utf8_width(at, end);
    if (n == 0)
      return false;
    at += n;
  }
  return true;
}
