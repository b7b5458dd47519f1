/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What an operator can do about an error of Redis. Pure. */

#ifndef KX_REDIS_ADVICE_H
#define KX_REDIS_ADVICE_H

#include "base/kx.h"

/* The advice for error replies that contain `error`. */
typedef struct kx_advice {
  const char *error, *text;
  bool elsewhere; /* this server is the wrong one; the next connection may find the right one */
} kx_advice;

/* The advice for an error reply; never NULL. */
const kx_advice *kx_advice_for_reply(const char *error);

/* The advice for a connection that cannot be made or breaks. */
const char *kx_advice_for_connection(const char *why);

#endif
