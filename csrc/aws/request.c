/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "aws/request.h"

#include <stdlib.h>

#include "aws/sigv4.h"
#include "base/clock.h"

#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"

/* Room at the beginning: growing would leave copies of a secret behind. */
enum { TOKEN_NAME = 32, REPLY = 16 * 1024 };

/* The lines of a request's headers; wiped after libcurl has copied them. */
typedef struct lines {
  kx_buf date, token, authorization;
  const char *all[KX_REQUEST_HEADERS + 5];
  size_t n;
} lines;

static void add(lines *out, const char *line) {
  out->all[out->n++] = line;
}

static void add_text(lines *out, kx_buf *text) {
  kx_buf_putc(text, '\0');
  if (kx_buf_ok(text))
    add(out, text->data);
}

static void wipe(lines *out) {
  kx_buf_wipe(&out->date);
  kx_buf_wipe(&out->token);
  kx_buf_wipe(&out->authorization);
}

static kx_status authorize(const kx_request *request, const kx_request_signer *by, const char *time,
                           kx_buf *out, kx_error *err) {
  char hash[KX_SHA256_HEX + 1];
  kx_status status = kx_sha256_hex(kx_buf_view(&request->body), hash, err);
  if (status != KX_OK)
    return status;
  const kx_header headers[] = {
    {kx_str("content-type"), kx_str(CONTENT_TYPE)},
    {kx_str("host"), kx_str(kx_http_host(request->http))},
    {kx_str("x-amz-date"), kx_str(time)},
    {kx_str("x-amz-security-token"), kx_str(by->session_token ? by->session_token : "")},
  };
  const kx_sigv4_request what = {
    .method = kx_str("POST"),
    .path = kx_str(kx_http_path(request->http)),
    .query = kx_str(""),
    .headers = headers,
    .n_headers = by->session_token ? 4 : 3,
    .payload_hash = kx_str(hash),
  };
  kx_sigv4_signer signer = {
    .access_key_id = kx_str(by->access_key_id),
    .secret_access_key = kx_str(by->secret_access_key),
    .region = kx_str(by->region),
    .service = kx_str(by->service),
  };
  status = kx_sigv4_authorization(&signer, &what, time, out, err);
  kx_sigv4_forget(&signer);
  return status;
}

static kx_status sign(const kx_request *request, const kx_request_signer *by, lines *out,
                      kx_error *err) {
  char time[KX_SIGV4_TIME];
  kx_sigv4_time(kx_wall_us() / 1000000, time);
  kx_buf_puts(&out->authorization, "Authorization: ");
  kx_status status = authorize(request, by, time, &out->authorization, err);
  if (status != KX_OK)
    return status;
  add_text(out, &out->authorization);
  kx_buf_printf(&out->date, "X-Amz-Date: %s", time);
  add_text(out, &out->date);
  add(out, "Content-Type: " CONTENT_TYPE);
  if (by->session_token) {
    kx_buf_reserve(&out->token, strlen(by->session_token) + TOKEN_NAME);
    kx_buf_puts(&out->token, "X-Amz-Security-Token: ");
    kx_buf_puts(&out->token, by->session_token);
    add_text(out, &out->token);
  }
  bool whole = kx_buf_ok(&out->date) && kx_buf_ok(&out->token) && kx_buf_ok(&out->authorization);
  return whole ? KX_OK : kx_fail_memory(err);
}

static kx_status start(kx_request *request, const kx_request_order *order, kx_error *err) {
  lines headers = {0};
  kx_status status = KX_OK;
  for (size_t i = 0; i < KX_REQUEST_HEADERS && order->headers[i]; i++)
    add(&headers, order->headers[i]);
  if (order->signer)
    status = sign(request, order->signer, &headers, err);
  request->call.headers = headers.all;
  request->call.body = kx_buf_view(&request->body);
  if (status == KX_OK)
    status = kx_http_start(request->http, &request->call, err);
  request->call.headers = NULL;
  wipe(&headers);
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
