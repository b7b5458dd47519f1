/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads a set or a list that nobody changes, or a list that only loses its head,
 * from one end to the other, a few pages ahead of whoever works on them, so that
 * Redis is busy with the next page meanwhile. The two differ in how a page is
 * asked for and in what a place is. */

#ifndef KX_EVENTS_READER_H
#define KX_EVENTS_READER_H

#include "events/chunk_list.h"
#include "events/pending_set.h"

enum { KX_READER_PAGES = 3 };

/* A place in what is read: everything before it has been read, or settled. */
typedef struct kx_place {
  kx_scan scan;           /* of a set */
  int64_t chunks, events; /* of a list, since it was claimed */
} kx_place;

typedef enum kx_page_state { KX_PAGE_FREE, KX_PAGE_AWAITED, KX_PAGE_HERE } kx_page_state;

/* All-zero is a valid reader that has nothing to read. */
typedef struct kx_reader {
  const char *set;                /* key of the set, or NULL for a list */
  const kx_chunk_list *chunks;    /* the list, which is claimed */
  kx_page pages[KX_READER_PAGES]; /* a ring */
  kx_page_state states[KX_READER_PAGES];
  size_t ask, here; /* the page to be asked for next, to be taken next */
  bool begun;
  char cursor[24];    /* set: of the next page */
  bool cursor_known;  /* set: and it has not been asked for */
  int64_t unread;     /* list: chunks not asked for */
  int64_t ahead;      /* list: chunks asked for and not trimmed */
  int64_t read_items; /* members or chunks a page, at the moment */
} kx_reader;

/* Begins to read the set `key` at `from`. */
void kx_reader_begin_set(kx_reader *reader, const char *key, const kx_scan *from);

/* Begins to read a claimed list of `length` chunks. */
void kx_reader_begin_list(kx_reader *reader, const kx_chunk_list *chunks, int64_t length);

/* Asks for as many pages as there is room for. */
kx_status kx_reader_ask(kx_reader *reader, kx_redis *redis, kx_error *err);

/* The page that is next, or NULL while it has not arrived. */
const kx_page *kx_reader_page(const kx_reader *reader);

/* Moves `place` past that page and frees it. The events of a list's page are
 * for whoever walks through them to count. */
void kx_reader_next(kx_reader *reader, kx_place *place);

/* Says that `chunks` chunks were trimmed, which moves the list's head. */
void kx_reader_trimmed(kx_reader *reader, int64_t chunks);

/* True when every page has been taken. */
bool kx_reader_done(const kx_reader *reader);

/* Releases the pages. */
void kx_reader_free(kx_reader *reader);

#endif
