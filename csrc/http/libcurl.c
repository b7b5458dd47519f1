/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "http/libcurl.h"

#include "base/crypto.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

/* curl_global_init concerns the whole process and is not thread-safe before 7.84. Nothing
 * here changes after it. */
static struct {
  pthread_once_t id;
  CURLcode result;
  char version[128];
} start = {.id = PTHREAD_ONCE_INIT};

static void start_libcurl(void) {
  start.result = curl_global_init(CURL_GLOBAL_DEFAULT);
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  snprintf(start.version, sizeof start.version, "libcurl/%s %s", info->version,
           info->ssl_version ? info->ssl_version : "without-TLS");
}

kx_status kx_libcurl_start(kx_error *err) {
  pthread_once(&start.id, start_libcurl);
  if (start.result == CURLE_OK)
    return KX_OK;
  return kx_fail(err, KX_HTTP, "http: libcurl: %s", curl_easy_strerror(start.result));
}

const char *kx_libcurl_version(void) {
  pthread_once(&start.id, start_libcurl);
  return start.version;
}

/* A libcurl with several TLS libraries puts those not in use in brackets. */
static const char *version_of_openssl(const char *tls) {
  const char *name = tls ? strstr(tls, "OpenSSL/") : NULL;
  bool in_use = name && (name == tls || name[-1] != '(');
  return in_use ? name + strlen("OpenSSL/") : NULL;
}

static bool same_number(const char *a, const char *b) {
  size_t len = strspn(a, "0123456789.");
  return len == strspn(b, "0123456789.") && strncmp(a, b, len) == 0;
}

kx_status kx_libcurl_check(kx_error *err) {
  const char *ours = kx_crypto_version();
  const char *name = "OpenSSL ";
  const char *curls = version_of_openssl(curl_version_info(CURLVERSION_NOW)->ssl_version);
  if (!curls || strncmp(ours, name, strlen(name)) != 0 || same_number(curls, ours + strlen(name)))
    return KX_OK;
  return kx_fail(err, KX_CONFIG,
                 "kinesis_exporter runs on %s here and libcurl on OpenSSL %s: build it for the "
                 "OpenSSL of libcurl, with `luarocks make CRYPTO_DIR=DIRECTORY` or "
                 "`PKG_CONFIG_PATH=DIRECTORY/lib/pkgconfig make`",
                 ours, curls);
}
