/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */

#ifndef KX_BASE_UTF8_H
#define KX_BASE_UTF8_H

#include "base/kx.h"

/* The number of bytes of the character at `at`; 0 when there is no well-formed character
 * between `at` and `end`. There is at least one byte between them. */
size_t kx_utf8_width(const char *at, const char *end);

/* True when `text` is well-formed UTF-8. */
bool kx_utf8_valid(kx_slice text);

#endif
