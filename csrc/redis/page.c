/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The reader of hiredis fills a page while it parses. The cursor of an SSCAN is the first item
 * of the root, and its members are one level deeper. The members of a SUNION and the values of
 * an LRANGE are the items of the root. */

#include "redis/page.h"

#include <hiredis/hiredis.h>
#include <stdio.h>

/* A newline ends an event on its way to Kinesis. Inside an event it can only be white space
 * between JSON tokens, so a space means the same. A stats key with a newline is not valid and
 * must not become another key: a NUL keeps it invalid. */
static void append_line(kx_page *page, const char *text, size_t len) {
  char replacement = page->kind == KX_PAGE_STREAM ? '\0' : ' ';
  size_t at = page->events.len;
  kx_buf_append(&page->events, text, len);
  kx_buf_putc(&page->events, '\n');
  if (kx_buf_ok(&page->events)) {
    char *line = page->events.data + at;
    for (char *p = line; (p = memchr(p, '\n', (size_t)(line + len - p))) != NULL;)
      *p = replacement;
  }
}

/* Other programs may forget the newline that ends the last event of a chunk. */
static void append_chunk(kx_page *page, const char *text, size_t len) {
  kx_buf_append(&page->events, text, len);
  if (text[len - 1] != '\n')
    kx_buf_putc(&page->events, '\n');
}

static void *text_arrived(const redisReadTask *task, char *text, size_t len) {
  kx_page *page = task->privdata;
  bool root_item = task->parent != NULL && task->parent->parent == NULL;
  if (task->type == REDIS_REPLY_ERROR) {
    kx_fail(&page->error, KX_REDIS, "%.*s", (int)(len < 300 ? len : 300), text);
    return page;
  }
  if (page->kind == KX_PAGE_SCAN && root_item) {
    snprintf(page->cursor, sizeof page->cursor, "%.*s", (int)len, text);
    return page;
  }
  if (len == 0) {
    page->empty++;
    return page;
  }
  if (page->kind == KX_PAGE_CHUNKS)
    append_chunk(page, text, len);
  else
    append_line(page, text, len);
  page->items++;
  return page;
}

#if HIREDIS_MAJOR >= 1
static void *array_arrived(const redisReadTask *task, size_t n) {
#else
static void *array_arrived(const redisReadTask *task, int n) {
#endif
  (void)n;
  return task->privdata;
}

static void *integer_arrived(const redisReadTask *task, long long n) {
  (void)n;
  return task->privdata;
}

static void *nil_arrived(const redisReadTask *task) {
  return task->privdata;
}

static void drop_page(void *page) {
  (void)page;
}

static redisReplyObjectFunctions functions = {
  .createString = text_arrived,
  .createArray = array_arrived,
  .createInteger = integer_arrived,
  .createNil = nil_arrived,
  .freeObject = drop_page,
};

void kx_page_begin(kx_page *page) {
  kx_buf_clear(&page->events);
  page->items = page->empty = 0;
  page->error.code = KX_OK;
  snprintf(page->cursor, sizeof page->cursor, "?");
}

bool kx_page_is_full(const kx_page *page) {
  return page->kind == KX_PAGE_STREAM && page->events.len >= page->most;
}

struct redisReplyObjectFunctions *kx_page_functions(void) {
  return &functions;
}
