/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A batch and its journey to the service, and the list of all flights. Knows no policy: the
 * sender decides what happens next. */

#ifndef KX_KINESIS_FLIGHT_H
#define KX_KINESIS_FLIGHT_H

#include "base/crypto.h"
#include "base/error.h"
#include "http/call.h"
#include "kinesis/batch.h"

/* What became of a flight, and what its caller does with the events that are
 * still in its batch. */
typedef enum kx_flight_result {
  KX_DELIVERED, /* nothing is left */
  KX_REFUSED,   /* they stay pending */
  KX_TOO_LARGE  /* one event that the service finds too large: reject it */
} kx_flight_result;

typedef enum kx_flight_state {
  KX_FLIGHT_IDLE,
  KX_FLIGHT_PACKING, /* the caller fills its batch */
  KX_FLIGHT_READY,   /* to be sent as soon as there is room */
  KX_FLIGHT_WAITING, /* to be sent again at `due_ms` */
  KX_FLIGHT_FLYING,
  KX_FLIGHT_SETTLED
} kx_flight_state;

typedef struct kx_flight {
  kx_batch batch;
  kx_flight_result result; /* when settled */
  unsigned *parts;         /* the caller's count of the flights that its batch has become */
  kx_flight_state state;
  kx_http_call call;
  char hash[KX_SHA256_HEX + 1]; /* of the body, "" when it has changed */
  int attempts;                 /* in a row that delivered nothing */
  int clock_attempts;
  int64_t due_ms;
  int64_t skew;        /* the clock correction that it was signed with */
  unsigned generation; /* of the credentials that it was signed with */
  bool borrowed;       /* for a split: freed when released */
  struct kx_flight *next;
} kx_flight;

/* Every flight there is, in the order of packing. All-zero is a valid empty list, which owns
 * its flights. */
typedef struct kx_flight_list {
  kx_flight *first;
} kx_flight_list;

/* Makes an idle flight at the end of the list. NULL without memory. */
kx_flight *kx_flight_new(kx_flight_list *list);

/* Makes `n` idle flights. */
kx_status kx_flight_make(kx_flight_list *list, size_t n, kx_error *err);

/* Takes a flight out of the list and frees it. Its call must be idle. */
void kx_flight_free(kx_flight_list *list, kx_flight *flight);

/* Moves a flight to the end of the list. */
void kx_flight_move_last(kx_flight_list *list, kx_flight *flight);

/* The first flight in that state, or NULL. */
kx_flight *kx_flight_first(const kx_flight_list *list, kx_flight_state state);

/* The number of flights in that state. */
size_t kx_flight_count(const kx_flight_list *list, kx_flight_state state);

/* Notes that the body of the flight's batch has changed. */
void kx_flight_changed(kx_flight *flight);

/* Settles a flight. */
void kx_flight_settle(kx_flight *flight, kx_flight_result result);

/* Makes the flight idle and its batch empty. */
void kx_flight_clear(kx_flight *flight);

/* True when the flight is to be sent at that moment (kx_monotonic_ms). */
bool kx_flight_due(const kx_flight *flight, int64_t now_ms);

#endif
