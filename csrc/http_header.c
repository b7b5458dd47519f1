/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "http_header.h"

#include <curl/curl.h>
#include <stdio.h>
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

void kx_http_header_forget(kx_http_call *call) {
  call->date = -1;
  call->request_id[0] = call->error_type[0] = '\0';
}

void kx_http_header(kx_http_call *call, kx_slice line) {
  char date[64];
  if (line.len > 5 && memcmp(line.data, "HTTP/", 5) == 0) {
    kx_http_header_forget(call); /* a "100 Continue" went before */
  } else if (is(line, "Date")) {
    take_value(line, date, sizeof date);
    call->date = curl_getdate(date, NULL);
  } else if (is(line, "x-amzn-RequestId")) {
    take_value(line, call->request_id, sizeof call->request_id);
  } else if (is(line, "x-amzn-ErrorType")) {
    take_value(line, call->error_type, sizeof call->error_type);
  }
}
