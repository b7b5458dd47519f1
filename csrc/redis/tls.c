/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/tls.h"

#include "base/clock.h"
#include "base/sigpipe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

struct kx_redis_tls {
  SSL_CTX *context;
  SSL *ssl;
};

/* Without it OpenSSL would ask for the passphrase on the terminal.
 * NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type */
static int no_passphrase(char *to, int cap, int writing, void *unused) {
  (void)to, (void)cap, (void)writing, (void)unused;
  return 0;
}

static void report(char *why, const char *what) {
  const char *reason = ERR_reason_error_string(ERR_peek_error());
  snprintf(why, KX_REDIS_TLS_WHY, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
  ERR_clear_error();
}

static kx_status refuse_file(char *why, const char *option, const char *what) {
  char text[100];
  snprintf(text, sizeof text, "%s %s", option, what);
  report(why, text);
  return KX_CONFIG;
}

static kx_status trust(SSL_CTX *context, const char *ca, char *why) {
  if (ca == NULL)
    return SSL_CTX_set_default_verify_paths(context) == 1 ? KX_OK : KX_MEMORY;
  if (SSL_CTX_load_verify_locations(context, ca, NULL) == 1)
    return KX_OK;
  return refuse_file(why, "redis_ca_file", "cannot be read, or holds no certificate in PEM");
}

static kx_status load_certificate(SSL_CTX *context, const kx_redis_tls_files *files, char *why) {
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (files->cert == NULL)
    return KX_OK;
  if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1)
    return refuse_file(why, "redis_cert_file", "cannot be read, or holds no certificate in PEM");
  const char *key = files->key ? files->key : files->cert;
  if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
    return refuse_file(why, "redis_key_file", "cannot be read, or is not the certificate's key");
  return KX_OK;
}

static kx_status set_up(SSL_CTX *context, const kx_redis_tls_files *files, char *why) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF); /* Redis says where a reply ends */
#endif
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
    return KX_MEMORY;
  kx_status status = trust(context, files->ca, why);
  return status == KX_OK ? load_certificate(context, files, why) : status;
}

static bool is_address(const char *host) {
  char bytes[16];
  return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool expect_host(SSL *ssl, const char *host) {
  if (is_address(host))
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
  return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static kx_status begin(kx_redis_tls *tls, int fd, const char *host, const kx_redis_tls_files *files,
                       char *why) {
  tls->context = SSL_CTX_new(TLS_client_method());
  if (tls->context == NULL)
    return KX_MEMORY;
  kx_status status = set_up(tls->context, files, why);
  if (status != KX_OK)
    return status;
  tls->ssl = SSL_new(tls->context);
  if (tls->ssl == NULL || !expect_host(tls->ssl, host) || SSL_set_fd(tls->ssl, fd) != 1)
    return KX_MEMORY;
  return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0 ? KX_OK : KX_REDIS;
}

/* Waits until OpenSSL can go on; false when it does not wait for the socket, or too late. */
static bool wait_for(const kx_redis_tls *tls, int result, int64_t until_ms) {
  int want = SSL_get_error(tls->ssl, result);
  int64_t left = until_ms - kx_monotonic_ms();
  struct pollfd ready = {.fd = SSL_get_fd(tls->ssl)};
  ready.events = want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
  if ((want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE) || left <= 0)
    return false;
  return poll(&ready, 1, (int)left) > 0 || errno == EINTR;
}

static kx_status explain(const kx_redis_tls *tls, int result, char *why) {
  long verified = SSL_get_verify_result(tls->ssl);
  int error = SSL_get_error(tls->ssl, result);
  if (verified != X509_V_OK) {
    snprintf(why, KX_REDIS_TLS_WHY,
             "its certificate does not verify (%s): name its authority in redis_ca_file, "
             "or use the host name of the certificate",
             X509_verify_cert_error_string(verified));
    ERR_clear_error();
  } else if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    snprintf(why, KX_REDIS_TLS_WHY, "no answer to the beginning of TLS; does this port speak TLS?");
  } else {
    report(why, "TLS could not begin; does this port speak TLS?");
  }
  return KX_REDIS;
}

static kx_status handshake(kx_redis_tls *tls, int timeout_ms, char *why) {
  int64_t until_ms = kx_monotonic_ms() + timeout_ms;
  int result;
  ERR_clear_error();
  do
    result = SSL_connect(tls->ssl);
  while (result != 1 && wait_for(tls, result, until_ms));
  return result == 1 ? KX_OK : explain(tls, result, why);
}

kx_status kx_redis_tls_open(kx_redis_tls **out, int fd, const char *host,
                            const kx_redis_tls_files *files, int timeout_ms,
                            char why[KX_REDIS_TLS_WHY]) {
  kx_redis_tls *tls = calloc(1, sizeof *tls);
  kx_sigpipe state;
  kx_status status = KX_MEMORY;
  *out = NULL;
  snprintf(why, KX_REDIS_TLS_WHY, "TLS could not begin");
  kx_sigpipe_hold(&state);
  if (tls != NULL)
    status = begin(tls, fd, host, files, why);
  if (status == KX_OK)
    status = handshake(tls, timeout_ms, why);
  kx_sigpipe_release(&state);
  if (status == KX_OK)
    *out = tls;
  else
    kx_redis_tls_close(tls);
  return status;
}

/* The result and errno that recv and send would give. */
static ssize_t outcome(const kx_redis_tls *tls, int result, char *why) {
  int error = SSL_get_error(tls->ssl, result);
  if (result > 0)
    return result;
  if (error == SSL_ERROR_ZERO_RETURN)
    return 0;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
  } else if (error == SSL_ERROR_SSL || errno == 0) {
    report(why, "TLS ended with an error");
    errno = EPROTO;
  }
  return -1;
}

ssize_t kx_redis_tls_read(kx_redis_tls *tls, char *to, size_t len, char why[KX_REDIS_TLS_WHY]) {
  kx_sigpipe state;
  kx_sigpipe_hold(&state);
  ERR_clear_error();
  errno = 0;
  ssize_t n = outcome(tls, SSL_read(tls->ssl, to, (int)len), why);
  int problem = errno;
  kx_sigpipe_release(&state);
  errno = problem;
  return n;
}

static int write_some(kx_redis_tls *tls, const char *from, size_t len, int timeout_ms) {
  int64_t until_ms = kx_monotonic_ms() + timeout_ms;
  int result;
  do {
    errno = 0;
    result = SSL_write(tls->ssl, from, (int)len);
  } while (result <= 0 && wait_for(tls, result, until_ms));
  return result;
}

/* A server that does not accept our certificate says so after the handshake (RFC 8446, 4.4.2.4),
 * and may have closed the connection when we write. */
static ssize_t read_alert(kx_redis_tls *tls, char *why) {
  char byte;
  int problem = errno;
  if (outcome(tls, SSL_read(tls->ssl, &byte, 1), why) >= 0 || errno != EPROTO)
    errno = problem;
  return -1;
}

ssize_t kx_redis_tls_write(kx_redis_tls *tls, const char *from, size_t len, int timeout_ms,
                           char why[KX_REDIS_TLS_WHY]) {
  kx_sigpipe state;
  kx_sigpipe_hold(&state);
  ERR_clear_error();
  ssize_t n = outcome(tls, write_some(tls, from, len < 1 << 30 ? len : 1 << 30, timeout_ms), why);
  if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
    n = read_alert(tls, why);
  int problem = errno;
  kx_sigpipe_release(&state);
  errno = problem;
  return n;
}

void kx_redis_tls_close(kx_redis_tls *tls) {
  if (tls == NULL)
    return;
  SSL_free(tls->ssl);
  SSL_CTX_free(tls->context);
  free(tls);
}
