/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/reader.h"

#include <stdio.h>

enum { PAGE_BYTES = 1 << 20, MOST_MEMBERS = 5000, FIRST_MEMBERS = 16, FIRST_CHUNKS = 4 };

static kx_status arrived(void *arg, const kx_reply *reply, kx_error *err) {
  (void)reply;
  (void)err;
  *(kx_page_state *)arg = KX_PAGE_HERE;
  return KX_OK;
}

/* A scan's next cursor stands at the front of the reply. So it is known, and the next page can be
 * asked for, before the rest of the page has arrived. */
static void learn_cursor(kx_reader *reader) {
  const kx_page *last = &reader->pages[(reader->ask + KX_READER_PAGES - 1) % KX_READER_PAGES];
  if (reader->cursor_known || last->cursor[0] == '?' || last->cursor[0] == '\0')
    return;
  memcpy(reader->cursor, last->cursor, sizeof reader->cursor);
  reader->cursor_known = true;
}

static bool all_asked_for(const kx_reader *reader) {
  if (reader->set == NULL)
    return reader->unread == 0;
  return reader->begun && reader->cursor_known && strcmp(reader->cursor, "0") == 0;
}

static bool may_ask(const kx_reader *reader) {
  return reader->states[reader->ask] == KX_PAGE_FREE && !all_asked_for(reader) &&
         (reader->set == NULL || reader->cursor_known);
}

static kx_status ask_members(kx_reader *reader, kx_redis *redis, kx_error *err) {
  kx_page *page = &reader->pages[reader->ask];
  char count[24];
  snprintf(count, sizeof count, "%lld", (long long)reader->read_items);
  const kx_slice argv[] = {
    KX_LIT("SSCAN"), kx_str(reader->set), kx_str(reader->cursor), KX_LIT("COUNT"), kx_str(count)};
  reader->cursor_known = false;
  page->kind = KX_PAGE_SCAN;
  return kx_pipeline_send_page(redis, 5, argv, page, arrived, &reader->states[reader->ask], err);
}

static kx_status ask_chunks(kx_reader *reader, kx_redis *redis, kx_error *err) {
  int64_t n = reader->read_items < reader->unread ? reader->read_items : reader->unread;
  int64_t first = reader->ahead;
  reader->pages[reader->ask].kind = KX_PAGE_CHUNKS;
  reader->unread -= n;
  reader->ahead += n;
  return kx_chunk_list_read(reader->chunks, redis, first, n, &reader->pages[reader->ask], arrived,
                            &reader->states[reader->ask], err);
}

kx_status kx_reader_ask(kx_reader *reader, kx_redis *redis, kx_error *err) {
  kx_status status = KX_OK;
  if (reader->set != NULL)
    learn_cursor(reader);
  while (status == KX_OK && may_ask(reader)) {
    reader->states[reader->ask] = KX_PAGE_AWAITED;
    status = reader->set != NULL ? ask_members(reader, redis, err) : ask_chunks(reader, redis, err);
    reader->begun = true;
    reader->ask = (reader->ask + 1) % KX_READER_PAGES;
  }
  return status;
}

const kx_page *kx_reader_page(const kx_reader *reader) {
  return reader->states[reader->here] == KX_PAGE_HERE ? &reader->pages[reader->here] : NULL;
}

/* Members and chunks may have any size. The next page is to have about a mebibyte, which bounds
 * memory and is enough to keep Redis busy. */
static void size_reads(kx_reader *reader, const kx_page *page) {
  int64_t most = reader->set != NULL ? MOST_MEMBERS : KX_CHUNK_LIST_READ;
  if (page->items == 0)
    return;
  reader->read_items = (int64_t)(PAGE_BYTES / (page->events.len / page->items + 1)) + 1;
  if (reader->read_items > most)
    reader->read_items = most;
}

void kx_reader_next(kx_reader *reader, kx_place *place) {
  const kx_page *page = &reader->pages[reader->here];
  if (reader->set != NULL) {
    memcpy(place->scan.cursor, page->cursor, sizeof place->scan.cursor);
    place->scan.settled += (int64_t)(page->items + page->empty);
  } else {
    place->chunks += (int64_t)(page->items + page->empty);
  }
  size_reads(reader, page);
  reader->states[reader->here] = KX_PAGE_FREE;
  reader->here = (reader->here + 1) % KX_READER_PAGES;
}

void kx_reader_trimmed(kx_reader *reader, int64_t chunks) {
  reader->ahead -= chunks;
}

bool kx_reader_done(const kx_reader *reader) {
  for (size_t i = 0; i < KX_READER_PAGES; i++)
    if (reader->states[i] != KX_PAGE_FREE)
      return false;
  return all_asked_for(reader);
}

static void begin(kx_reader *reader, const char *set, const kx_chunk_list *chunks) {
  reader->set = set;
  reader->chunks = chunks;
  reader->ask = reader->here = 0;
  reader->begun = false;
  reader->unread = reader->ahead = 0;
  for (size_t i = 0; i < KX_READER_PAGES; i++)
    reader->states[i] = KX_PAGE_FREE;
}

void kx_reader_begin_set(kx_reader *reader, const char *key, const kx_scan *from) {
  begin(reader, key, NULL);
  snprintf(reader->cursor, sizeof reader->cursor, "%s", from->cursor);
  reader->cursor_known = true;
  reader->read_items = FIRST_MEMBERS;
}

void kx_reader_begin_list(kx_reader *reader, const kx_chunk_list *chunks, int64_t length) {
  begin(reader, NULL, chunks);
  reader->unread = length;
  reader->read_items = FIRST_CHUNKS;
}

void kx_reader_free(kx_reader *reader) {
  for (size_t i = 0; i < KX_READER_PAGES; i++)
    kx_buf_free(&reader->pages[i].events);
}
