/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/signer.h"

#include "base/clock.h"
#include "base/version.h"

#define CONTENT_TYPE "application/x-amz-json-1.1"

static void replace(kx_buf *buf, const char *text) {
  kx_buf_wipe(buf);
  if (text != NULL)
    kx_buf_puts(buf, text);
}

kx_status kx_signer_credentials(kx_signer *signing, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err) {
  replace(&signing->access_key_id, access_key_id);
  replace(&signing->secret_access_key, secret_access_key);
  replace(&signing->session_token, session_token);
  kx_sigv4_forget(&signing->signer);
  signing->generation++;
  if (!kx_buf_ok(&signing->access_key_id) || !kx_buf_ok(&signing->secret_access_key) ||
      !kx_buf_ok(&signing->session_token))
    return kx_fail_memory(err);
  return KX_OK;
}

static kx_status authorize(kx_signer *signing, const char *host, const char *path, const char *hash,
                           const char *time, kx_buf *out, kx_error *err) {
  kx_header headers[] = {
    {kx_str("content-type"), kx_str(CONTENT_TYPE)},
    {kx_str("host"), kx_str(host)},
    {kx_str("x-amz-date"), kx_str(time)},
    {kx_str("x-amz-target"), kx_str(signing->dialect->target)},
    {kx_str("x-amz-security-token"), kx_buf_view(&signing->session_token)},
  };
  kx_sigv4_request request = {
    .method = kx_str("POST"),
    .path = kx_str(path),
    .query = kx_str(""),
    .headers = headers,
    .n_headers = signing->session_token.len > 0 ? 5 : 4,
    .payload_hash = kx_str(hash),
  };
  signing->signer.access_key_id = kx_buf_view(&signing->access_key_id);
  signing->signer.secret_access_key = kx_buf_view(&signing->secret_access_key);
  signing->signer.region = kx_str(signing->region);
  signing->signer.service = kx_str(signing->dialect->service);
  return kx_sigv4_authorization(&signing->signer, &request, time, out, err);
}

static void end_header(kx_buf *text, size_t *starts, size_t *n, size_t start) {
  kx_buf_putc(text, '\0');
  starts[(*n)++] = start;
}

kx_status kx_signer_headers(kx_signer *signing, const char *host, const char *path,
                            const char *hash, kx_signed *out, kx_error *err) {
  char time[KX_SIGV4_TIME];
  size_t starts[KX_SIGNER_HEADERS], n = 0, at = 0;
  kx_buf *text = &out->text;
  kx_sigv4_time(kx_wall_us() / 1000000 + signing->skew, time);
  kx_buf_clear(text);
  kx_buf_puts(text, "Authorization: ");
  kx_status status = authorize(signing, host, path, hash, time, text, err);
  if (status != KX_OK)
    return status;
  end_header(text, starts, &n, at);
  at = text->len;
  kx_buf_puts(text, "Content-Type: " CONTENT_TYPE);
  end_header(text, starts, &n, at);
  at = text->len;
  kx_buf_printf(text, "X-Amz-Date: %s", time);
  end_header(text, starts, &n, at);
  at = text->len;
  kx_buf_printf(text, "X-Amz-Target: %s", signing->dialect->target);
  end_header(text, starts, &n, at);
  at = text->len;
  kx_buf_puts(text, "User-Agent: kinesis-exporter/" KX_VERSION);
  end_header(text, starts, &n, at);
  at = text->len;
  if (signing->session_token.len > 0) {
    /* Room for all of it: growing would leave a copy behind. */
    kx_buf_reserve(text, sizeof "X-Amz-Security-Token: " + signing->session_token.len);
    kx_buf_puts(text, "X-Amz-Security-Token: ");
    kx_buf_slice(text, kx_buf_view(&signing->session_token));
    end_header(text, starts, &n, at);
  }
  for (size_t i = 0; i < n; i++)
    out->list[i] = text->data + starts[i];
  out->list[n] = NULL;
  return kx_buf_ok(text) ? KX_OK : kx_fail_memory(err);
}

void kx_signer_close(kx_signer *signing) {
  kx_sigv4_forget(&signing->signer);
  kx_buf_wipe(&signing->access_key_id);
  kx_buf_wipe(&signing->secret_access_key);
  kx_buf_wipe(&signing->session_token);
}
