/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "aws/signer.h"

#include "base/clock.h"

static void replace(kx_buf *buf, const char *text) {
  kx_buf_wipe(buf);
  if (text != NULL)
    kx_buf_puts(buf, text);
}

kx_status kx_signer_credentials(kx_signer *signer, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err) {
  replace(&signer->access_key_id, access_key_id);
  replace(&signer->secret_access_key, secret_access_key);
  replace(&signer->session_token, session_token);
  kx_sigv4_forget(&signer->sigv4);
  signer->generation++;
  if (!kx_buf_ok(&signer->access_key_id) || !kx_buf_ok(&signer->secret_access_key) ||
      !kx_buf_ok(&signer->session_token))
    return kx_fail_memory(err);
  return KX_OK;
}

static size_t list_signed(const kx_signer *signer, const kx_signer_call *call, const char *time,
                          kx_sigv4_header *out) {
  size_t n = 0;
  out[n++] = (kx_sigv4_header){kx_str("content-type"), kx_str(call->content_type)};
  out[n++] = (kx_sigv4_header){kx_str("host"), kx_str(call->host)};
  out[n++] = (kx_sigv4_header){kx_str("x-amz-date"), kx_str(time)};
  if (call->target != NULL)
    out[n++] = (kx_sigv4_header){kx_str("x-amz-target"), kx_str(call->target)};
  if (signer->session_token.len > 0)
    out[n++] =
      (kx_sigv4_header){kx_str("x-amz-security-token"), kx_buf_view(&signer->session_token)};
  return n;
}

static kx_status authorize(kx_signer *signer, const kx_signer_call *call, const char *time,
                           kx_buf *out, kx_error *err) {
  kx_sigv4_header headers[KX_SIGNER_HEADERS];
  kx_sigv4_request request = {
    .method = kx_str("POST"),
    .path = kx_str(call->path),
    .query = kx_str(""),
    .headers = headers,
    .n_headers = list_signed(signer, call, time, headers),
    .payload_hash = kx_str(call->hash),
  };
  signer->sigv4.access_key_id = kx_buf_view(&signer->access_key_id);
  signer->sigv4.secret_access_key = kx_buf_view(&signer->secret_access_key);
  signer->sigv4.region = kx_str(signer->region);
  signer->sigv4.service = kx_str(signer->service);
  return kx_sigv4_authorization(&signer->sigv4, &request, time, out, err);
}

/* Lines follow each other in the text, each with its NUL. The token comes last, into room
 * that was made before: a text that grows leaves a copy behind. */
static void write_lines(const kx_signer *signer, const kx_signer_call *call, const char *time,
                        kx_buf *text) {
  kx_buf_putc(text, '\0');
  kx_buf_printf(text, "Content-Type: %s", call->content_type);
  kx_buf_putc(text, '\0');
  kx_buf_printf(text, "X-Amz-Date: %s", time);
  kx_buf_putc(text, '\0');
  if (call->target != NULL) {
    kx_buf_printf(text, "X-Amz-Target: %s", call->target);
    kx_buf_putc(text, '\0');
  }
  if (signer->session_token.len > 0) {
    kx_buf_reserve(text, sizeof "X-Amz-Security-Token: " + signer->session_token.len);
    kx_buf_puts(text, "X-Amz-Security-Token: ");
    kx_buf_slice(text, kx_buf_view(&signer->session_token));
    kx_buf_putc(text, '\0');
  }
}

static void list_lines(kx_signed *out, const char *const *others) {
  size_t n = 0;
  for (size_t at = 0; at < out->text.len; at += strlen(out->text.data + at) + 1)
    out->list[n++] = out->text.data + at;
  for (size_t i = 0; others != NULL && others[i] != NULL && i < KX_SIGNER_OTHERS; i++)
    out->list[n++] = others[i];
  out->list[n] = NULL;
}

kx_status kx_signer_sign(kx_signer *signer, const kx_signer_call *call, kx_signed *out,
                         kx_error *err) {
  char time[KX_SIGV4_TIME];
  kx_sigv4_time(kx_wall_us() / 1000000 + signer->skew, time);
  kx_buf_clear(&out->text);
  kx_buf_puts(&out->text, "Authorization: ");
  kx_status status = authorize(signer, call, time, &out->text, err);
  if (status != KX_OK)
    return status;
  write_lines(signer, call, time, &out->text);
  if (!kx_buf_ok(&out->text))
    return kx_fail_memory(err);
  list_lines(out, call->others);
  return KX_OK;
}

void kx_signer_close(kx_signer *signer) {
  kx_sigv4_forget(&signer->sigv4);
  kx_buf_wipe(&signer->access_key_id);
  kx_buf_wipe(&signer->secret_access_key);
  kx_buf_wipe(&signer->session_token);
}
