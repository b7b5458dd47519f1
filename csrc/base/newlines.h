/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Counting events: each is ended by a newline. Every byte that is exported
 * passes through here, so it looks at eight of them at once. */

#ifndef KX_BASE_NEWLINES_H
#define KX_BASE_NEWLINES_H

#include "base/kx.h"

/* How many newlines there are. */
size_t kx_newlines_count(kx_slice text);

#endif
