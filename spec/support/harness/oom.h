/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Included before every source of the oom flavour: the core allocates with functions that can be
 * made to fail (oom.c). Never part of a release. */

#ifndef KX_OOM_H
#define KX_OOM_H

#include <stdlib.h>
#include <string.h>

void *kx_oom_malloc(size_t size);
void *kx_oom_calloc(size_t n, size_t size);
void *kx_oom_realloc(void *old, size_t size);

#define malloc kx_oom_malloc
#define calloc kx_oom_calloc
#define realloc kx_oom_realloc

#endif
