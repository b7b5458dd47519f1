/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Takes any bytes as an event and as the content of a JSON string. What is accepted as an event is
 * also JSON for the cursor that reads replies, and still is when its newlines become spaces. What
 * is written as a string is read back unchanged. */

#include <stdlib.h>

#include "base/json.h"
#include "base/utf8.h"

static void require(bool holds) {
  if (!holds)
    abort();
}

static void walk(kx_json *json);

static void walk_object(kx_json *json) {
  kx_slice key;
  require(kx_json_open(json, '{'));
  while (kx_json_more(json, '}')) {
    require(kx_json_key(json, &key));
    walk(json);
  }
}

static void walk_array(kx_json *json) {
  require(kx_json_open(json, '['));
  while (kx_json_more(json, ']'))
    walk(json);
}

/* Reads every value. */
static void walk(kx_json *json) {
  kx_json_type type = kx_json_peek(json);
  if (type == KX_JSON_OBJECT)
    walk_object(json);
  else if (type == KX_JSON_ARRAY)
    walk_array(json);
  else if (type == KX_JSON_STRING)
    (void)kx_json_string(json, NULL); /* a lone surrogate is JSON, but not a text */
  else
    require(kx_json_skip(json));
}

static void check_walk(kx_slice text) {
  kx_json json;
  kx_json_init(&json, text);
  walk(&json);
  require(json.failed || kx_json_done(&json));
}

/* Checks what can be seen without parsing: strings end, and have no control characters. */
static void check_bytes(kx_slice text) {
  bool inside = false, escaped = false;
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.data[i];
    require(c >= 0x20 || (!inside && strchr("\t\n\r", c) && c != '\0'));
    if (!escaped && c == '"')
      inside = !inside;
    escaped = inside && !escaped && c == '\\';
  }
  require(!inside);
}

static void check_on_one_line(kx_slice text) {
  char *line = malloc(text.len);
  require(line != NULL);
  for (size_t i = 0; i < text.len; i++)
    line[i] = text.data[i] == '\n' ? ' ' : text.data[i];
  require(!kx_json_check_object((kx_slice){line, text.len}));
  free(line);
}

static void check_event(kx_slice text) {
  const char *why = kx_json_check_object(text);
  bool utf8 = kx_utf8_valid(text);
  require(utf8 || why);
  require(!why || strcmp(why, "not valid UTF-8") != 0 || !utf8);
  if (why)
    return;
  check_walk(text);
  check_bytes(text);
  check_on_one_line(text);
}

static void check_string(kx_slice text) {
  kx_buf quoted = {0}, back = {0};
  kx_json json;
  if (!kx_utf8_valid(text))
    return;
  kx_json_quote(&quoted, text);
  kx_json_init(&json, kx_buf_view(&quoted));
  require(kx_json_string(&json, &back) && kx_json_done(&json));
  require(back.len == text.len && (text.len == 0 || memcmp(back.data, text.data, text.len) == 0));
  require(quoted.len == 0 || !memchr(quoted.data, '\n', quoted.len));
  kx_buf_free(&quoted);
  kx_buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  kx_slice text = {(const char *)data, len};
  check_event(text);
  check_string(text);
  return 0;
}
