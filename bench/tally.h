/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What was delivered, in figures that do not depend on the order or the packing
 * of the events: their number and the sum of their hashes. The program
 * that stores the events and the endpoint that receives them both count with
 * this file, so "delivered = stored" is one comparison. */

#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hashes of events without their `time_gen`: what a job reads in several stages
 * may be delivered twice, with two values of `time_gen`, and is the same event. */
typedef struct tally_identities {
  uint64_t *hashes; /* owned */
  size_t n, cap;
} tally_identities;

typedef struct tally {
  uint64_t events;              /* newline-terminated pieces of the decoded records */
  uint64_t bytes;               /* of the decoded records, newlines included */
  uint64_t checksum;            /* sum of the events' hashes, modulo 2^64 */
  uint64_t malformed;           /* records that are not base64 or do not end in a newline, and
                                   events without a `time_gen` where identities are kept */
  tally_identities *identities; /* where to keep them, or NULL */
} tally;

/* The base64 text of one record, inside the body of its request. */
typedef struct tally_span {
  const char *data;
  size_t len;
} tally_span;

/* A hash of one event, without its newline. */
uint64_t tally_hash(const char *event, size_t len);

/* Counts one event, without its newline. */
void tally_event(tally *t, const char *event, size_t len);

/* `events` and `checksum` of the distinct hashes. Sorts them. */
tally tally_distinct(tally_identities *kept);

/* Finds the "Data" members of a PutRecordBatch body, at most `max` of them, and
 * returns their number. */
size_t tally_spans(const char *body, size_t len, tally_span *spans, size_t max);

/* Decodes one record and counts its events. `scratch` has room for the decoded
 * bytes and three more. */
void tally_record(tally *t, tally_span record, char *scratch);

#endif
