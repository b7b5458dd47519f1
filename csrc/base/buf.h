/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A growing run of bytes with a sticky failure: append freely, ask kx_buf_ok
 * once at the end. After an allocation failed every append is a no-op, so a
 * half-built text is never mistaken for a whole one. All-zero is a valid empty
 * buffer. */

#ifndef KX_BASE_BUF_H
#define KX_BASE_BUF_H

#include "base/kx.h"

typedef struct kx_buf {
  char *data;  /* owned; NULL while empty */
  size_t len;  /* bytes in use */
  size_t cap;  /* bytes allocated */
  bool failed; /* an allocation failed since the last kx_buf_clear */
} kx_buf;

/* Makes room for `more` bytes and returns where they go (valid until the next
 * append), or NULL when memory ran out. The caller writes there and adds what
 * it wrote to `len`. Capacity at least doubles, so appending is linear. */
char *kx_buf_reserve(kx_buf *buf, size_t more);

/* Appends `len` bytes. In line, for those who append a few at a time. */
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

/* Forgets the content and the failure, keeps the memory. */
void kx_buf_clear(kx_buf *buf);

/* Releases the memory and leaves an empty buffer. */
void kx_buf_free(kx_buf *buf);

/* Overwrites the content so that no compiler drops it, then kx_buf_free: for
 * buffers that held a secret. */
void kx_buf_wipe(kx_buf *buf);

/* False when an append since the last kx_buf_clear found no memory. */
static inline bool kx_buf_ok(const kx_buf *buf) {
  return !buf->failed;
}

/* The content as a slice, valid until the next append. */
static inline kx_slice kx_buf_view(const kx_buf *buf) {
  return (kx_slice){buf->data, buf->len};
}

#endif
