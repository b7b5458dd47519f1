/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The service's address, the HTTP client that calls it, and the signature of such a call. */

#ifndef KX_KINESIS_ENDPOINT_H
#define KX_KINESIS_ENDPOINT_H

#include "aws/signer.h"
#include "http/http.h"
#include "kinesis/config.h"

/* Appends the URL of the service's public endpoint in a region. */
void kx_endpoint_url(const kx_dialect *dialect, const char *region, kx_buf *out);

/* Makes a client for the configured endpoint, or the region's; nothing is connected. */
kx_status kx_endpoint_open(kx_http **out, const kx_kinesis_config *config, kx_error *err);

/* Signs a call of `target` (X-Amz-Target) whose body has this hash (kx_sha256_hex). The caller
 * wipes `out->text`, after a failure too. */
kx_status kx_endpoint_sign(const kx_http *http, kx_signer *signer, const char *target,
                           const char *hash, kx_signed *out, kx_error *err);

#endif
