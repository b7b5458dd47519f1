/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/json_escape.h"

static bool between(char c, char low, char high) {
  return c >= low && c <= high;
}

static int hex_digit(char c) {
  if (between(c, '0', '9'))
    return c - '0';
  c |= 0x20;
  return between(c, 'a', 'f') ? c - 'a' + 10 : -1;
}

/* The value of the four digits of a \u escape; UINT32_MAX when they are not there. */
static uint32_t four_digits(const char **at, const char *end) {
  uint32_t value = 0;
  if (end - *at < 4)
    return UINT32_MAX;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(*(*at)++);
    if (digit < 0)
      return UINT32_MAX;
    value = value << 4 | (uint32_t)digit;
  }
  return value;
}

static uint32_t low_surrogate(const char **at, const char *end) {
  if (end - *at < 2 || (*at)[0] != '\\' || (*at)[1] != 'u')
    return UINT32_MAX;
  *at += 2;
  return four_digits(at, end);
}

static void put_utf8(kx_buf *out, uint32_t c) {
  char text[4];
  size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n - 1; i > 0; i--, c >>= 6)
    text[i] = (char)(0x80 | (c & 0x3f));
  text[0] = (char)(lead[n] | c);
  kx_buf_append(out, text, n);
}

/* Reads what follows "\u": one escape, or the two of a surrogate pair. */
static bool unicode_escape(const char **at, const char *end, kx_buf *out) {
  uint32_t c = four_digits(at, end);
  if (c >= 0xd800 && c < 0xdc00) {
    uint32_t low = low_surrogate(at, end);
    if (low < 0xdc00 || low > 0xdfff)
      return false;
    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
  } else if (c > 0xffff || (c >= 0xdc00 && c <= 0xdfff)) {
    return false;
  }
  if (out)
    put_utf8(out, c);
  return true;
}

bool kx_json_escape_read(const char **at, const char *end, kx_buf *out) {
  static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  if (*at == end)
    return false;
  char c = *(*at)++;
  if (c == 'u')
    return unicode_escape(at, end, out);
  const char *letter = memchr(letters, c, sizeof letters - 1);
  if (letter && out)
    kx_buf_putc(out, meant[letter - letters]);
  return letter != NULL;
}

static bool needs_escape(char c) {
  return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* Asks the same of eight bytes at once. A borrow goes up only from a byte that needs an
 * escape, so it never finds one where there is none. */
static bool some_need_escape(const char *at) {
  const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
  uint64_t x, quote, backslash;
  memcpy(&x, at, sizeof x);
  quote = x ^ ones * '"';
  backslash = x ^ ones * '\\';
  return ((((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) |
           ((backslash - ones) & ~backslash)) &
          highs) != 0;
}

static const char *plain_end(const char *at, const char *end) {
  while (end - at >= 8 && !some_need_escape(at))
    at += 8;
  while (at < end && !needs_escape(*at))
    at++;
  return at;
}

static void put_escape(kx_buf *out, unsigned char c) {
  static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
  const char *found = memchr(special, c, sizeof special - 1);
  if (found) {
    kx_buf_putc(out, '\\');
    kx_buf_putc(out, letters[found - special]);
  } else {
    kx_buf_printf(out, "\\u%04x", c);
  }
}

void kx_json_escape_write(kx_buf *out, kx_slice text) {
  const char *at = text.len ? text.data : "", *end = at + text.len;
  while (at < end) {
    const char *start = at;
    at = plain_end(at, end);
    kx_buf_append(out, start, (size_t)(at - start));
    if (at < end)
      put_escape(out, (unsigned char)*at++);
  }
}
