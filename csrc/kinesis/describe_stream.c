/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/describe_stream.h"

#include "base/clock.h"
#include "base/json.h"
#include "kinesis/sender.h"
#include "kinesis/signer.h"

#include <stdio.h>

enum { SLICE_MS = 1000 };

static kx_status write_body(const kx_settings *settings, const kx_describe_stream_signer *signer,
                            kx_buf *out, kx_error *err) {
  const char *stream = settings->text[KX_SET_STREAM];
  if (signer->access_key_id == NULL || stream == NULL) {
    kx_buf_puts(out, "{}");
  } else {
    kx_buf_printf(out, "{\"%s\":", kx_kinesis_dialect(settings->text[KX_SET_SINK])->stream);
    kx_json_quote(out, kx_str(stream));
    kx_buf_putc(out, '}');
  }
  return kx_buf_ok(out) ? KX_OK : kx_fail_memory(err);
}

static kx_status wait_for(kx_http *http, kx_http_call *call, kx_error *err) {
  kx_status status = kx_http_start(http, call, err);
  while (status == KX_OK && kx_http_ended(http) == NULL)
    status = kx_http_wait(http, NULL, 0, SLICE_MS, err);
  kx_http_abort(http, call);
  return status;
}

/* Without a signature the service answers all the same, if only to say so. */
static kx_status name_target(const kx_dialect *dialect, kx_signed *out, kx_error *err) {
  kx_buf_printf(&out->text, "X-Amz-Target: %s", dialect->describe);
  kx_buf_putc(&out->text, '\0');
  out->list[0] = out->text.data;
  return kx_buf_ok(&out->text) ? KX_OK : kx_fail_memory(err);
}

static kx_status make_headers(const kx_settings *settings, const kx_describe_stream_signer *signer,
                              const kx_http *http, kx_slice body, kx_signed *out, kx_error *err) {
  kx_dialect asking = *kx_kinesis_dialect(settings->text[KX_SET_SINK]);
  kx_signer signing = {.dialect = &asking, .skew = signer->skew};
  char hash[KX_SHA256_HEX + 1];
  if (signer->access_key_id == NULL)
    return name_target(&asking, out, err);
  asking.target = asking.describe;
  signing.region = settings->text[KX_SET_REGION];
  kx_status status = kx_signer_credentials(
    &signing, signer->access_key_id, signer->secret_access_key, signer->session_token, err);
  if (status == KX_OK)
    status = kx_sha256_hex(body, hash, err);
  if (status == KX_OK)
    status = kx_signer_headers(&signing, kx_http_host(http), kx_http_path(http), hash, out, err);
  kx_signer_close(&signing);
  return status;
}

static void judge(kx_describe_stream *out, const kx_settings *settings) {
  kx_verdict verdict = {0};
  const kx_http_call *call = &out->call;
  if (call->end != KX_HTTP_ANSWERED || call->status == 200)
    return;
  kx_kinesis_read(kx_kinesis_dialect(settings->text[KX_SET_SINK]), call->status,
                  kx_buf_view(&call->reply), call->error_type, 0, &verdict);
  out->answer = verdict.error;
}

static kx_status perform(kx_describe_stream *out, kx_http *http, const kx_settings *settings,
                         const kx_describe_stream_signer *signer, kx_error *err) {
  kx_signed headers = {0};
  kx_buf body = {0};
  int64_t begun = kx_monotonic_ms();
  kx_status status = write_body(settings, signer, &body, err);
  if (status == KX_OK)
    status = make_headers(settings, signer, http, kx_buf_view(&body), &headers, err);
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

kx_status kx_describe_stream_make(kx_describe_stream *out, const kx_settings *settings,
                                  const kx_describe_stream_signer *signer, kx_error *err) {
  kx_http *http = NULL;
  memset(out, 0, sizeof *out);
  if (settings->text[KX_SET_REGION] == NULL &&
      (settings->text[KX_SET_ENDPOINT] == NULL || signer->access_key_id != NULL))
    return kx_fail(err, KX_CONFIG, "no region: set the region option, AWS_REGION or --region");
  kx_status status = kx_sender_reach(&http, settings, err);
  if (status == KX_OK) {
    snprintf(out->host, sizeof out->host, "%s", kx_http_host(http));
    status = perform(out, http, settings, signer, err);
  }
  kx_http_close(http);
  if (status == KX_OK)
    judge(out, settings);
  return status;
}

void kx_describe_stream_free(kx_describe_stream *probe) {
  kx_buf_free(&probe->call.reply);
}
