/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Where a Redis is and how a client gets there. Types only. */

#ifndef KX_REDIS_CONFIG_H
#define KX_REDIS_CONFIG_H

/* A client of one Redis; redis/connection.h has its fields. */
typedef struct kx_redis kx_redis;

/* Every string but the URL may be NULL. The client copies the URL; all other strings must
 * outlive it. The files are in PEM and only used with TLS. */
typedef struct kx_redis_config {
  const char *url;     /* see redis/url.h */
  int timeout_ms;      /* to connect, which includes the search for a master; and for each answer */
  const char *ca_file; /* authorities to trust instead of the system's */
  const char *cert_file;                         /* the certificate that a server may ask for */
  const char *key_file;                          /* the key of that certificate */
  const char *sentinel_user, *sentinel_password; /* for sentinels that ask for a password */
  const char *key_prefix; /* goes before every key; with a hash tag, redirections are followed */
  int min_replicas, min_replicas_timeout_ms; /* see redis/replicas.h */
} kx_redis_config;

#endif
