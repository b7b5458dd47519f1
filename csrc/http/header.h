/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads the headers of an answer that matter to a call. Private to this folder. */

#ifndef KX_HTTP_HEADER_H
#define KX_HTTP_HEADER_H

#include "http/call.h"

/* Clears the fields of the call that come from headers. */
void kx_http_header_forget(kx_http_call *call);

/* Reads one line of the head of an answer: the status line, "Name: value" or an empty line.
 * Dates may have any of the three forms of RFC 9110, "Date/Time Formats". If several headers
 * say when to try again, the latest time counts. */
void kx_http_header(kx_http_call *call, kx_slice line);

#endif
