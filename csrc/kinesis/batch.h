/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* From events to the body of a call. Events arrive as text, each ended by a
 * newline; records are filled with whole events up to the service's limits, for
 * a record is billed in steps of 5 KB, and written as base64 straight into the
 * request's body. The body is all that is kept: a refused record's events are
 * decoded from it, so a batch needs memory once. Pure. */

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

/* The text around records, which depends on the service. `key` goes between
 * `close` and `end` of a record; where it is NULL and `random_keys` is set each
 * record gets a random one. */
typedef struct kx_frame {
  kx_buf head;      /* before the first record */
  const char *open; /* before a record's base64 */
  const char *close;
  const char *end;
  const char *key;
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
  size_t events; /* likewise */
  bool open;     /* the last record is being filled */
  char carry[3]; /* its bytes that do not make up a base64 group yet */
  size_t n_carry;
} kx_batch;

typedef enum kx_packed {
  KX_PACKED_ALL,  /* all of the text went in */
  KX_PACKED_FULL, /* the batch is full: close it and go on with the next */
  KX_PACKED_LARGE /* the first event that is left fits no record at all */
} kx_packed;

/* Appends events to a batch. `*used` is how many bytes of `events` went in. */
kx_packed kx_batch_pack(kx_batch *batch, const kx_frame *frame, const kx_limits *limits,
                        kx_slice events, size_t *used);

/* Ends the last record and the body. */
void kx_batch_close(kx_batch *batch, const kx_frame *frame);

/* Empties a batch and keeps its memory. */
void kx_batch_clear(kx_batch *batch);

/* Releases its memory. */
void kx_batch_free(kx_batch *batch);

/* Keeps only the records for which `keep` is true, in a closed batch. */
void kx_batch_keep(kx_batch *batch, const kx_frame *frame, const bool *keep);

/* Moves the second half of a closed batch to the empty batch `rest`: half of
 * the records or, of a single record, half of the events. False when there is
 * only one event. Memory running out shows in the bodies. */
bool kx_batch_split(kx_batch *batch, kx_batch *rest, const kx_frame *frame);

/* Appends the events of a record to `out`, each ended by a newline. */
void kx_batch_events(const kx_batch *batch, size_t record, kx_buf *out);

#endif
