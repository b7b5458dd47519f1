/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Puts any events into records under any limits. The records are then kept or not, and split. Each
 * event comes out once, unchanged and in its order. */

#include <stdlib.h>

#include "kinesis/batch.h"

static void require(bool holds) {
  if (!holds)
    abort();
}

enum { HEAD = 6 };

static void events_of(const kx_batch *batch, const bool *wanted, kx_buf *out) {
  for (size_t i = 0; i < batch->n_records; i++)
    if (!wanted || wanted[i])
      kx_batch_events(batch, i, out);
}

static bool same(const kx_buf *a, const kx_buf *b) {
  return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void check_records(const kx_batch *batch, const kx_limits *limits) {
  size_t events = 0, raw = 0;
  require(batch->n_records <= limits->batch_records);
  for (size_t i = 0; i < batch->n_records; i++) {
    require(batch->records[i].raw <= limits->record_bytes);
    require(!limits->events_per_record || batch->records[i].events <= limits->events_per_record);
    events += batch->records[i].events;
    raw += batch->records[i].raw;
  }
  require(events == batch->events && raw == batch->raw && raw <= limits->batch_bytes);
}

static void keep_some(kx_batch *batch, const kx_frame *frame, unsigned pattern) {
  bool keep[KX_BATCH_RECORDS];
  kx_buf before = {0}, after = {0};
  for (size_t i = 0; i < batch->n_records; i++)
    keep[i] = pattern >> i % 8 & 1;
  events_of(batch, keep, &before);
  kx_batch_keep(batch, frame, keep);
  events_of(batch, NULL, &after);
  require(same(&before, &after));
  kx_buf_free(&before);
  kx_buf_free(&after);
}

static void split(kx_batch *batch, const kx_frame *frame) {
  static kx_batch rest; /* too large for the stack under a sanitizer */
  kx_buf before = {0}, after = {0};
  size_t events = batch->events;
  events_of(batch, NULL, &before);
  if (events > 1) {
    require(kx_batch_split(batch, &rest, frame, NULL) == KX_OK);
    require(batch->events > 0 && rest.events > 0 && batch->events + rest.events == events);
  }
  events_of(batch, NULL, &after);
  events_of(&rest, NULL, &after);
  require(same(&before, &after));
  kx_batch_clear(&rest);
  kx_buf_free(&before);
  kx_buf_free(&after);
}

/* Fills a batch and returns the number of bytes that it took. An event that fits into no record is
 * left out. */
static size_t pack(kx_slice text, const kx_limits *limits, const kx_frame *frame,
                   unsigned pattern) {
  static kx_batch batch;
  kx_buf out = {0};
  size_t used = 0;
  kx_packed packed = kx_batch_pack(&batch, frame, limits, text, &used);
  if (used == 0) {
    require(packed == KX_PACKED_LARGE);
    return (size_t)((const char *)memchr(text.data, '\n', text.len) - text.data) + 1;
  }
  kx_batch_close(&batch, frame);
  check_records(&batch, limits);
  events_of(&batch, NULL, &out);
  require(out.len == used && (used == 0 || memcmp(out.data, text.data, used) == 0));
  require((packed == KX_PACKED_ALL) == (used == text.len));
  keep_some(&batch, frame, pattern);
  split(&batch, frame);
  kx_batch_clear(&batch);
  kx_buf_free(&out);
  return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  kx_frame frame = {.open = "{\"Data\":\"", .close = "\"", .end = "}", .tail = "]}"};
  kx_buf events = {0};
  if (len < HEAD)
    return 0;
  const kx_limits limits = {.record_bytes = 1 + data[0],
                            .batch_bytes = 1 + (size_t)(data[1] << 2),
                            .batch_records = 1 + data[2] % 16,
                            .events_per_record = data[3] % 8};
  kx_buf_puts(&frame.head, "{\"Records\":[");
  kx_buf_append(&events, (const char *)data + HEAD, len - HEAD);
  kx_buf_putc(&events, '\n');
  kx_slice text = kx_buf_view(&events);
  while (text.len > 0) {
    size_t used = pack(text, &limits, &frame, data[4]);
    text = (kx_slice){text.data + used, text.len - used};
  }
  kx_buf_free(&events);
  kx_buf_free(&frame.head);
  return 0;
}
