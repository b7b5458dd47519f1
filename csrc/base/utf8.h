/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One character of UTF-8, for whoever walks a text. */

#ifndef KX_BASE_UTF8_H
#define KX_BASE_UTF8_H

#include "base/kx.h"

/* How many bytes the character at `at` takes, or 0 when there is no well-formed
 * one between `at` and `end`, which lie at least one byte apart. */
size_t kx_utf8_width(const char *at, const char *end);

#endif
