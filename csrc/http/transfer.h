/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One libcurl handle, set up for one target and used by one call after the other: it sends the
 * request, keeps what matters of the answer, and says how the call ended. Private to this
 * folder. */

#ifndef KX_HTTP_TRANSFER_H
#define KX_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http/target.h"

typedef struct kx_http_transfer {
  CURL *easy;
  kx_http_call *call; /* NULL while idle */
  kx_slice left;      /* the part of the body that libcurl has not taken */
  bool sends;         /* the call has a body, maybe an empty one: it is not a GET */
  bool began;         /* the request was given to a connection: bytes may have left */
  char error[CURL_ERROR_SIZE];
  struct kx_http_transfer *next; /* in a list of idle ones */
} kx_http_transfer;

/* Makes an idle transfer to `target`, which must outlive it. */
kx_status kx_http_transfer_new(kx_http_transfer **out, const kx_http_target *target, kx_error *err);

/* Binds an idle transfer to a call and clears the call's answer. The caller detaches it, after
 * a failure too. */
kx_status kx_http_transfer_attach(kx_http_transfer *transfer, kx_http_call *call, kx_error *err);

/* Writes into the call how it ended, from libcurl's code. */
void kx_http_transfer_judge(const kx_http_transfer *transfer, const kx_http_target *target,
                            CURLcode code);

/* Makes the transfer and its call idle again. */
void kx_http_transfer_detach(kx_http_transfer *transfer);

/* NULL is allowed. */
void kx_http_transfer_free(kx_http_transfer *transfer);

#endif
