/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What the calls to the service are made with: which service and stream, by which way, in which
 * portions. Types only; exporter/settings makes it from the options. */

#ifndef KX_KINESIS_CONFIG_H
#define KX_KINESIS_CONFIG_H

#include "kinesis/api.h"

/* The strings are the caller's and outlive what is made with them. */
typedef struct kx_kinesis_config {
  const kx_dialect *dialect;
  const char *stream;        /* NULL only for a call that names no stream */
  const char *region;        /* NULL only for an unsigned call to an `endpoint` */
  const char *endpoint;      /* or NULL: the region's */
  const char *ca_file;       /* or NULL: see kx_http_config */
  const char *proxy;         /* or NULL: see kx_http_config */
  const char *partition_key; /* or NULL: random ones */
  long connect_timeout_ms;
  long request_timeout_ms;
  size_t concurrency; /* calls in flight at most */
  int max_attempts;   /* to send a batch */
  kx_limits limits;   /* see kx_api_limits */
} kx_kinesis_config;

#endif
