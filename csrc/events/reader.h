/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads a claimed set or list from one end to the other. Nobody changes it meanwhile, except that
 * a list loses its head. The reader stays a few pages ahead of its caller, so that Redis works on
 * the next page while the caller works on this one. Sets and lists differ in the command that
 * reads a page and in what a place is. */

#ifndef KX_EVENTS_READER_H
#define KX_EVENTS_READER_H

#include "events/chunk_list.h"
#include "events/pending_set.h"

enum { KX_READER_PAGES = 3 };

/* A place in a set or list: everything before it has been read, or is settled. */
typedef struct kx_place {
  kx_scan scan;           /* of a set */
  int64_t chunks, events; /* of a list: since it was claimed */
} kx_place;

typedef enum kx_page_state { KX_PAGE_FREE, KX_PAGE_AWAITED, KX_PAGE_HERE } kx_page_state;

/* An all-zero reader has nothing to read. */
typedef struct kx_reader {
  const char *set;                /* key of the set, or NULL for a list */
  const kx_chunk_list *chunks;    /* the list, which is claimed */
  kx_page pages[KX_READER_PAGES]; /* a ring */
  kx_page_state states[KX_READER_PAGES];
  size_t ask, here; /* the pages to ask for and to take next */
  bool begun;
  char cursor[24];    /* set: of the next page */
  bool cursor_known;  /* set: and that page has not been asked for */
  int64_t unread;     /* list: chunks not asked for */
  int64_t ahead;      /* list: chunks asked for and not trimmed */
  int64_t read_items; /* members or chunks that the next page is to have */
} kx_reader;

/* Begins to read the set `key` at `from`. */
void kx_reader_begin_set(kx_reader *reader, const char *key, const kx_scan *from);

/* Begins to read a claimed list of `length` chunks. */
void kx_reader_begin_list(kx_reader *reader, const kx_chunk_list *chunks, int64_t length);

/* Asks for pages until the ring is full. */
kx_status kx_reader_ask(kx_reader *reader, kx_redis *redis, kx_error *err);

/* The next page, or NULL while it has not arrived. */
const kx_page *kx_reader_page(const kx_reader *reader);

/* Moves `place` past that page and frees the page. The caller counts the events of a list's
 * page. */
void kx_reader_next(kx_reader *reader, kx_place *place);

/* Notes that `chunks` chunks are being trimmed off the list's head. */
void kx_reader_trimmed(kx_reader *reader, int64_t chunks);

/* True when the caller has taken every page. */
bool kx_reader_done(const kx_reader *reader);

/* Releases the pages. */
void kx_reader_free(kx_reader *reader);

#endif
