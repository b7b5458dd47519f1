/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The release, as the rockspec and the changelog name it. */

#ifndef KX_BASE_VERSION_H
#define KX_BASE_VERSION_H

#define KX_VERSION "0.1.0"

#endif
