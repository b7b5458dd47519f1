/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A time as Ruby writes it: "2026-11-22 18:30:50 UTC". */

#ifndef KX_BASE_TIME_TEXT_H
#define KX_BASE_TIME_TEXT_H

#include <stdint.h>

enum { KX_TIME_TEXT = 40 };

/* Writes the time that is `seconds` since the epoch. */
void kx_time_text_write(char out[KX_TIME_TEXT], int64_t seconds);

#endif
