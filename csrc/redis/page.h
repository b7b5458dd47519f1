/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Large replies without a tree: a page takes the events or keys straight from the parser of
 * hiredis. */

#ifndef KX_REDIS_PAGE_H
#define KX_REDIS_PAGE_H

#include "base/buf.h"
#include "base/error.h"

struct redisReplyObjectFunctions;

/* How a reply becomes a page. */
typedef enum kx_page_kind {
  KX_PAGE_CHUNKS, /* LRANGE: values one after the other; a missing newline is added to each */
  KX_PAGE_SCAN,   /* SSCAN: members, each ended by a newline, and a cursor */
  KX_PAGE_STREAM  /* SUNION: members as in a scan; they may be taken while the reply arrives */
} kx_page_kind;

/* Events or keys as Redis sent them, each ended by a newline. */
typedef struct kx_page {
  kx_page_kind kind;
  kx_buf events;
  size_t items;    /* set members or list values in `events` */
  size_t empty;    /* empty members or values, which are not events and are left out */
  size_t most;     /* stream: reading pauses while `events` is at least this long */
  char cursor[24]; /* scan: where the next page begins; "0" after the last, "?" before it came */
  kx_error error;  /* set when the reply was an error */
} kx_page;

/* Empties the page for the next reply; its kind and `most` stay. */
void kx_page_begin(kx_page *page);

/* True for a stream that must be taken from before more is read. */
bool kx_page_is_full(const kx_page *page);

/* The functions that a hiredis reader calls to fill the page that its privdata points to. */
struct redisReplyObjectFunctions *kx_page_functions(void);

#endif
