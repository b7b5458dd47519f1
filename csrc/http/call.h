/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The configuration of an HTTP client, and one of its calls: the request, how the call ended,
 * the answer. Types only; http/http.h makes the calls. */

#ifndef KX_HTTP_CALL_H
#define KX_HTTP_CALL_H

#include "base/buf.h"

/* How to reach the endpoint. kx_http_open copies the strings. */
typedef struct kx_http_config {
  const char *url;     /* "https://firehose.eu-west-1.amazonaws.com/" */
  const char *ca_file; /* PEM bundle instead of the system's, or NULL */
  const char *proxy;   /* URL of a proxy, "" for none, or NULL for libcurl's environment rules */
  const char *method;  /* "GET", "PUT" or "POST"; NULL: POST, to a URL without a query */
  long connect_timeout_ms; /* to make a connection, TLS included */
  long request_timeout_ms; /* for a whole call */
  size_t max_connections;  /* kept and in flight at most */
} kx_http_config;

/* How a call ended on the network. */
typedef enum kx_http_end {
  KX_HTTP_ANSWERED, /* there is a status and a body */
  KX_HTTP_NOT_SENT, /* no byte of the request left: name, connect, TLS */
  KX_HTTP_UNKNOWN   /* it may have arrived: lost or timed out after sending began */
} kx_http_end;

/* One call. The caller owns it and everything it points to, and changes none of it from
 * kx_http_start until kx_http_ended returns the call. All-zero is a valid idle call. A call can
 * be used again and keeps the memory of `reply`. */
typedef struct kx_http_call {
  /* in */
  kx_slice body;              /* of the request */
  const char *const *headers; /* "Name: value", NULL-terminated; copied by kx_http_start */
  void *owner;                /* the caller's, untouched */
  /* out */
  kx_http_end end;
  long status;            /* HTTP status, when answered */
  kx_buf reply;           /* body of the answer, at most KX_HTTP_REPLY bytes; the caller frees it */
  int64_t date;           /* the answer's Date header, seconds since the epoch, or -1 */
  int64_t retry_after_ms; /* x-amz-retry-after (milliseconds) or Retry-After (seconds or a date), or
                             -1; any number is possible, so the caller sets a bound */
  char request_id[128];   /* x-amzn-RequestId, or "" */
  char error_type[128];   /* x-amzn-ErrorType, or "" */
  char why[256];          /* what went wrong, when not answered */
  bool tls_failed;        /* the certificate did not verify */
  /* private */
  void *handle;
  void *header_list;
  bool reply_too_long;
  struct kx_http_call *next; /* in the list of ended calls */
} kx_http_call;

enum { KX_HTTP_REPLY = 1 << 20 };

/* A descriptor of the caller, watched until it is readable. */
typedef struct kx_http_watch {
  int fd;
  bool readable; /* set by kx_http_wait */
} kx_http_watch;

#endif
