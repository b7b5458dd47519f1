/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* From an address to a connection that takes commands: socket, timeouts, TLS, user, database. */

#ifndef KX_REDIS_DIAL_H
#define KX_REDIS_DIAL_H

#include "redis/connection.h"

/* Opens a connection to `at`, or to the socket of the URL when `at` has no host. */
kx_status kx_dial_open(kx_redis *redis, const kx_redis_place *at, kx_error *err);

/* Sends user and password; without a password nothing. */
kx_status kx_dial_authenticate(kx_redis *redis, const char *user, const char *password,
                               kx_error *err);

/* Opens a connection to `at`, with the user, password and database of the URL. */
kx_status kx_dial_enter(kx_redis *redis, const kx_redis_place *at, kx_error *err);

/* Gives the connection the time limit that the client has at present. */
kx_status kx_dial_set_limit(kx_redis *redis, kx_error *err);

#endif
