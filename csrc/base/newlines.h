/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Counts newlines, and so events: a newline ends each event. Every byte that is exported
 * passes through here, so eight bytes are looked at together. */

#ifndef KX_BASE_NEWLINES_H
#define KX_BASE_NEWLINES_H

#include "base/kx.h"

/* The number of newlines in `text`. */
size_t kx_newlines_count(kx_slice text);

#endif
