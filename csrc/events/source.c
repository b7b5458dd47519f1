/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/source.h"

const kx_source kx_sources[KX_SOURCES] = {
  {.to_set = true},
  {.chunks = &kx_inbox},
  {.chunks = &kx_outbox, .to_set = true},
};

kx_status kx_source_claimed(const kx_source *source, kx_redis *redis, bool *out, kx_error *err) {
  const char *key = source->chunks != NULL ? source->chunks->claimed : KX_KEY_CLAIMED;
  return kx_claim_exists(redis, key, out, err);
}

kx_status kx_source_claim(const kx_source *source, kx_redis *redis, const char *owner,
                          int64_t *size, kx_place *from, kx_error *err) {
  *from = (kx_place){.scan.cursor = "0"};
  if (source->chunks != NULL)
    return kx_chunk_list_claim(source->chunks, redis, owner, size, err);
  return kx_pending_set_claim(redis, owner, size, &from->scan, err);
}

kx_status kx_source_claim_some(const kx_source *source, kx_redis *redis, const char *owner,
                               int64_t limit, int64_t *moved, kx_error *err) {
  if (source->chunks != NULL)
    return kx_chunk_list_claim_some(source->chunks, redis, owner, limit, moved, err);
  return kx_pending_set_claim_some(redis, owner, limit, moved, err);
}

void kx_source_read(const kx_source *source, kx_reader *reader, const kx_place *from,
                    int64_t size) {
  if (source->chunks != NULL)
    kx_reader_begin_list(reader, source->chunks, size - from->chunks);
  else
    kx_reader_begin_set(reader, KX_KEY_CLAIMED, &from->scan);
}

kx_status kx_source_settle(const kx_source *source, kx_redis *redis, const char *owner,
                           const kx_place *from, const kx_place *to, kx_reply_fn fn, void *arg,
                           kx_error *err) {
  if (source->chunks == NULL)
    return kx_pending_set_settle(redis, owner, &to->scan, fn, arg, err);
  return kx_chunk_list_settle(source->chunks, redis, owner, to->chunks - from->chunks,
                              to->events - from->events, fn, arg, err);
}

/* A list that is settled to its end is gone already. */
kx_status kx_source_finish(const kx_source *source, kx_redis *redis, const char *owner,
                           kx_error *err) {
  return source->chunks == NULL ? kx_pending_set_finish(redis, owner, err) : KX_OK;
}

kx_status kx_source_unclaim(const kx_source *source, kx_redis *redis, const char *owner, bool *done,
                            kx_error *err) {
  return kx_chunk_list_unclaim(source->chunks, redis, owner, done, err);
}
