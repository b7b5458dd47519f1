/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Lua unloads a C module when the Lua state is closed, even while a thread runs in it. */

#ifndef KX_BASE_PIN_H
#define KX_BASE_PIN_H

#include "base/error.h"

/* Keeps this module, and the libraries that it is linked to, in memory until the process
 * ends. May be called any number of times. */
kx_status kx_pin(kx_error *err);

#endif
