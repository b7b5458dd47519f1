/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "aws/request.h"

#include "base/crypto.h"

#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"

/* Room at the beginning: a reply that grows leaves copies of a secret behind. */
enum { REPLY = 16 * 1024 };

static kx_status sign(const kx_request *request, const kx_request_order *order, kx_signed *out,
                      kx_error *err) {
  const kx_request_signer *by = order->signer;
  char hash[KX_SHA256_HEX + 1];
  kx_signer signer = {.region = by->region, .service = by->service};
  const kx_signer_call call = {
    .host = kx_http_host(request->http),
    .path = kx_http_path(request->http),
    .content_type = CONTENT_TYPE,
    .hash = hash,
    .others = order->headers,
  };
  kx_status status = kx_sha256_hex(kx_buf_view(&request->body), hash, err);
  if (status == KX_OK)
    status = kx_signer_credentials(
      &signer, by->access_key_id, by->secret_access_key, by->session_token, err);
  if (status == KX_OK)
    status = kx_signer_sign(&signer, &call, out, err);
  kx_signer_close(&signer);
  return status;
}

static kx_status start(kx_request *request, const kx_request_order *order, kx_error *err) {
  kx_signed headers = {0};
  kx_status status = order->signer ? sign(request, order, &headers, err) : KX_OK;
  request->call.headers = order->signer ? headers.list : order->headers;
  request->call.body = kx_buf_view(&request->body);
  if (status == KX_OK)
    status = kx_http_start(request->http, &request->call, err);
  request->call.headers = NULL;
  kx_buf_wipe(&headers.text);
  return status;
}

kx_status kx_request_begin(kx_request *request, const kx_request_order *order, kx_error *err) {
  kx_http_config config = order->http;
  *request = (kx_request){0};
  config.max_connections = 1;
  kx_status status = kx_http_open(&request->http, &config, err);
  if (status != KX_OK)
    return status;
  kx_buf_slice(&request->body, order->body);
  bool room = kx_buf_ok(&request->body) && kx_buf_reserve(&request->call.reply, REPLY);
  status = room ? start(request, order, err) : kx_fail_memory(err);
  if (status != KX_OK)
    kx_request_end(request);
  return status;
}

kx_status kx_request_step(kx_request *request, int timeout_ms, bool *done, kx_error *err) {
  kx_status status = kx_http_wait(request->http, NULL, 0, timeout_ms, err);
  *done = status == KX_OK && kx_http_ended(request->http) != NULL;
  if (*done && request->call.end != KX_HTTP_ANSWERED)
    status = kx_fail(err, KX_HTTP, "%s", request->call.why);
  return status;
}

void kx_request_end(kx_request *request) {
  if (request->http)
    kx_http_abort(request->http, &request->call);
  kx_http_close(request->http);
  kx_buf_wipe(&request->call.reply);
  kx_buf_wipe(&request->body);
  *request = (kx_request){0};
}
