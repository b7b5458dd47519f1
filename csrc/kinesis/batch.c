/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/batch.h"

#include "base/crypto.h"
#include "base/newlines.h"

static kx_record *last(kx_batch *batch) {
  return &batch->records[batch->n_records - 1];
}

static void begin_body(kx_batch *batch, const kx_frame *frame) {
  if (batch->body.len == 0)
    kx_buf_slice(&batch->body, kx_buf_view(&frame->head));
}

static void open_record(kx_batch *batch, const kx_frame *frame) {
  begin_body(batch, frame);
  if (batch->n_records > 0)
    kx_buf_putc(&batch->body, ',');
  batch->n_records++;
  *last(batch) = (kx_record){.at = batch->body.len};
  kx_buf_puts(&batch->body, frame->open);
  last(batch)->data_at = batch->body.len;
  batch->open = true;
  batch->n_carry = 0;
}

static void write_random_key(kx_buf *out) {
  char token[KX_TOKEN_HEX + 1];
  if (kx_random_token(token, NULL) == KX_OK)
    kx_buf_printf(out, "\"%s\"", token);
  else
    kx_buf_printf(out, "\"%llu\"", (unsigned long long)kx_random_below(UINT64_MAX));
}

static void write_key(kx_batch *batch, const kx_frame *frame) {
  if (frame->key.len > 0)
    kx_buf_slice(&batch->body, kx_buf_view(&frame->key));
  else if (frame->random_keys)
    write_random_key(&batch->body);
}

static void close_record(kx_batch *batch, const kx_frame *frame) {
  kx_record *record = last(batch);
  if (!batch->open)
    return;
  kx_base64_encode(&batch->body, (kx_slice){batch->carry, batch->n_carry});
  record->data_len = batch->body.len - record->data_at;
  kx_buf_puts(&batch->body, frame->close);
  write_key(batch, frame);
  kx_buf_puts(&batch->body, frame->end);
  record->len = batch->body.len - record->at;
  batch->open = false;
}

/* base64 turns groups of three bytes into four. Bytes that do not fill a group wait for the next
 * bytes of the record. */
static void encode(kx_batch *batch, kx_slice bytes) {
  size_t groups;
  if (batch->n_carry > 0) {
    while (batch->n_carry < 3 && bytes.len > 0) {
      batch->carry[batch->n_carry++] = *bytes.data++;
      bytes.len--;
    }
    if (batch->n_carry < 3)
      return;
    kx_base64_encode(&batch->body, (kx_slice){batch->carry, 3});
    batch->n_carry = 0;
  }
  groups = bytes.len / 3 * 3;
  kx_base64_encode(&batch->body, (kx_slice){bytes.data, groups});
  batch->n_carry = bytes.len - groups;
  memcpy(batch->carry, bytes.data + groups, batch->n_carry);
}

static void add(kx_batch *batch, const kx_frame *frame, kx_slice events) {
  size_t n = kx_newlines_count(events);
  if (!batch->open)
    open_record(batch, frame);
  encode(batch, events);
  last(batch)->raw += events.len;
  last(batch)->events += n;
  batch->raw += events.len;
  batch->events += n;
}

/* The longest run of at most `most` whole events within `room` bytes. */
static size_t fit(kx_slice events, size_t room, size_t most) {
  const char *newline;
  size_t used = 0;
  if (room > events.len)
    room = events.len;
  if (most == 0) {
    newline = room > 0 ? memrchr(events.data, '\n', room) : NULL;
    return newline != NULL ? (size_t)(newline - events.data) + 1 : 0;
  }
  while (most-- > 0 && used < room) {
    newline = memchr(events.data + used, '\n', room - used);
    if (newline == NULL)
      break;
    used = (size_t)(newline - events.data) + 1;
  }
  return used;
}

static size_t room_in_record(const kx_batch *batch, const kx_limits *limits) {
  size_t filled = batch->open ? batch->records[batch->n_records - 1].raw : 0;
  size_t record = limits->record_bytes - filled, whole = limits->batch_bytes - batch->raw;
  return record < whole ? record : whole;
}

static bool record_has_all_its_events(const kx_batch *batch, const kx_limits *limits) {
  return batch->open && limits->events_per_record > 0 &&
         batch->records[batch->n_records - 1].events >= limits->events_per_record;
}

static size_t fit_in_record(const kx_batch *batch, const kx_limits *limits, kx_slice events) {
  size_t most = limits->events_per_record;
  if (most > 0 && batch->open)
    most -= batch->records[batch->n_records - 1].events;
  return fit(events, room_in_record(batch, limits), most);
}

kx_packed kx_batch_pack(kx_batch *batch, const kx_frame *frame, const kx_limits *limits,
                        kx_slice events, size_t *used) {
  *used = 0;
  while (*used < events.len) {
    kx_slice left = {events.data + *used, events.len - *used};
    size_t n;
    if (record_has_all_its_events(batch, limits))
      close_record(batch, frame);
    if (!batch->open && batch->n_records == limits->batch_records)
      return KX_PACKED_FULL;
    n = fit_in_record(batch, limits, left);
    if (n > 0)
      add(batch, frame, (kx_slice){left.data, n});
    else if (fit(left, limits->record_bytes, 1) == 0 || fit(left, limits->batch_bytes, 1) == 0)
      return KX_PACKED_LARGE;
    else if (!batch->open)
      return KX_PACKED_FULL;
    else
      close_record(batch, frame);
    *used += n;
  }
  return KX_PACKED_ALL;
}

void kx_batch_close(kx_batch *batch, const kx_frame *frame) {
  begin_body(batch, frame);
  close_record(batch, frame);
  kx_buf_puts(&batch->body, frame->tail);
}

void kx_batch_clear(kx_batch *batch) {
  kx_buf_clear(&batch->body);
  batch->n_records = batch->raw = batch->events = batch->n_carry = 0;
  batch->open = false;
}

void kx_batch_free(kx_batch *batch) {
  kx_buf_free(&batch->body);
  kx_batch_clear(batch);
}

size_t kx_batch_count(const kx_batch *batch, const bool *keep) {
  size_t n = 0;
  for (size_t i = 0; i < batch->n_records; i++)
    n += keep[i] ? batch->records[i].events : 0;
  return n;
}

static void shift(kx_record *record, size_t to) {
  record->data_at = to + (record->data_at - record->at);
  record->at = to;
}

void kx_batch_keep(kx_batch *batch, const kx_frame *frame, const bool *keep) {
  size_t n = 0, end = frame->head.len;
  batch->raw = batch->events = 0;
  for (size_t i = 0; i < batch->n_records; i++) {
    kx_record record = batch->records[i];
    if (!keep[i])
      continue;
    if (n > 0)
      batch->body.data[end++] = ',';
    memmove(batch->body.data + end, batch->body.data + record.at, record.len);
    shift(&record, end);
    end += record.len;
    batch->raw += record.raw;
    batch->events += record.events;
    batch->records[n++] = record;
  }
  batch->n_records = n;
  batch->body.len = end;
  kx_buf_puts(&batch->body, frame->tail);
}

static void copy_record(kx_batch *to, const kx_batch *from, size_t i, const kx_frame *frame) {
  const kx_record *record = &from->records[i];
  begin_body(to, frame);
  if (to->n_records > 0)
    kx_buf_putc(&to->body, ',');
  to->n_records++;
  *last(to) = *record;
  shift(last(to), to->body.len);
  kx_buf_append(&to->body, from->body.data + record->at, record->len);
  to->raw += record->raw;
  to->events += record->events;
}

/* All is copied before anything is dropped: the copy may find no memory. */
static void split_records(kx_batch *batch, kx_batch *rest, const kx_frame *frame) {
  bool keep[KX_BATCH_RECORDS];
  size_t half = batch->n_records / 2;
  for (size_t i = 0; i < batch->n_records; i++) {
    keep[i] = i < half;
    if (!keep[i])
      copy_record(rest, batch, i, frame);
  }
  kx_buf_puts(&rest->body, frame->tail);
  if (kx_buf_ok(&rest->body))
    kx_batch_keep(batch, frame, keep);
}

/* Where the second half of two or more events begins. */
static size_t middle(kx_slice events) {
  const char *at = memchr(events.data + events.len / 2, '\n', events.len - events.len / 2);
  if (at != NULL && at + 1 < events.data + events.len)
    return (size_t)(at - events.data) + 1;
  return fit(events, events.len - 1, 0);
}

/* Gives the only record of a batch another content, and takes the body that it had. */
static void swap_record(kx_batch *batch, kx_buf *body, const kx_record *record) {
  kx_buf before = batch->body;
  batch->body = *body;
  *body = before;
  *last(batch) = *record;
  batch->raw = record->raw;
  batch->events = record->events;
}

static void fill(kx_batch *batch, const kx_frame *frame, kx_slice events) {
  kx_batch_clear(batch);
  add(batch, frame, events);
  kx_batch_close(batch, frame);
}

/* Both halves are written before the whole is dropped: either may find no memory. A batch is
 * large for a stack, so `rest` serves for the first half, too. */
static void write_halves(kx_batch *batch, kx_batch *rest, const kx_frame *frame, kx_slice first,
                         kx_slice second) {
  fill(rest, frame, first);
  kx_buf body = rest->body;
  kx_record record = *last(rest);
  rest->body = (kx_buf){0};
  fill(rest, frame, second);
  rest->body.failed |= body.failed;
  if (kx_buf_ok(&rest->body))
    swap_record(batch, &body, &record);
  kx_buf_free(&body);
}

static void split_events(kx_batch *batch, kx_batch *rest, const kx_frame *frame) {
  kx_buf text = {0};
  kx_batch_events(batch, 0, &text);
  if (kx_buf_ok(&text)) {
    size_t at = middle(kx_buf_view(&text));
    write_halves(batch, rest, frame, (kx_slice){text.data, at},
                 (kx_slice){text.data + at, text.len - at});
  }
  rest->body.failed |= text.failed;
  kx_buf_free(&text);
}

kx_status kx_batch_split(kx_batch *batch, kx_batch *rest, const kx_frame *frame, kx_error *err) {
  kx_batch_clear(rest);
  if (batch->n_records > 1)
    split_records(batch, rest, frame);
  else
    split_events(batch, rest, frame);
  if (kx_buf_ok(&rest->body))
    return KX_OK;
  kx_batch_clear(rest);
  return kx_fail_memory(err);
}

/* The body of a batch that got no memory is cut: its records may end behind it, or lack events. */
void kx_batch_events(const kx_batch *batch, size_t record, kx_buf *out) {
  const kx_record *r = &batch->records[record];
  if (!kx_buf_ok(&batch->body) ||
      !kx_base64_decode(out, (kx_slice){batch->body.data + r->data_at, r->data_len}))
    out->failed = true;
}

void kx_frame_free(kx_frame *frame) {
  kx_buf_free(&frame->head);
  kx_buf_free(&frame->key);
}
