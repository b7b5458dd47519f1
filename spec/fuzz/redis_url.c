/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads any text as a Redis URL. What is accepted has the parts that a connection needs, and no
 * error repeats the text. */

#include <stdlib.h>

#include "redis/url.h"

static void require(bool holds) {
  if (!holds)
    abort();
}

#define SECRET "S3cr3t!?"

static void check_parts(const kx_redis_url *url) {
  bool tcp = url->at.host[0] != '\0', local = url->path[0] != '\0';
  require(tcp + local + (url->n_sentinels > 0) == 1);
  require((url->n_sentinels > 0) == (url->master[0] != '\0'));
  require(url->at.port > 0 && url->at.port <= 65535);
  for (size_t i = 0; i < url->n_sentinels; i++)
    require(url->sentinels[i].host[0] != '\0' && url->sentinels[i].port > 0);
  require(url->db >= 0);
  require(url->path[0] == '\0' || url->path[0] == '/');
  require(url->user[0] == '\0' || url->password[0] != '\0');
}

static void check(kx_slice text) {
  kx_redis_url url;
  kx_error error = {0};
  if (kx_redis_url_parse(text, &url, &error) == KX_OK)
    check_parts(&url);
  else
    require(error.code == KX_CONFIG && !strstr(error.text, SECRET));
}

/* Does the same with a secret somewhere in the text. */
static void check_with_secret(kx_slice text, size_t at) {
  char all[4096];
  size_t len = strlen(SECRET);
  if (text.len + len > sizeof all)
    return;
  memcpy(all, text.data, at);
  memcpy(all + at, SECRET, len);
  memcpy(all + at + len, text.data + at, text.len - at);
  check((kx_slice){all, text.len + len});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  kx_slice text = {(const char *)data, len};
  check(text);
  if (len > 0)
    check_with_secret((kx_slice){text.data, len - 1}, data[len - 1] % len);
  return 0;
}
