/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Takes any bytes as the headers of a response, one in each line. A date that is accepted has the
 * form of HTTP. Written in this form again, it is read as the same time. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "http/header.h"

static void require(bool holds) {
  if (!holds)
    abort();
}

static void check_date(int64_t date) {
  char line[80];
  kx_http_call again = {.date = -1};
  time_t seconds = (time_t)date;
  struct tm utc;
  if (date < 0 || !gmtime_r(&seconds, &utc) || utc.tm_year + 1900 > 9999)
    return;
  require(strftime(line, sizeof line, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc) > 0);
  kx_http_header(&again, kx_str(line));
  require(again.date == date);
}

static void check_text(const char *text, size_t cap, kx_slice all) {
  size_t len = strnlen(text, cap);
  require(len < cap);
  require(len == 0 || memmem(all.data, all.len, text, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  kx_slice rest = {(const char *)data, len};
  kx_http_call call = {.date = -1, .retry_after_ms = -1};
  while (rest.len > 0) {
    const char *end = memchr(rest.data, '\n', rest.len);
    size_t n = end ? (size_t)(end - rest.data) + 1 : rest.len;
    char *line = malloc(n); /* so that the sanitizer sees a read beyond its end */
    require(line != NULL);
    memcpy(line, rest.data, n);
    kx_http_header(&call, (kx_slice){line, n});
    free(line);
    rest = (kx_slice){rest.data + n, rest.len - n};
  }
  check_date(call.date);
  require(call.retry_after_ms >= -1);
  check_text(call.request_id, sizeof call.request_id, (kx_slice){(const char *)data, len});
  check_text(call.error_type, sizeof call.error_type, (kx_slice){(const char *)data, len});
  return 0;
}
