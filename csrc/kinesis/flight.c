/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/flight.h"

#include <stdlib.h>

static void append(kx_flight_list *list, kx_flight *flight) {
  kx_flight **at = &list->first;
  while (*at != NULL)
    at = &(*at)->next;
  *at = flight;
}

static void take_out(kx_flight_list *list, kx_flight *flight) {
  kx_flight **at = &list->first;
  while (*at != flight)
    at = &(*at)->next;
  *at = flight->next;
  flight->next = NULL;
}

kx_flight *kx_flight_new(kx_flight_list *list) {
  kx_flight *flight = calloc(1, sizeof *flight);
  if (flight == NULL)
    return NULL;
  flight->call.owner = flight;
  append(list, flight);
  return flight;
}

kx_status kx_flight_make(kx_flight_list *list, size_t n, kx_error *err) {
  while (n-- > 0)
    if (kx_flight_new(list) == NULL)
      return kx_fail_memory(err);
  return KX_OK;
}

void kx_flight_free(kx_flight_list *list, kx_flight *flight) {
  take_out(list, flight);
  kx_batch_free(&flight->batch);
  kx_buf_free(&flight->call.reply);
  free(flight);
}

void kx_flight_move_last(kx_flight_list *list, kx_flight *flight) {
  take_out(list, flight);
  append(list, flight);
}

kx_flight *kx_flight_first(const kx_flight_list *list, kx_flight_state state) {
  kx_flight *f = list->first;
  while (f != NULL && f->state != state)
    f = f->next;
  return f;
}

size_t kx_flight_count(const kx_flight_list *list, kx_flight_state state) {
  size_t n = 0;
  for (const kx_flight *f = list->first; f != NULL; f = f->next)
    n += f->state == state;
  return n;
}

void kx_flight_changed(kx_flight *flight) {
  flight->hash[0] = '\0';
}

void kx_flight_settle(kx_flight *flight, kx_flight_result result) {
  flight->state = KX_FLIGHT_SETTLED;
  flight->result = result;
}

void kx_flight_clear(kx_flight *flight) {
  kx_batch_clear(&flight->batch);
  flight->state = KX_FLIGHT_IDLE;
}

bool kx_flight_due(const kx_flight *flight, int64_t now_ms) {
  return flight->state == KX_FLIGHT_READY ||
         (flight->state == KX_FLIGHT_WAITING && flight->due_ms <= now_ms);
}
