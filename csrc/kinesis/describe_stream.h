/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One call that asks the service what it knows of the stream and changes
 * nothing, made just as an export makes its calls: for somebody who wants to know
 * why an export does not work. */

#ifndef KX_KINESIS_DESCRIBE_STREAM_H
#define KX_KINESIS_DESCRIBE_STREAM_H

#include "exporter/settings.h"
#include "http/http.h"

/* Who asks; the strings are the caller's. */
typedef struct kx_describe_stream_signer {
  const char *access_key_id; /* NULL: the call is not signed, and names no stream */
  const char *secret_access_key;
  const char *session_token; /* or NULL */
  int64_t skew;              /* seconds to add to this machine's clock */
} kx_describe_stream_signer;

/* What came of it; all-zero is valid and empty. */
typedef struct kx_describe_stream {
  kx_http_call call; /* idle again: how it ended, and the answer */
  int64_t took_ms;
  char host[300];  /* that was called, with its port if that is not the usual one */
  kx_error answer; /* what the service said no with; KX_OK after a yes, and without an answer */
} kx_describe_stream;

/* Makes the call and waits for its end, for the connect and request timeouts at
 * most. Fails when it cannot be made at all: KX_CONFIG when there is neither an
 * endpoint nor a region. */
kx_status kx_describe_stream_make(kx_describe_stream *out, const kx_settings *settings,
                                  const kx_describe_stream_signer *signer, kx_error *err);

/* Releases the answer. */
void kx_describe_stream_free(kx_describe_stream *probe);

#endif
