/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "http/target.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static kx_status no_endpoint(const char *url, CURLUcode code, kx_error *err) {
  if (code == CURLUE_OUT_OF_MEMORY)
    return kx_fail_memory(err);
  if (code == CURLUE_USER_NOT_ALLOWED || strchr(url, '@')) {
    return kx_fail(err, KX_CONFIG, "endpoint: a URL without user name and password is needed");
  }
  return kx_fail(err, KX_CONFIG,
                 "endpoint: \"%s\" is not http:// or https:// and a host, port and path", url);
}

static bool has(CURLU *url, CURLUPart part) {
  char *text = NULL;
  bool found = curl_url_get(url, part, &text, 0) == CURLUE_OK;
  curl_free(text);
  return found;
}

static bool scheme_in(CURLU *url, const char *const *schemes) {
  char *scheme = NULL;
  bool found = false;
  if (curl_url_get(url, CURLUPART_SCHEME, &scheme, CURLU_DEFAULT_SCHEME) == CURLUE_OK) {
    while (*schemes && !found)
      found = strcmp(scheme, *schemes++) == 0;
  }
  curl_free(scheme);
  return found;
}

/* In the form that libcurl writes into the Host header, because that header is signed. */
static CURLUcode copy_host(kx_http_target *target, CURLU *url) {
  char *host = NULL, *port = NULL;
  CURLUcode code = curl_url_get(url, CURLUPART_HOST, &host, 0);
  if (code == CURLUE_OK) {
    curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
    int made = asprintf(&target->host, port ? "%s:%s" : "%s", host, port);
    if (made < 0)
      target->host = NULL, code = CURLUE_OUT_OF_MEMORY;
  }
  curl_free(port);
  curl_free(host);
  return code;
}

static kx_status copy_endpoint(kx_http_target *target, const kx_http_config *config,
                               kx_error *err) {
  static const char *const schemes[] = {"http", "https", NULL};
  const char *text = config->url;
  CURLU *url = curl_url();
  if (!url)
    return kx_fail_memory(err);
  CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
  if (code == CURLUE_OK &&
      (!scheme_in(url, schemes) || (!config->method && has(url, CURLUPART_QUERY)) ||
       has(url, CURLUPART_FRAGMENT))) {
    code = CURLUE_MALFORMED_INPUT;
  }
  if (code == CURLUE_OK)
    code = copy_host(target, url);
  if (code == CURLUE_OK)
    code = curl_url_get(url, CURLUPART_PATH, &target->path, 0);
  if (code == CURLUE_OK)
    code = curl_url_get(url, CURLUPART_URL, &target->url, 0);
  curl_url_cleanup(url);
  return code == CURLUE_OK ? KX_OK : no_endpoint(text, code, err);
}

static kx_status copy_proxy(kx_http_target *target, const char *text, kx_error *err) {
  static const char *const schemes[] = {
    "http", "https", "socks4", "socks4a", "socks5", "socks5h", NULL};
  if (!text)
    return KX_OK;
  CURLU *url = curl_url();
  const unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
  bool good = url && curl_url_set(url, CURLUPART_URL, text, flags) == CURLUE_OK &&
              scheme_in(url, schemes);
  curl_url_cleanup(url);
  if (!url || !(target->proxy = strdup(text)))
    return kx_fail_memory(err);
  if (good || !*text)
    return KX_OK;
  return kx_fail(err, KX_CONFIG, "proxy: a URL like http://host:port is needed (or socks5://)");
}

/* libcurl itself reports an unusable file only when a call is made, and then for each call. */
static kx_status copy_ca_file(kx_http_target *target, const char *path, kx_error *err) {
  char line[256];
  bool found = false;
  if (!path)
    return KX_OK;
  FILE *file = fopen(path, "re");
  if (!file)
    return kx_fail(err, KX_CONFIG, "ca_file: cannot read %s: %s", path, strerror(errno));
  while (!found && fgets(line, sizeof line, file))
    found = strstr(line, "-----BEGIN ") != NULL;
  fclose(file);
  if (!found)
    return kx_fail(err, KX_CONFIG, "ca_file: no certificate (PEM) in %s", path);
  return (target->ca_file = strdup(path)) ? KX_OK : kx_fail_memory(err);
}

kx_status kx_http_target_copy(kx_http_target *target, const kx_http_config *config, kx_error *err) {
  target->connect_timeout_ms = config->connect_timeout_ms;
  target->request_timeout_ms = config->request_timeout_ms;
  kx_status status = copy_endpoint(target, config, err);
  if (status == KX_OK && config->method && !(target->method = strdup(config->method)))
    status = kx_fail_memory(err);
  if (status == KX_OK)
    status = copy_proxy(target, config->proxy, err);
  if (status == KX_OK)
    status = copy_ca_file(target, config->ca_file, err);
  return status;
}

void kx_http_target_free(kx_http_target *target) {
  if (target->proxy)
    explicit_bzero(target->proxy, strlen(target->proxy));
  free(target->proxy);
  free(target->method);
  free(target->ca_file);
  free(target->host);
  curl_free(target->path);
  curl_free(target->url);
  *target = (kx_http_target){0};
}
