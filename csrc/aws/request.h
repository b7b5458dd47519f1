/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One HTTP request of any method, signed if need be, worked off in steps: what
 * finding credentials needs of the network. */

#ifndef KX_AWS_REQUEST_H
#define KX_AWS_REQUEST_H

#include "http/http.h"

enum { KX_REQUEST_HEADERS = 8 };

/* Whose signature a request gets: form-encoded POSTs without a query only. */
typedef struct kx_request_signer {
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token; /* or NULL */
  const char *region;
  const char *service;
} kx_request_signer;

/* What is to be asked; nothing of it is kept. */
typedef struct kx_request_order {
  kx_http_config http;
  kx_slice body;
  const char *headers[KX_REQUEST_HEADERS + 1]; /* "Name: value", NULL-terminated */
  const kx_request_signer *signer;             /* or NULL */
} kx_request_order;

/* A request under way; all-zero is a valid one that was never begun. */
typedef struct kx_request {
  kx_http *http;
  kx_http_call call;
  kx_buf body;
} kx_request;

/* Begins a request. On failure there is nothing to end. */
kx_status kx_request_begin(kx_request *request, const kx_request_order *order, kx_error *err);

/* Lets it progress, waiting up to `timeout_ms`. When `done`, call.status and call.reply
 * hold the answer. KX_HTTP: there is none. */
kx_status kx_request_step(kx_request *request, int timeout_ms, bool *done, kx_error *err);

/* Breaks it off if it is under way and wipes what was sent and answered. */
void kx_request_end(kx_request *request);

#endif
