/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/pages.h"

#include <stdlib.h>

enum { FIRST = 8 };

/* The list is copied when it is full: 8 bytes for each page. */
static bool grow_list(kx_pages *pages) {
  size_t cap = pages->cap ? 2 * pages->cap : FIRST;
  char **list = realloc(pages->list, cap * sizeof *list);
  if (list == NULL)
    return false;
  pages->list = list;
  pages->cap = cap;
  return true;
}

char *kx_pages_add(kx_pages *pages, size_t bytes) {
  if (pages->n == pages->cap && !grow_list(pages))
    return NULL;
  char *page = malloc(bytes);
  if (page != NULL)
    pages->list[pages->n++] = page;
  return page;
}

/* Frees the newest page first. Then malloc gives the end of its heap back to the system in
 * small steps, while other threads that need memory wait. */
void kx_pages_free(kx_pages *pages) {
  while (pages->n > 0)
    free(pages->list[--pages->n]);
  free(pages->list);
  *pages = (kx_pages){0};
}
