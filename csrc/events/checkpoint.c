/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/checkpoint.h"

#include <stdlib.h>

kx_status kx_checkpoint_make(kx_checkpoint *checkpoint, size_t most, kx_error *err) {
  checkpoint->ring = calloc(most, sizeof *checkpoint->ring);
  checkpoint->most = most;
  return checkpoint->ring != NULL ? KX_OK : kx_fail_memory(err);
}

void kx_checkpoint_begin(kx_checkpoint *checkpoint, const kx_place *from) {
  checkpoint->first = checkpoint->open = 0;
  checkpoint->settled = *from;
}

bool kx_checkpoint_left(const kx_checkpoint *checkpoint) {
  return checkpoint->open < checkpoint->most;
}

kx_checkpoint_entry *
kx_checkpoint_draw(kx_checkpoint *checkpoint, const kx_place *place, unsigned parts) {
  kx_checkpoint_entry *entry =
    &checkpoint->ring[(checkpoint->first + checkpoint->open++) % checkpoint->most];
  entry->parts = parts;
  entry->place = *place;
  return entry;
}

const kx_place *kx_checkpoint_settled(kx_checkpoint *checkpoint) {
  while (checkpoint->open > 0 && checkpoint->ring[checkpoint->first].parts == 0) {
    checkpoint->settled = checkpoint->ring[checkpoint->first].place;
    checkpoint->first = (checkpoint->first + 1) % checkpoint->most;
    checkpoint->open--;
  }
  return &checkpoint->settled;
}

bool kx_checkpoint_done(kx_checkpoint *checkpoint) {
  kx_checkpoint_settled(checkpoint);
  return checkpoint->open == 0;
}

void kx_checkpoint_free(kx_checkpoint *checkpoint) {
  free(checkpoint->ring);
  checkpoint->ring = NULL;
}
