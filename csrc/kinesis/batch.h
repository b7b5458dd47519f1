/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* From events to the body of a call. Events arrive as text, each ended by a newline. A record
 * takes as many whole events as the service's limits allow, because a record is billed in steps
 * of 5 KB. It is written as base64 directly into the body of the request. Only the body is kept:
 * the events of a refused record are decoded from it, so a batch needs its memory once. Pure. */

#ifndef KX_KINESIS_BATCH_H
#define KX_KINESIS_BATCH_H

#include "base/buf.h"
#include "base/error.h"

enum { KX_BATCH_RECORDS = 500 };

/* What may go into a record and a batch. */
typedef struct kx_limits {
  size_t record_bytes;      /* of a record, before base64 */
  size_t batch_bytes;       /* of all records of a batch, before base64 */
  size_t batch_records;     /* at most KX_BATCH_RECORDS */
  size_t events_per_record; /* 0: as many as fit */
} kx_limits;

/* The text around records; it depends on the service. After `close` comes the record's
 * partition key: `key`, or a random one if `key` is empty and `random_keys` is set. */
typedef struct kx_frame {
  kx_buf head;      /* before the first record */
  const char *open; /* before a record's base64 */
  const char *close;
  const char *end;
  kx_buf key; /* a JSON string, with its quotes */
  bool random_keys;
  const char *tail; /* after the last record */
} kx_frame;

/* A record within a batch's body. */
typedef struct kx_record {
  size_t at, len;           /* the whole element */
  size_t data_at, data_len; /* its base64 */
  size_t raw;               /* bytes before base64 */
  size_t events;
} kx_record;

/* A batch: its body and where the records lie in it. All-zero is an empty one. */
typedef struct kx_batch {
  kx_buf body;
  kx_record records[KX_BATCH_RECORDS];
  size_t n_records;
  size_t raw;    /* bytes before base64, the open record included */
  size_t events; /* the open record included */
  bool open;     /* the last record is being filled */
  char carry[3]; /* its last bytes, which do not fill a base64 group */
  size_t n_carry;
} kx_batch;

typedef enum kx_packed {
  KX_PACKED_ALL,  /* all of the text went in */
  KX_PACKED_FULL, /* the batch is full: close it and continue with another */
  KX_PACKED_LARGE /* the first event that is left is too large for a record */
} kx_packed;

/* Appends events to a batch. `*used` is how many bytes of `events` went in. */
kx_packed kx_batch_pack(kx_batch *batch, const kx_frame *frame, const kx_limits *limits,
                        kx_slice events, size_t *used);

/* Ends the last record and the body. */
void kx_batch_close(kx_batch *batch, const kx_frame *frame);

/* Empties a batch. It keeps its memory. */
void kx_batch_clear(kx_batch *batch);

/* Releases the memory of a batch. */
void kx_batch_free(kx_batch *batch);

/* The number of events in the records for which `keep` is true. */
size_t kx_batch_count(const kx_batch *batch, const bool *keep);

/* Keeps only the records for which `keep` is true, in a closed batch. */
void kx_batch_keep(kx_batch *batch, const kx_frame *frame, const bool *keep);

/* Moves the second half of a closed batch of two events or more to the empty batch `rest`: half
 * of the records or, of a single record, half of the events. Without memory nothing moves. */
kx_status kx_batch_split(kx_batch *batch, kx_batch *rest, const kx_frame *frame, kx_error *err);

/* Appends the events of a record to `out`, each ended by a newline. When not all of them are
 * there, because memory ran out, `out` has failed (kx_buf_ok). */
void kx_batch_events(const kx_batch *batch, size_t record, kx_buf *out);

/* Releases what a frame owns. */
void kx_frame_free(kx_frame *frame);

#endif
