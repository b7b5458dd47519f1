/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One call that asks the service to describe the stream. It changes nothing, and it is made as an
 * export makes its calls, so it shows why an export does not work. */

#ifndef KX_KINESIS_DESCRIBE_STREAM_H
#define KX_KINESIS_DESCRIBE_STREAM_H

#include "http/call.h"
#include "kinesis/config.h"

/* Who asks. The strings are the caller's. */
typedef struct kx_describe_stream_signer {
  const char *access_key_id; /* NULL: the call is not signed and does not name the stream */
  const char *secret_access_key;
  const char *session_token; /* or NULL */
  int64_t skew;              /* seconds to add to this machine's clock */
} kx_describe_stream_signer;

/* How the call ended; all-zero is valid and empty. */
typedef struct kx_describe_stream {
  kx_http_call call; /* idle again: how it ended, and the answer */
  int64_t took_ms;
  char host[300];  /* the host that was called, with its port if it is not the default */
  kx_error answer; /* why the service refused; KX_OK if it did not, or did not answer */
} kx_describe_stream;

/* Makes the call and waits for its end, for the connect and request timeouts at
 * most. Fails only if the call cannot be made at all. A signed call needs a region. */
kx_status kx_describe_stream_make(kx_describe_stream *out, const kx_kinesis_config *config,
                                  const kx_describe_stream_signer *signer, kx_error *err);

/* Releases the answer. */
void kx_describe_stream_free(kx_describe_stream *description);

#endif
