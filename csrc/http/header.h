/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The headers of an answer, as far as they matter. Private to http/http.c. */

#ifndef KX_HTTP_HEADER_H
#define KX_HTTP_HEADER_H

#include "http/call.h"

/* Forgets what headers have said of the call's answer. */
void kx_http_header_forget(kx_http_call *call);

/* Takes one line of a header, as it arrived: the status line, "Name: value" or an
 * empty one. Dates may have any of the three forms of RFC 9110, "Date/Time Formats". Of
 * several answers to when to come again the latest counts. */
void kx_http_header(kx_http_call *call, kx_slice line);

#endif
