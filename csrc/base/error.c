/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

/* The number of bytes of the character that begins with `lead`; 1 for a byte that does not
 * begin a character. */
static size_t width(unsigned char lead) {
  if (lead >= 0xf0)
    return 4;
  if (lead >= 0xe0)
    return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/* Removes the beginning of a character from the end when the rest of it did not fit. A
 * character has at most three bytes after its first. */
static void trim(char *text, size_t len) {
  for (size_t back = 1; back <= 3 && back <= len; back++) {
    unsigned char c = (unsigned char)text[len - back];
    if ((c & 0xc0) == 0x80)
      continue;
    if (width(c) > back)
      text[len - back] = '\0';
    return;
  }
}

static void flatten(char *text) {
  for (unsigned char *p = (unsigned char *)text; *p; p++)
    if (*p < 0x20 || *p == 0x7f)
      *p = ' ';
}

/* Formats into another buffer first: the old text may be an argument. */
static void fill(kx_error *err, const char *format, va_list args) {
  char text[sizeof err->text] = "";
  int len = vsnprintf(text, sizeof text, format, args);
  if (len >= (int)sizeof text)
    trim(text, sizeof text - 1);
  flatten(text);
  memcpy(err->text, text, sizeof text);
}

kx_status kx_fail(kx_error *err, kx_status code, const char *format, ...) {
  if (err) {
    va_list args;
    va_start(args, format);
    fill(err, format, args);
    va_end(args);
    err->code = code;
  }
  return code;
}

kx_status kx_fail_memory(kx_error *err) {
  return kx_fail(err, KX_MEMORY, "out of memory");
}

const char *kx_status_name(kx_status code) {
  switch (code) {
    case KX_OK: return "ok";
    case KX_REDIS: return "redis";
    case KX_HTTP: return "http";
    case KX_AWS: return "aws";
    case KX_CREDENTIALS: return "credentials";
    case KX_REPLY: return "reply";
    case KX_LOST: return "lost";
    case KX_MEMORY: return "memory";
    case KX_CONFIG: return "config";
    case KX_TIMEOUT: return "timeout";
    case KX_BACKPRESSURE: return "backpressure";
  }
  return "unknown";
}
