/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One HTTP request, signed or not, that is made in steps. The search for credentials uses it. */

#ifndef KX_AWS_REQUEST_H
#define KX_AWS_REQUEST_H

#include "aws/signer.h"
#include "http/http.h"

enum { KX_REQUEST_HEADERS = KX_SIGNER_OTHERS };

/* Who signs a request. Only a form-encoded POST without a query can be signed. */
typedef struct kx_request_signer {
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token; /* or NULL */
  const char *region;
  const char *service;
} kx_request_signer;

/* The request to make; kx_request_begin keeps none of it. */
typedef struct kx_request_order {
  kx_http_config http;
  kx_slice body;
  const char *headers[KX_REQUEST_HEADERS + 1]; /* "Name: value", NULL-terminated */
  const kx_request_signer *signer;             /* or NULL */
} kx_request_order;

/* A request that was begun; all-zero is a valid one that was not. */
typedef struct kx_request {
  kx_http *http;
  kx_http_call call;
  kx_buf body;
} kx_request;

/* Begins a request. After a failure there is nothing to end. */
kx_status kx_request_begin(kx_request *request, const kx_request_order *order, kx_error *err);

/* Waits up to `timeout_ms` and lets the request progress. When `done`, call.status and
 * call.reply hold the answer. KX_HTTP: there is no answer. */
kx_status kx_request_step(kx_request *request, int timeout_ms, bool *done, kx_error *err);

/* Breaks off a request that has not ended, and wipes what was sent and answered. */
void kx_request_end(kx_request *request);

#endif
