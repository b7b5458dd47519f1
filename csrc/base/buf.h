/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A buffer of bytes that grows. Failure is sticky: the caller appends freely and asks
 * kx_buf_ok once at the end. After a failed allocation every append does nothing, so that
 * half a text is never taken for a whole one. All-zero is a valid empty buffer. */

#ifndef KX_BASE_BUF_H
#define KX_BASE_BUF_H

#include "base/kx.h"

typedef struct kx_buf {
  char *data;  /* owned; NULL while empty */
  size_t len;  /* bytes in use */
  size_t cap;  /* bytes allocated */
  bool failed; /* an allocation failed since the last kx_buf_clear */
} kx_buf;

/* Makes room for `more` bytes and returns where they go, or NULL when there is no memory.
 * The address is valid until the next append. The caller writes there and adds the number
 * of bytes to `len`. The capacity at least doubles, so appending takes linear time. */
char *kx_buf_reserve(kx_buf *buf, size_t more);

/* Appends `len` bytes. It is inline for callers that append a few bytes at a time. */
static inline void kx_buf_append(kx_buf *buf, const void *data, size_t len) {
  char *to = NULL;
  if (!buf->failed && buf->data && len <= buf->cap - buf->len)
    to = buf->data + buf->len;
  else if (len > 0)
    to = kx_buf_reserve(buf, len);
  if (!to || len == 0)
    return;
  memcpy(to, data, len);
  buf->len += len;
}

/* Appends a C string. */
void kx_buf_puts(kx_buf *buf, const char *s);

/* Appends a slice. */
void kx_buf_slice(kx_buf *buf, kx_slice slice);

/* Appends one byte. */
static inline void kx_buf_putc(kx_buf *buf, char c) {
  kx_buf_append(buf, &c, 1);
}

/* Appends printf-formatted text. */
void kx_buf_printf(kx_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes the content and forgets the failure. Keeps the memory. */
void kx_buf_clear(kx_buf *buf);

/* Releases the memory and leaves an empty buffer. */
void kx_buf_free(kx_buf *buf);

/* Overwrites the whole memory, which no compiler removes, and frees it. For buffers that
 * held a secret. */
void kx_buf_wipe(kx_buf *buf);

/* False when an append since the last kx_buf_clear got no memory. */
static inline bool kx_buf_ok(const kx_buf *buf) {
  return !buf->failed;
}

/* The content as a slice, valid until the next append. */
static inline kx_slice kx_buf_view(const kx_buf *buf) {
  return (kx_slice){buf->data, buf->len};
}

#endif
