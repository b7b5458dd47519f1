/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The buckets as producers and operators see them: a set of changed keys an
 * interval, and the switch that says whether there are to be any. Buckets live in
 * the analytics Redis (`data`), the switch in the main one. */

#ifndef KX_BUCKET_H
#define KX_BUCKET_H

#include "redis.h"

/* Above so many, producers switch them off: nobody reads them. */
enum { KX_BUCKETS_MOST = 360 };

/* The switch, and whether the last one who switched off was the emergency. */
typedef struct kx_bucket_switch {
  bool on, emergency;
} kx_bucket_switch;

/* Writes the name of the bucket of that time: its interval's start, in UTC. */
void kx_bucket_name(int64_t seconds, int64_t interval_seconds, char out[16]);

/* How many there are. */
kx_status kx_bucket_size(kx_redis *data, int64_t *out, kx_error *err);

/* Queues the question; the answer is an integer. */
kx_status kx_bucket_ask_size(kx_redis *data, kx_redis_fn fn, void *arg, kx_error *err);

/* Their names, oldest first; the caller frees the reply. */
kx_status kx_bucket_list(kx_redis *data, kx_reply **out, kx_error *err);

/* Reads the switch. */
kx_status kx_bucket_state(kx_redis *main, kx_bucket_switch *out, kx_error *err);

/* Switches on; off as a person does, which ends an emergency too. */
kx_status kx_bucket_enable(kx_redis *main, kx_error *err);
kx_status kx_bucket_disable(kx_redis *main, kx_error *err);

/* Switches off in an emergency, if they are on; `*tripped` says whether. */
kx_status kx_bucket_trip(kx_redis *main, bool *tripped, kx_error *err);

/* Switches on again after an emergency; `*revived` is false when a person has
 * switched off since. */
kx_status kx_bucket_revive(kx_redis *main, bool *revived, kx_error *err);

/* Queues putting keys into a bucket, which is made if need be: at most as many as
 * fit a command. `fn` is called for both of its answers. */
enum { KX_BUCKET_PUT = 500 };
kx_status kx_bucket_put(kx_redis *data, const char *name, const kx_slice *keys, size_t n,
                        kx_redis_fn fn, void *arg, kx_error *err);

/* Deletes all buckets; `*out` is how many there were. */
kx_status kx_bucket_delete_all(kx_redis *data, int64_t *out, kx_error *err);

#endif
