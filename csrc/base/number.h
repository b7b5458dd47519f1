/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A number as text, for JSON and for metrics. The C library writes the decimal point of the
 * program's locale, and the host program decides about that. Does no I/O. */

#ifndef KX_BASE_NUMBER_H
#define KX_BASE_NUMBER_H

enum { KX_NUMBER_TEXT = 48 };

/* Writes the shortest text that reads back as `number`, with a point in every locale:
 * "0.1", "-12", "1e+300", "inf"; a whole number below 2^53 has all its digits. Returns
 * `out`. */
char *kx_number_write(double number, char out[KX_NUMBER_TEXT]);

#endif
