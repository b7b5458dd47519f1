/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Where calls go, and by which way: kx_http_config, checked and copied. Private to this
 * folder. */

#ifndef KX_HTTP_TARGET_H
#define KX_HTTP_TARGET_H

#include "base/error.h"
#include "http/call.h"

/* All-zero is a valid empty target. */
typedef struct kx_http_target {
  char *url;     /* libcurl's memory */
  char *path;    /* libcurl's memory; "/" at least */
  char *host;    /* "host" or "host:port" */
  char *ca_file; /* or NULL */
  char *proxy;   /* or NULL */
  char *method;  /* or NULL for POST */
  long connect_timeout_ms;
  long request_timeout_ms;
} kx_http_target;

/* Fills an empty target. KX_CONFIG names the setting that is wrong. The caller frees the target,
 * after a failure too. */
kx_status kx_http_target_copy(kx_http_target *target, const kx_http_config *config, kx_error *err);

/* Releases what the target owns. */
void kx_http_target_free(kx_http_target *target);

#endif
