/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads a claim from one end to the other, a few pages ahead of whoever packs
 * them, so that Redis works on the next page while this one is encoded. The two
 * sources differ in how a page is asked for and in what a place is. */

#ifndef KX_READER_H
#define KX_READER_H

#include "inbox.h"
#include "pending.h"

enum { KX_READER_PAGES = 3 };

typedef enum kx_source { KX_SOURCE_SET, KX_SOURCE_INBOX, KX_SOURCES } kx_source;

/* A place in a claim: everything before it has been read, or settled. */
typedef struct kx_place {
  kx_scan scan;           /* of the set */
  int64_t chunks, events; /* of the inbox, since the claim was made */
} kx_place;

typedef enum kx_page_state { KX_PAGE_FREE, KX_PAGE_AWAITED, KX_PAGE_HERE } kx_page_state;

/* All-zero is a valid reader that has nothing to read. */
typedef struct kx_reader {
  kx_source source;
  kx_page pages[KX_READER_PAGES]; /* a ring */
  kx_page_state states[KX_READER_PAGES];
  size_t ask, here; /* the page to be asked for next, to be taken next */
  bool begun;
  char cursor[24];    /* set: of the next page */
  bool cursor_known;  /* set: and it has not been asked for */
  int64_t unread;     /* inbox: chunks not asked for */
  int64_t ahead;      /* inbox: chunks asked for and not trimmed */
  int64_t read_items; /* members or chunks a page, at the moment */
} kx_reader;

/* Begins at `from`; `chunks` is the length of a claimed inbox. */
void kx_reader_begin(kx_reader *reader, kx_source source, const kx_scan *from, int64_t chunks);

/* Asks for as many pages as there is room for. */
kx_status kx_reader_ask(kx_reader *reader, kx_redis *redis, kx_error *err);

/* The page that is next, or NULL while it has not arrived. */
const kx_page *kx_reader_page(const kx_reader *reader);

/* Moves `place` past that page and frees it. The events of an inbox's page are
 * for whoever walks through them to count. */
void kx_reader_next(kx_reader *reader, kx_place *place);

/* Says that `chunks` chunks were trimmed, which moves the list's head. */
void kx_reader_trimmed(kx_reader *reader, int64_t chunks);

/* True when every page has been taken. */
bool kx_reader_done(const kx_reader *reader);

/* Releases the pages. */
void kx_reader_free(kx_reader *reader);

#endif
