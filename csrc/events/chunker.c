/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/chunker.h"

#include "base/clock.h"
#include "base/json.h"
#include "events/chunk_list.h"
#include "events/rejected_events.h"

void kx_adder_begin(kx_adder *adder) {
  kx_buf_clear(&adder->chunk);
  adder->in_chunk = adder->added = adder->rejected = adder->given = 0;
}

kx_status kx_adder_flush(kx_adder *adder, kx_redis *redis, kx_error *err) {
  kx_status status;
  if (!kx_buf_ok(&adder->chunk))
    return kx_fail_memory(err);
  if (adder->in_chunk == 0)
    return KX_OK;
  status = kx_chunks_append(&kx_inbox, redis, kx_buf_view(&adder->chunk), adder->in_chunk, err);
  if (status != KX_OK)
    return status;
  adder->added += adder->in_chunk;
  adder->in_chunk = 0;
  kx_buf_clear(&adder->chunk);
  return KX_OK;
}

static const char *objection(kx_slice event, size_t most) {
  const char *why = kx_json_check_object(event);
  if (why == NULL && event.len + 1 > most)
    why = KX_REJECTED_LARGE;
  return why;
}

static void gather(kx_adder *adder, kx_slice event) {
  size_t at = adder->chunk.len;
  kx_buf_slice(&adder->chunk, event);
  if (kx_buf_ok(&adder->chunk)) {
    char *p = adder->chunk.data + at, *end = p + event.len;
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL)
      *p = ' ';
  }
  kx_buf_putc(&adder->chunk, '\n');
  adder->in_chunk++;
}

static kx_status reject(kx_adder *adder, kx_redis *redis, kx_slice event, const char *why,
                        kx_error *err) {
  kx_status status = kx_rejected_add(redis, event, why, kx_wall_us() / 1000000, err);
  if (status != KX_OK)
    return status;
  if (adder->rejected < KX_OBJECTIONS)
    adder->objections[adder->rejected] = (kx_objection){adder->given, why};
  adder->rejected++;
  return KX_OK;
}

kx_status kx_adder_add(kx_adder *adder, kx_redis *redis, kx_slice event, size_t most,
                       kx_error *err) {
  const char *why = objection(event, most);
  kx_status status = KX_OK;
  adder->given++;
  if (why != NULL)
    return reject(adder, redis, event, why, err);
  if (adder->chunk.len + event.len + 1 > KX_CHUNK_BYTES)
    status = kx_adder_flush(adder, redis, err);
  if (status == KX_OK)
    gather(adder, event);
  return status;
}

void kx_adder_free(kx_adder *adder) {
  kx_buf_free(&adder->chunk);
}
