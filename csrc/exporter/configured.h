/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What this process's default exporter was configured with, for Lua states in which nobody
 * has configured it: nginx makes some for a single request or for a thread. It is the
 * second piece of mutable state at file scope, beside the engine: nothing else is common
 * to all Lua states of a process. The bytes are the binding's, and may hold secrets: they
 * are wiped when others take their place, when they are forgotten, and at exit. */

#ifndef KX_EXPORTER_CONFIGURED_H
#define KX_EXPORTER_CONFIGURED_H

#include "base/buf.h"
#include "base/error.h"

/* Keeps a copy in the place of what was kept before. `turn` is the number of this call. */
kx_status kx_configured_keep(kx_slice options, int64_t *turn, kx_error *err);

/* Forgets what the call of that number has kept, unless others have taken its place. */
void kx_configured_forget(int64_t turn);

/* Appends what is kept, if anything is. */
void kx_configured_copy(kx_buf *out);

#endif
