/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* HTTP calls, POSTs by default, to one endpoint, several in flight on kept-alive
 * connections. The only file that sees libcurl. Nothing blocks but kx_http_wait,
 * which also watches the caller's own descriptors, so that one loop serves Redis
 * and the service at the same time. TLS is always verified (peer and host name,
 * 1.2 at least); redirects are not followed; SIGPIPE is not raised. A call is made
 * once: where a kept connection turns out to be dead, its outcome is unknown. */

#ifndef KX_HTTP_HTTP_H
#define KX_HTTP_HTTP_H

#include "base/buf.h"
#include "base/error.h"

typedef struct kx_http kx_http;

/* How to reach the endpoint; the strings are copied. */
typedef struct kx_http_config {
  const char *url;     /* "https://firehose.eu-west-1.amazonaws.com/" */
  const char *ca_file; /* PEM bundle instead of the system's, or NULL */
  const char *proxy;   /* URL of a proxy, "" for none, or NULL for libcurl's environment rules */
  const char *method;  /* "GET", "PUT" or "POST"; NULL: POST, to a URL without a query */
  long connect_timeout_ms; /* for a connection, TLS included */
  long request_timeout_ms; /* for a whole call */
  size_t max_connections;  /* kept and in flight at most */
} kx_http_config;

/* How a call ended, as far as the network goes. */
typedef enum kx_http_end {
  KX_HTTP_ANSWERED, /* there is a status and a body */
  KX_HTTP_NOT_SENT, /* no byte of the request left: name, connect, TLS */
  KX_HTTP_UNKNOWN   /* it may have arrived: lost or timed out after sending began */
} kx_http_end;

/* One call. The caller owns it and everything it points to, and leaves all of
 * it untouched between kx_http_start and the moment kx_http_wait hands it
 * back. All-zero is a valid idle call; `body` and `reply` are reused. */
typedef struct kx_http_call {
  /* in */
  kx_slice body;              /* of the request */
  const char *const *headers; /* "Name: value", NULL-terminated; copied by kx_http_start */
  void *owner;                /* the caller's, untouched */
  /* out */
  kx_http_end end;
  long status;            /* HTTP status when answered */
  kx_buf reply;           /* body of the answer, at most KX_HTTP_REPLY bytes; the caller frees it */
  int64_t date;           /* the answer's Date header, seconds since the epoch, or -1 */
  int64_t retry_after_ms; /* x-amz-retry-after (milliseconds) or Retry-After (seconds or a date), or
                             -1; whatever the answer says, so bound it */
  char request_id[128];   /* x-amzn-RequestId, or "" */
  char error_type[128];   /* x-amzn-ErrorType, or "" */
  char why[256];          /* what went wrong when not answered */
  bool tls_failed;        /* the certificate did not verify */
  /* private */
  void *handle;
  void *header_list;
  bool reply_too_long;
  struct kx_http_call *next; /* in the list of ended calls */
} kx_http_call;

enum { KX_HTTP_REPLY = 1 << 20 };

/* A descriptor of the caller's to watch for readability. */
typedef struct kx_http_watch {
  int fd;
  bool readable; /* set by kx_http_wait */
} kx_http_watch;

/* Checks the configuration (scheme http or https, a host, readable ca_file) and
 * makes a client; nothing is connected. KX_CONFIG names the setting that is
 * wrong. */
kx_status kx_http_open(kx_http **out, const kx_http_config *config, kx_error *err);

/* The endpoint's "host" or "host:port", as the Host header has it. */
const char *kx_http_host(const kx_http *http);

/* The endpoint's path, "/" at least, as it is sent. */
const char *kx_http_path(const kx_http *http);

/* Starts a call. On failure nothing is in flight. */
kx_status kx_http_start(kx_http *http, kx_http_call *call, kx_error *err);

/* Lets calls progress without waiting. */
kx_status kx_http_progress(kx_http *http, kx_error *err);

/* Waits until a call can progress, a watched descriptor is readable or
 * `timeout_ms` passed, and lets calls progress. */
kx_status kx_http_wait(kx_http *http, kx_http_watch *watches, size_t n, int timeout_ms,
                       kx_error *err);

/* The next call that has ended, or NULL. Its `end` and what belongs to it are
 * filled in and it is idle again. */
kx_http_call *kx_http_ended(kx_http *http);

/* Takes a call that has not ended out of flight; it is idle again, its outcome
 * unknown. Idle calls are left alone. */
void kx_http_abort(kx_http *http, kx_http_call *call);

/* Closes every connection. No call may be in flight (see kx_http_abort). NULL
 * is allowed. */
void kx_http_close(kx_http *http);

/* "libcurl/7.88.1 OpenSSL/3.0.17": what is linked, for version and user agent. */
const char *kx_http_version(void);

/* Whether libcurl, if it does TLS with OpenSSL, runs on the one that this module
 * runs on (see kx_crypto_check). KX_CONFIG tells which two were found. */
kx_status kx_http_check(kx_error *err);

#endif
