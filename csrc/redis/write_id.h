/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writing once, however often it takes: a writer numbers what it writes, and the
 * last number stands in Redis beside it, written in the same step. So a write whose
 * outcome is unknown is simply repeated. */

#ifndef KX_REDIS_WRITE_ID_H
#define KX_REDIS_WRITE_ID_H

#include "base/kx.h"

/* For so long a write may be repeated. */
enum { KX_WRITE_ID_TTL_SECONDS = 24 * 60 * 60 };

typedef struct kx_write_id {
  const char *marker; /* key of the writer's last number */
  int64_t number;     /* of this write's first step, larger than those before */
} kx_write_id;

#endif
