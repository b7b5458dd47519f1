/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Memory that grows by pages. A page never moves, so its content is never copied, and one
 * more page costs the same for any number of pages. */

#ifndef KX_BASE_PAGES_H
#define KX_BASE_PAGES_H

#include "base/kx.h"

enum { KX_PAGE_BYTES = 16384 };

/* All-zero has no pages. */
typedef struct kx_pages {
  char **list; /* owned, as the pages are */
  size_t n, cap;
} kx_pages;

/* Adds a page of `bytes` bytes and returns it. Its content is not set. NULL when there is
 * no memory. */
char *kx_pages_add(kx_pages *pages, size_t bytes);

/* Releases all pages. */
void kx_pages_free(kx_pages *pages);

#endif
