/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/checkpoint.h"

#include <stdlib.h>

kx_status kx_tickets_make(kx_tickets *tickets, size_t most, kx_error *err) {
  tickets->ring = calloc(most, sizeof *tickets->ring);
  tickets->most = most;
  return tickets->ring != NULL ? KX_OK : kx_fail_memory(err);
}

void kx_tickets_begin(kx_tickets *tickets, const kx_place *from) {
  tickets->first = tickets->open = 0;
  tickets->settled = *from;
}

bool kx_tickets_left(const kx_tickets *tickets) {
  return tickets->open < tickets->most;
}

kx_ticket *kx_tickets_draw(kx_tickets *tickets, const kx_place *place, unsigned parts) {
  kx_ticket *ticket = &tickets->ring[(tickets->first + tickets->open++) % tickets->most];
  ticket->parts = parts;
  ticket->place = *place;
  return ticket;
}

const kx_place *kx_tickets_settled(kx_tickets *tickets) {
  while (tickets->open > 0 && tickets->ring[tickets->first].parts == 0) {
    tickets->settled = tickets->ring[tickets->first].place;
    tickets->first = (tickets->first + 1) % tickets->most;
    tickets->open--;
  }
  return &tickets->settled;
}

bool kx_tickets_done(kx_tickets *tickets) {
  kx_tickets_settled(tickets);
  return tickets->open == 0;
}

void kx_tickets_free(kx_tickets *tickets) {
  free(tickets->ring);
  tickets->ring = NULL;
}
