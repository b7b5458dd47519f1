/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The number of a write, so that repeating the write changes nothing. A writer numbers its writes.
 * Redis keeps the last number of each writer, written in the same step. So a write whose result is
 * unknown is repeated until Redis confirms it. Types only. */

#ifndef KX_REDIS_WRITE_ID_H
#define KX_REDIS_WRITE_ID_H

#include "base/kx.h"

/* How long a write may be repeated. */
enum { KX_WRITE_ID_TTL_SECONDS = 24 * 60 * 60 };

typedef struct kx_write_id {
  const char *marker; /* key of the writer's last number */
  int64_t number;     /* of the first step of this write; larger than all numbers before it */
} kx_write_id;

#endif
