/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The escapes of JSON strings (RFC 8259, section 7), read and written. */

#ifndef KX_BASE_JSON_ESCAPE_H
#define KX_BASE_JSON_ESCAPE_H

#include "base/buf.h"

/* Reads the escape whose backslash is just before `*at`, moves `*at` past it and appends
 * the character that it stands for, as UTF-8. `out` may be NULL. A pair of surrogates is
 * one escape. False when it is not an escape. */
bool kx_json_escape_read(const char **at, const char *end, kx_buf *out);

/* Appends `text` in the form that it has between the quotes of a string. */
void kx_json_escape_write(kx_buf *out, kx_slice text);

#endif
