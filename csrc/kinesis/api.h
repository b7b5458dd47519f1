/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The two services' languages, in one table of dialects, and what their answers
 * mean. Pure: it writes the text around records (kinesis/batch.h puts the records in)
 * and reads replies.
 *
 * Sources: Amazon Data Firehose API Reference, PutRecordBatch and
 * DescribeDeliveryStream; Amazon Kinesis Data Streams API Reference, PutRecords
 * and DescribeStreamSummary; "Common Errors" of both; the lists of errors that
 * botocore tries again (retries/standard.py, data/_retry.json). */

#ifndef KX_KINESIS_API_H
#define KX_KINESIS_API_H

#include "base/error.h"
#include "kinesis/batch.h"

typedef struct kx_dialect {
  const char *sink;     /* the option's value: "firehose", "streams" */
  const char *service;  /* in signatures and host names */
  const char *target;   /* X-Amz-Target */
  const char *describe; /* that of the call that tells of the stream */
  const char *stream;   /* the request's member that names the stream */
  const char *results;  /* the reply's list, an item a record */
  const char *id;       /* an accepted item's member */
  bool partition_keys;
  kx_limits limits;                           /* of the service, by default */
  size_t most_record_bytes, most_batch_bytes; /* what a stream may be set to */
} kx_dialect;

/* The dialect of a sink, or NULL. */
const kx_dialect *kx_kinesis_dialect(const char *sink);

/* The limits that hold when these are wanted (0: the service's own); what the
 * service never takes is lowered to what it does. */
kx_limits kx_kinesis_limits(const kx_dialect *dialect, kx_limits wanted);

/* Writes the text around records for a stream. `partition_key` is NULL for
 * random ones. The caller frees frame->head, and keeps `partition_key`, already
 * a JSON string's inside, as long as the frame. */
kx_status kx_kinesis_frame(const kx_dialect *dialect, const char *stream, const char *partition_key,
                           kx_frame *frame, kx_error *err);

/* Appends the service's public endpoint in a region. */
void kx_kinesis_endpoint(const kx_dialect *dialect, const char *region, kx_buf *out);

/* What is to be done after a call. */
typedef enum kx_action {
  KX_ACCEPTED, /* nothing: every record is in */
  KX_RETRY,    /* send again what `keep` says, a moment later */
  KX_REFRESH,  /* the session token expired: get credentials, send again */
  KX_CLOCK,    /* the signature was refused: correct the clock if it is off */
  KX_SPLIT,    /* called too large: see kx_kinesis_may_split */
  KX_STOP      /* no use sending anything: somebody has to mend something */
} kx_action;

typedef struct kx_verdict {
  kx_action action;
  bool throttled;              /* the service asks to slow down */
  bool unknown;                /* records of this call may have been stored */
  bool by_record;              /* some records were accepted or refused one by one */
  size_t refused;              /* number of records that are not in */
  bool keep[KX_BATCH_RECORDS]; /* which ones */
  kx_error error;              /* to report if it comes to nothing */
} kx_verdict;

/* Reads the answer to a call of `n` records. `error_type` is the
 * x-amzn-ErrorType header or "". */
void kx_kinesis_read(const kx_dialect *dialect, long status, kx_slice body, const char *error_type,
                     size_t n, kx_verdict *out);

/* Whether a call of so many bytes (before base64) can be too large for the service, so
 * that halves may fare better: from a quarter of the largest record on. A proxy or a
 * firewall may call anything too large: what is smaller than that stays pending. */
bool kx_kinesis_may_split(const kx_dialect *dialect, size_t bytes);

/* Whether an event of so many bytes, alone in its call, can be too large for the
 * service: from three quarters of the largest record on. */
bool kx_kinesis_may_reject(const kx_dialect *dialect, size_t bytes);

/* The verdict on a call that got no usable answer: all of it is sent again. */
void kx_kinesis_unanswered(size_t n, bool unknown, const char *why, kx_verdict *out);

#endif
