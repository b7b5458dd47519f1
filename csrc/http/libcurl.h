/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The libcurl that this process runs: started once, named, and checked. */

#ifndef KX_HTTP_LIBCURL_H
#define KX_HTTP_LIBCURL_H

#include "base/error.h"

/* Starts libcurl; only the first call of a process does anything. */
kx_status kx_libcurl_start(kx_error *err);

/* "libcurl/7.88.1 OpenSSL/3.0.17": what is linked, for the version and for messages. */
const char *kx_libcurl_version(void);

/* Checks that libcurl, if it does TLS with OpenSSL, runs on the OpenSSL that this module runs
 * on (see kx_crypto_check). KX_CONFIG names both versions. */
kx_status kx_libcurl_check(kx_error *err);

#endif
