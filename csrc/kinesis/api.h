/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The APIs of the two services, in one table of dialects, and what their answers mean. Pure: it
 * writes the text around records (kinesis/batch.h adds the records) and reads replies.
 *
 * Sources: Amazon Data Firehose API Reference, PutRecordBatch and
 * DescribeDeliveryStream; Amazon Kinesis Data Streams API Reference, PutRecords
 * and DescribeStreamSummary; "Common Errors" of both; the lists of errors after
 * which botocore tries again (retries/standard.py, data/_retry.json). */

#ifndef KX_KINESIS_API_H
#define KX_KINESIS_API_H

#include "base/error.h"
#include "http/call.h"
#include "kinesis/batch.h"

typedef struct kx_dialect {
  const char *sink;     /* the option's value: "firehose", "streams" */
  const char *service;  /* in signatures and host names */
  const char *target;   /* X-Amz-Target */
  const char *describe; /* X-Amz-Target of the call that describes the stream */
  const char *stream;   /* the request's member that names the stream */
  const char *results;  /* the reply's list, with one item for each record */
  const char *id;       /* the member that an accepted item has */
  bool partition_keys;
  kx_limits limits;                           /* the service's default */
  size_t most_record_bytes, most_batch_bytes; /* what a stream can be raised to */
} kx_dialect;

/* The dialect of a sink, or NULL. */
const kx_dialect *kx_api_dialect(const char *sink);

/* The limits to use if these are wanted (0: the service's default). A limit above what the
 * service accepts is lowered. */
kx_limits kx_api_limits(const kx_dialect *dialect, kx_limits wanted);

/* Writes the text around records for a stream. `partition_key` is NULL for random keys. The
 * caller frees the frame, after a failure too. */
kx_status kx_api_frame(const kx_dialect *dialect, const char *stream, const char *partition_key,
                       kx_frame *frame, kx_error *err);

/* Appends the body that asks what the service knows of a stream. */
void kx_api_describe(const kx_dialect *dialect, const char *stream, kx_buf *out);

/* What to do after a call. */
typedef enum kx_action {
  KX_ACCEPTED, /* nothing: every record was accepted */
  KX_RETRY,    /* send the records of `keep` again, later */
  KX_REFRESH,  /* the session token has expired: get new credentials, send again */
  KX_CLOCK,    /* the signature was refused: correct the clock if it is wrong */
  KX_SPLIT,    /* the service called it too large: see kx_api_may_split */
  KX_STOP      /* send nothing: a person must repair something first */
} kx_action;

typedef struct kx_verdict {
  kx_action action;
  bool throttled;              /* the service asks to slow down */
  bool unknown;                /* records of this call may have been stored */
  bool by_record;              /* some records were accepted or refused one by one */
  size_t refused;              /* number of records that were not accepted */
  bool keep[KX_BATCH_RECORDS]; /* which ones */
  kx_error error;              /* to report if no attempt is left */
} kx_verdict;

/* Reads the answer to a call of `n` records. `error_type` is the
 * x-amzn-ErrorType header or "". */
void kx_api_read(const kx_dialect *dialect, long status, kx_slice body, const char *error_type,
                 size_t n, kx_verdict *out);

/* Whether a call of this many bytes (before base64) can be too large for the service, so that
 * its halves may be accepted: from a quarter of the largest record on. A proxy or a firewall can
 * call anything too large; the events of a smaller call stay pending. */
bool kx_api_may_split(const kx_dialect *dialect, size_t bytes);

/* Whether an event of this many bytes, alone in its call, can be too large for the service: from
 * three quarters of the largest record on. */
bool kx_api_may_reject(const kx_dialect *dialect, size_t bytes);

/* The verdict on a call without a usable answer: all of it is sent again. */
void kx_api_unanswered(size_t n, bool unknown, const char *why, kx_verdict *out);

/* The verdict on a call of `n` records, answered or not. */
void kx_api_judge(const kx_dialect *dialect, const kx_http_call *call, size_t n, kx_verdict *out);

#endif
