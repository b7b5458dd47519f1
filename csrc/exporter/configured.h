/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The options with which this process has configured its default exporter, for Lua states that have
 * not configured it: nginx makes states for a single request or for a thread. This is the second
 * piece of mutable state at file scope, beside the engine: all Lua states of a process share
 * nothing else. The binding defines what the bytes mean. They may hold secrets, so they are wiped
 * when others replace them, when they are forgotten, and at exit. */

#ifndef KX_EXPORTER_CONFIGURED_H
#define KX_EXPORTER_CONFIGURED_H

#include "base/buf.h"
#include "base/error.h"

/* Keeps a copy of the options instead of those kept before. `turn` is the number of this call. */
kx_status kx_configured_keep(kx_slice options, int64_t *turn, kx_error *err);

/* Forgets the options that the call with this number has kept, unless others have replaced them. */
void kx_configured_forget(int64_t turn);

/* Appends the options that are kept, if any. */
void kx_configured_copy(kx_buf *out);

#endif
