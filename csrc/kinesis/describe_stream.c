/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/describe_stream.h"

#include "base/clock.h"
#include "kinesis/endpoint.h"

#include <stdio.h>

enum { SLICE_MS = 1000 };

static kx_status write_body(const kx_kinesis_config *config,
                            const kx_describe_stream_signer *signer, kx_buf *out, kx_error *err) {
  if (signer->access_key_id == NULL || config->stream == NULL)
    kx_buf_puts(out, "{}");
  else
    kx_api_describe(config->dialect, config->stream, out);
  return kx_buf_ok(out) ? KX_OK : kx_fail_memory(err);
}

static kx_status wait_for(kx_http *http, kx_http_call *call, kx_error *err) {
  kx_status status = kx_http_start(http, call, err);
  while (status == KX_OK && kx_http_ended(http) == NULL)
    status = kx_http_wait(http, NULL, 0, SLICE_MS, err);
  kx_http_abort(http, call);
  return status;
}

/* The service answers a call without a signature too: it refuses it. */
static kx_status name_target(const kx_dialect *dialect, kx_signed *out, kx_error *err) {
  kx_buf_printf(&out->text, "X-Amz-Target: %s", dialect->describe);
  kx_buf_putc(&out->text, '\0');
  out->list[0] = out->text.data;
  return kx_buf_ok(&out->text) ? KX_OK : kx_fail_memory(err);
}

static kx_status make_headers(const kx_kinesis_config *config, const kx_describe_stream_signer *by,
                              const kx_http *http, kx_slice body, kx_signed *out, kx_error *err) {
  const kx_dialect *dialect = config->dialect;
  kx_signer signer = {.region = config->region, .service = dialect->service, .skew = by->skew};
  char hash[KX_SHA256_HEX + 1];
  if (by->access_key_id == NULL)
    return name_target(dialect, out, err);
  kx_status status = kx_signer_credentials(
    &signer, by->access_key_id, by->secret_access_key, by->session_token, err);
  if (status == KX_OK)
    status = kx_sha256_hex(body, hash, err);
  if (status == KX_OK)
    status = kx_endpoint_sign(http, &signer, dialect->describe, hash, out, err);
  kx_signer_close(&signer);
  return status;
}

static void judge(kx_describe_stream *out, const kx_kinesis_config *config) {
  kx_verdict verdict = {0};
  const kx_http_call *call = &out->call;
  if (call->end != KX_HTTP_ANSWERED || call->status == 200)
    return;
  kx_api_read(config->dialect, call->status, kx_buf_view(&call->reply), call->error_type, 0,
              &verdict);
  out->answer = verdict.error;
}

static kx_status perform(kx_describe_stream *out, kx_http *http, const kx_kinesis_config *config,
                         const kx_describe_stream_signer *signer, kx_error *err) {
  kx_signed headers = {0};
  kx_buf body = {0};
  int64_t begun = kx_monotonic_ms();
  kx_status status = write_body(config, signer, &body, err);
  if (status == KX_OK)
    status = make_headers(config, signer, http, kx_buf_view(&body), &headers, err);
  if (status == KX_OK) {
    out->call.body = kx_buf_view(&body);
    out->call.headers = headers.list;
    status = wait_for(http, &out->call, err);
  }
  out->call.body = (kx_slice){0};
  out->call.headers = NULL;
  out->took_ms = kx_monotonic_ms() - begun;
  kx_buf_wipe(&headers.text);
  kx_buf_free(&body);
  return status;
}

kx_status kx_describe_stream_make(kx_describe_stream *out, const kx_kinesis_config *config,
                                  const kx_describe_stream_signer *signer, kx_error *err) {
  kx_http *http = NULL;
  memset(out, 0, sizeof *out);
  kx_status status = kx_endpoint_open(&http, config, err);
  if (status == KX_OK) {
    snprintf(out->host, sizeof out->host, "%s", kx_http_host(http));
    status = perform(out, http, config, signer, err);
  }
  kx_http_close(http);
  if (status == KX_OK)
    judge(out, config);
  return status;
}

void kx_describe_stream_free(kx_describe_stream *description) {
  kx_buf_free(&description->call.reply);
}
