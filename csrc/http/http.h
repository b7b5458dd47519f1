/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Makes HTTP calls to one endpoint, several at once, on connections that are kept alive.
 * Only kx_http_wait blocks. It also watches the caller's own descriptors, so that one loop
 * serves Redis and the service at the same time. TLS is always verified: peer, host name,
 * version 1.2 at least. Redirects are not followed. SIGPIPE is not raised. A call is made
 * once: if a kept connection turns out to be dead, the outcome of the call is unknown. */

#ifndef KX_HTTP_HTTP_H
#define KX_HTTP_HTTP_H

#include "base/error.h"
#include "http/call.h"

typedef struct kx_http kx_http;

/* Checks the configuration (scheme http or https, a host, a readable ca_file) and
 * makes a client; nothing is connected. KX_CONFIG names the setting that is
 * wrong. */
kx_status kx_http_open(kx_http **out, const kx_http_config *config, kx_error *err);

/* The endpoint's "host" or "host:port", as it stands in the Host header. */
const char *kx_http_host(const kx_http *http);

/* The endpoint's path as it is sent; "/" at least. */
const char *kx_http_path(const kx_http *http);

/* Starts a call. On failure nothing is in flight. */
kx_status kx_http_start(kx_http *http, kx_http_call *call, kx_error *err);

/* Reads and writes what is possible without waiting. */
kx_status kx_http_progress(kx_http *http, kx_error *err);

/* Waits until a call can progress, a watched descriptor is readable, or `timeout_ms` have
 * passed. Then it reads and writes what is possible. */
kx_status kx_http_wait(kx_http *http, kx_http_watch *watches, size_t n, int timeout_ms,
                       kx_error *err);

/* The next call that has ended, or NULL. It is idle again; its `end` and the fields that belong
 * to that are filled in. */
kx_http_call *kx_http_ended(kx_http *http);

/* Breaks off a call that has not ended: it is idle again, and its outcome is unknown. An idle
 * call stays as it is. */
void kx_http_abort(kx_http *http, kx_http_call *call);

/* Closes every connection. No call may be in flight (see kx_http_abort). NULL
 * is allowed. */
void kx_http_close(kx_http *http);

#endif
