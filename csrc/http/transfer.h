/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One libcurl handle, set up for POSTs to one target and used by one call after
 * the other: what is sent, what is kept of the answer, and what its end meant.
 * Private to http/http.c. */

#ifndef KX_HTTP_TRANSFER_H
#define KX_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http/target.h"

typedef struct kx_http_transfer {
  CURL *easy;
  kx_http_call *call; /* NULL while idle */
  kx_slice left;      /* of the call's body: what libcurl has not taken yet */
  bool sends;         /* a body, even an empty one: no GET */
  bool began;         /* a connection was handed the request: bytes may have left */
  char error[CURL_ERROR_SIZE];
  struct kx_http_transfer *next; /* in a list of idle ones */
} kx_http_transfer;

/* Makes an idle transfer to `target`, which must outlive it. */
kx_status kx_http_transfer_new(kx_http_transfer **out, const kx_http_target *target, kx_error *err);

/* Binds an idle transfer to a call and empties the call's answer. Detach it,
 * even after a failure. */
kx_status kx_http_transfer_attach(kx_http_transfer *transfer, kx_http_call *call, kx_error *err);

/* Says in the call how libcurl ended it. */
void kx_http_transfer_judge(const kx_http_transfer *transfer, const kx_http_target *target,
                            CURLcode code);

/* Makes transfer and call idle again. */
void kx_http_transfer_detach(kx_http_transfer *transfer);

/* NULL is allowed. */
void kx_http_transfer_free(kx_http_transfer *transfer);

#endif
