/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/endpoint.h"

#include "base/version.h"

void kx_endpoint_url(const kx_dialect *dialect, const char *region, kx_buf *out) {
  const char *suffix = strncmp(region, "cn-", 3) == 0 ? ".cn" : "";
  kx_buf_printf(out, "https://%s.%s.amazonaws.com%s/", dialect->service, region, suffix);
}

kx_status kx_endpoint_open(kx_http **out, const kx_kinesis_config *config, kx_error *err) {
  kx_buf url = {0};
  if (config->endpoint != NULL)
    kx_buf_puts(&url, config->endpoint);
  else
    kx_endpoint_url(config->dialect, config->region, &url);
  kx_buf_putc(&url, '\0');
  kx_http_config http = {
    .url = url.data,
    .ca_file = config->ca_file,
    .proxy = config->proxy,
    .connect_timeout_ms = config->connect_timeout_ms,
    .request_timeout_ms = config->request_timeout_ms,
    .max_connections = config->concurrency,
  };
  kx_status status = kx_buf_ok(&url) ? kx_http_open(out, &http, err) : kx_fail_memory(err);
  kx_buf_free(&url);
  return status;
}

kx_status kx_endpoint_sign(const kx_http *http, kx_signer *signer, const char *target,
                           const char *hash, kx_signed *out, kx_error *err) {
  static const char *const others[] = {"User-Agent: kinesis-exporter/" KX_VERSION, NULL};
  const kx_signer_call call = {
    .host = kx_http_host(http),
    .path = kx_http_path(http),
    .content_type = "application/x-amz-json-1.1",
    .target = target,
    .hash = hash,
    .others = others,
  };
  return kx_signer_sign(signer, &call, out, err);
}
