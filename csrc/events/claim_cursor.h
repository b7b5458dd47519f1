/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Where an export is in a claim. The cursor reads the claim page by page, and its caller takes
 * the events off the page. The caller draws a checkpoint for each batch that it makes of them;
 * Redis keeps the place up to which every batch is settled, and a later export continues
 * there.
 *
 * A place holds only for the Redis process in which the claim was found, so the cursor fails
 * when another process has taken over. All writes are fenced by the owner (events/claim.h). */

#ifndef KX_EVENTS_CLAIM_CURSOR_H
#define KX_EVENTS_CLAIM_CURSOR_H

#include "events/checkpoint.h"
#include "events/source.h"

/* All-zero holds nothing. */
typedef struct kx_claim_cursor {
  kx_redis *redis;
  kx_keep_alive seen; /* of `redis` */
  const char *owner;  /* of the claim */
  char run_id[64];    /* of the Redis process that the claim is in */
  const kx_source *source;
  int64_t size; /* members or chunks of the claim */
  kx_reader reader;
  size_t taken;        /* bytes of the reader's page that the caller has taken */
  size_t taken_events; /* how many events they are */
  kx_place place;      /* the end of the last page that was taken whole */
  kx_checkpoint checkpoint;
  kx_place kept; /* the place up to which Redis knows the claim to be settled */
  bool keeping;  /* a command that moves `kept` is on its way */
} kx_claim_cursor;

/* Makes a cursor with `most` checkpoint entries. `redis` and `owner` must outlive it. Free it
 * also after a failure. */
kx_status kx_claim_cursor_make(kx_claim_cursor *cursor, kx_redis *redis, const char *owner,
                               size_t most, kx_error *err);

/* Keeps the connection alive. Fails when it now leads to another Redis process, which may lack
 * some of what the first one has answered. */
kx_status kx_claim_cursor_stay(kx_claim_cursor *cursor, kx_error *err);

/* Claims the source, or continues its existing claim, and begins to read where the claim is
 * settled. */
kx_status kx_claim_cursor_claim(kx_claim_cursor *cursor, const kx_source *source, kx_error *err);

/* Begins to read again at the place that Redis keeps. No checkpoint entry may be open. */
void kx_claim_cursor_rewind(kx_claim_cursor *cursor);

/* True when the claim is a set that is settled to its end: the export that settled it ended
 * before it could forget it. */
bool kx_claim_cursor_at_end(const kx_claim_cursor *cursor);

/* Asks Redis for the next pages. */
kx_status kx_claim_cursor_ask(kx_claim_cursor *cursor, kx_error *err);

/* The page, or NULL while it has not arrived; and its events that have not been taken. */
const kx_page *kx_claim_cursor_page(const kx_claim_cursor *cursor);
kx_slice kx_claim_cursor_rest(const kx_claim_cursor *cursor);

/* Takes the first `bytes` bytes of the rest, which hold `events` events. */
void kx_claim_cursor_take(kx_claim_cursor *cursor, size_t bytes, size_t events);

/* Takes the first event of the rest. The result is the event without its newline; it is valid
 * until the page is left. */
kx_slice kx_claim_cursor_take_event(kx_claim_cursor *cursor);

/* Leaves the page, all of which has been taken. */
void kx_claim_cursor_leave_page(kx_claim_cursor *cursor);

/* True when every page has been left. */
bool kx_claim_cursor_read_all(const kx_claim_cursor *cursor);

/* Draws a checkpoint entry for the events taken since the last one. The caller counts its
 * `parts` down to 0 when they are settled. There must be a free entry. */
bool kx_claim_cursor_may_draw(const kx_claim_cursor *cursor);
kx_checkpoint_entry *kx_claim_cursor_draw(kx_claim_cursor *cursor, unsigned parts);

/* True when every entry that was drawn is settled. */
bool kx_claim_cursor_settled(kx_claim_cursor *cursor);

/* Tells Redis how far the claim is settled, unless it knows or an earlier command is on its
 * way. Does not wait. */
kx_status kx_claim_cursor_keep(kx_claim_cursor *cursor, kx_error *err);

/* True when Redis has confirmed the place up to which the claim is settled. */
bool kx_claim_cursor_kept(kx_claim_cursor *cursor);

/* Leaves the page, all events of which were put back, and settles it. A list is settled up to
 * the page's end. A set loses the events of the page instead, so that Redis never has to hold
 * the whole set twice. */
kx_status kx_claim_cursor_return_page(kx_claim_cursor *cursor, kx_error *err);

/* Forgets the claim, all of which is settled. */
kx_status kx_claim_cursor_finish(kx_claim_cursor *cursor, kx_error *err);

/* Releases the memory. */
void kx_claim_cursor_free(kx_claim_cursor *cursor);

#endif
