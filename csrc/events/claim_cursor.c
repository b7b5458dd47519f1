/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/claim_cursor.h"

#include "base/newlines.h"

#include <stdio.h>

static kx_status remember_server(kx_claim_cursor *cursor, kx_error *err) {
  const char *run_id = "";
  kx_status status = kx_redis_run_id(cursor->redis, &run_id, err);
  snprintf(cursor->run_id, sizeof cursor->run_id, "%s", run_id);
  return status;
}

kx_status kx_claim_cursor_make(kx_claim_cursor *cursor, kx_redis *redis, const char *owner,
                               size_t most, kx_error *err) {
  *cursor = (kx_claim_cursor){.redis = redis, .owner = owner};
  kx_keep_alive_begin(&cursor->seen, redis);
  kx_status status = kx_checkpoint_make(&cursor->checkpoint, most, err);
  return status == KX_OK ? remember_server(cursor, err) : status;
}

static kx_status check_server(const kx_claim_cursor *cursor, kx_error *err) {
  const char *run_id = "";
  kx_status status = kx_redis_run_id(cursor->redis, &run_id, err);
  if (status != KX_OK || strcmp(run_id, cursor->run_id) == 0)
    return status;
  return kx_fail(
    err, KX_REDIS,
    "redis: another server has taken over during the export: the next export continues");
}

kx_status kx_claim_cursor_stay(kx_claim_cursor *cursor, kx_error *err) {
  bool reconnected;
  kx_status status = kx_keep_alive_mind(&cursor->seen, cursor->redis, &reconnected, err);
  return status == KX_OK && reconnected ? check_server(cursor, err) : status;
}

void kx_claim_cursor_rewind(kx_claim_cursor *cursor) {
  cursor->place = cursor->kept;
  cursor->taken = cursor->taken_events = 0;
  kx_checkpoint_begin(&cursor->checkpoint, &cursor->kept);
  kx_source_read(cursor->source, &cursor->reader, &cursor->kept, cursor->size);
}

kx_status kx_claim_cursor_claim(kx_claim_cursor *cursor, const kx_source *source, kx_error *err) {
  kx_status status =
    kx_source_claim(source, cursor->redis, cursor->owner, &cursor->size, &cursor->kept, err);
  cursor->source = source;
  kx_claim_cursor_rewind(cursor);
  return status;
}

bool kx_claim_cursor_at_end(const kx_claim_cursor *cursor) {
  return cursor->kept.scan.settled > 0 && strcmp(cursor->kept.scan.cursor, "0") == 0;
}

kx_status kx_claim_cursor_ask(kx_claim_cursor *cursor, kx_error *err) {
  return kx_reader_ask(&cursor->reader, cursor->redis, err);
}

const kx_page *kx_claim_cursor_page(const kx_claim_cursor *cursor) {
  return kx_reader_page(&cursor->reader);
}

kx_slice kx_claim_cursor_rest(const kx_claim_cursor *cursor) {
  const kx_buf *events = &kx_reader_page(&cursor->reader)->events;
  return (kx_slice){events->data + cursor->taken, events->len - cursor->taken};
}

void kx_claim_cursor_take(kx_claim_cursor *cursor, size_t bytes, size_t events) {
  cursor->taken += bytes;
  cursor->taken_events += events;
}

kx_slice kx_claim_cursor_take_event(kx_claim_cursor *cursor) {
  kx_slice rest = kx_claim_cursor_rest(cursor);
  size_t len = (size_t)((const char *)memchr(rest.data, '\n', rest.len) - rest.data);
  kx_claim_cursor_take(cursor, len + 1, 1);
  return (kx_slice){rest.data, len};
}

void kx_claim_cursor_leave_page(kx_claim_cursor *cursor) {
  kx_reader_next(&cursor->reader, &cursor->place);
  cursor->place.events += (int64_t)cursor->taken_events;
  cursor->taken = cursor->taken_events = 0;
}

bool kx_claim_cursor_read_all(const kx_claim_cursor *cursor) {
  return kx_reader_done(&cursor->reader);
}

bool kx_claim_cursor_may_draw(const kx_claim_cursor *cursor) {
  return kx_checkpoint_left(&cursor->checkpoint);
}

kx_checkpoint_entry *kx_claim_cursor_draw(kx_claim_cursor *cursor, unsigned parts) {
  return kx_checkpoint_draw(&cursor->checkpoint, &cursor->place, parts);
}

bool kx_claim_cursor_settled(kx_claim_cursor *cursor) {
  return kx_checkpoint_done(&cursor->checkpoint);
}

static bool is_kept(const kx_claim_cursor *cursor, const kx_place *settled) {
  return settled->scan.settled == cursor->kept.scan.settled &&
         settled->chunks == cursor->kept.chunks;
}

static kx_status keep_answered(void *arg, const kx_reply *reply, kx_error *err) {
  kx_claim_cursor *cursor = arg;
  cursor->keeping = false;
  return kx_claim_check(kx_reply_integer(reply), err);
}

kx_status kx_claim_cursor_keep(kx_claim_cursor *cursor, kx_error *err) {
  const kx_place *settled = kx_checkpoint_settled(&cursor->checkpoint);
  if (cursor->keeping || is_kept(cursor, settled))
    return KX_OK;
  cursor->keeping = true;
  kx_reader_trimmed(&cursor->reader, settled->chunks - cursor->kept.chunks);
  kx_status status = kx_source_settle(cursor->source, cursor->redis, cursor->owner, &cursor->kept,
                                      settled, keep_answered, cursor, err);
  cursor->kept = *settled;
  return status;
}

bool kx_claim_cursor_kept(kx_claim_cursor *cursor) {
  return !cursor->keeping && is_kept(cursor, kx_checkpoint_settled(&cursor->checkpoint));
}

kx_status kx_claim_cursor_return_page(kx_claim_cursor *cursor, kx_error *err) {
  const kx_slice rest = kx_claim_cursor_rest(cursor);
  kx_status status = KX_OK;
  if (cursor->source->chunks == NULL && rest.len > 0)
    status = kx_pending_set_let_go(cursor->redis, cursor->owner, rest, err);
  if (status != KX_OK)
    return status;
  kx_claim_cursor_take(cursor, rest.len, kx_newlines_count(rest));
  kx_claim_cursor_leave_page(cursor);
  if (cursor->source->chunks == NULL)
    return KX_OK;
  kx_claim_cursor_draw(cursor, 0);
  return kx_claim_cursor_keep(cursor, err);
}

kx_status kx_claim_cursor_finish(kx_claim_cursor *cursor, kx_error *err) {
  return kx_source_finish(cursor->source, cursor->redis, cursor->owner, err);
}

void kx_claim_cursor_free(kx_claim_cursor *cursor) {
  kx_reader_free(&cursor->reader);
  kx_checkpoint_free(&cursor->checkpoint);
}
