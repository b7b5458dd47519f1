/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST = 64 };

static size_t larger(const kx_buf *buf, size_t needed) {
  size_t doubled = buf->cap > SIZE_MAX / 2 ? needed : 2 * buf->cap;
  if (doubled < FIRST)
    doubled = FIRST;
  return doubled < needed ? needed : doubled;
}

static bool grow(kx_buf *buf, size_t needed) {
  size_t cap = larger(buf, needed);
  char *data = realloc(buf->data, cap);
  if (!data)
    return false;
  buf->data = data;
  buf->cap = cap;
  return true;
}

char *kx_buf_reserve(kx_buf *buf, size_t more) {
  if (buf->failed)
    return NULL;
  bool fits = buf->data && more <= buf->cap - buf->len;
  if (!fits && (more > SIZE_MAX - buf->len || !grow(buf, buf->len + more))) {
    buf->failed = true;
    return NULL;
  }
  return buf->data + buf->len;
}

void kx_buf_puts(kx_buf *buf, const char *s) {
  kx_buf_append(buf, s, strlen(s));
}

void kx_buf_slice(kx_buf *buf, kx_slice slice) {
  kx_buf_append(buf, slice.data, slice.len);
}

static int measure(const char *format, va_list args) {
  va_list copy;
  va_copy(copy, args);
  int len = vsnprintf(NULL, 0, format, copy);
  va_end(copy);
  return len;
}

/* vsnprintf also writes a NUL at the end, which needs room. */
static void print(kx_buf *buf, const char *format, va_list args) {
  int len = measure(format, args);
  if (len < 0) {
    buf->failed = true;
    return;
  }
  char *to = kx_buf_reserve(buf, (size_t)len + 1);
  if (!to)
    return;
  vsnprintf(to, (size_t)len + 1, format, args);
  buf->len += (size_t)len;
}

void kx_buf_printf(kx_buf *buf, const char *format, ...) {
  va_list args;
  va_start(args, format);
  print(buf, format, args);
  va_end(args);
}

void kx_buf_clear(kx_buf *buf) {
  buf->len = 0;
  buf->failed = false;
}

void kx_buf_free(kx_buf *buf) {
  free(buf->data);
  *buf = (kx_buf){0};
}

/* Overwrites all of the memory: before a kx_buf_clear a secret may have been longer. */
void kx_buf_wipe(kx_buf *buf) {
  if (buf->data)
    explicit_bzero(buf->data, buf->cap);
  kx_buf_free(buf);
}
