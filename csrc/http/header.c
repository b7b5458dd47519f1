/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "http/header.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static bool is(kx_slice line, const char *name) {
  size_t len = strlen(name);
  return line.len > len && line.data[len] == ':' && strncasecmp(line.data, name, len) == 0;
}

static void take_value(kx_slice line, char *out, size_t cap) {
  const char *from = (const char *)memchr(line.data, ':', line.len) + 1;
  const char *to = line.data + line.len;
  while (from < to && (*from == ' ' || *from == '\t'))
    from++;
  while (to > from && strchr(" \t\r\n", to[-1]))
    to--;
  snprintf(out, cap, "%.*s", (int)(to - from), from);
}

/* A whole number that is not negative, or -1. */
static int64_t number(const char *text) {
  char *end;
  if (*text < '0' || *text > '9')
    return -1;
  errno = 0;
  int64_t n = strtoll(text, &end, 10);
  return *end == '\0' && errno == 0 ? n : -1;
}

static int64_t in_ms(int64_t seconds) {
  return seconds < INT64_MAX / 1000 ? seconds * 1000 : INT64_MAX;
}

/* A date counts from the answer's own Date header, so that this machine's clock does not matter.
 * If that header is missing or comes later, the date counts from this machine's clock. */
static int64_t retry_after(const kx_http_call *call, const char *text) {
  int64_t seconds = number(text), date = seconds < 0 ? curl_getdate(text, NULL) : -1;
  if (seconds >= 0)
    return in_ms(seconds);
  if (date < 0)
    return -1;
  seconds = date - (call->date >= 0 ? call->date : kx_wall_us() / 1000000);
  return in_ms(seconds > 0 ? seconds : 0);
}

static void take_retry_after(kx_http_call *call, kx_slice line, bool milliseconds) {
  char text[64];
  take_value(line, text, sizeof text);
  int64_t ms = milliseconds ? number(text) : retry_after(call, text);
  if (ms > call->retry_after_ms)
    call->retry_after_ms = ms;
}

void kx_http_header_forget(kx_http_call *call) {
  call->date = call->retry_after_ms = -1;
  call->request_id[0] = call->error_type[0] = '\0';
}

void kx_http_header(kx_http_call *call, kx_slice line) {
  char date[64];
  if (line.len > 5 && memcmp(line.data, "HTTP/", 5) == 0) {
    kx_http_header_forget(call); /* the head before it was a "100 Continue" */
  } else if (is(line, "Date")) {
    take_value(line, date, sizeof date);
    call->date = curl_getdate(date, NULL);
  } else if (is(line, "Retry-After")) {
    take_retry_after(call, line, false);
  } else if (is(line, "x-amz-retry-after")) {
    take_retry_after(call, line, true);
  } else if (is(line, "x-amzn-RequestId")) {
    take_value(line, call->request_id, sizeof call->request_id);
  } else if (is(line, "x-amzn-ErrorType")) {
    take_value(line, call->error_type, sizeof call->error_type);
  }
}
