/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/command.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct span {
  size_t first, end;
} span;

static bool is_one_of(kx_slice word, const char *const *words) {
  while (*words != NULL && !kx_slice_is(word, *words))
    words++;
  return *words != NULL;
}

/* The keys of a script follow their number. */
static size_t script_keys(kx_slice number) {
  char digits[24];
  snprintf(digits, sizeof digits, "%.*s", (int)number.len, number.data);
  return strtoul(digits, NULL, 10);
}

/* Where the keys of a command stand. Knows the commands that the exporter uses. */
static span keys_of(size_t argc, const kx_slice *argv) {
  static const char *const none[] = {
    "AUTH", "SELECT", "INFO", "ROLE", "WAIT", "ACL", "SENTINEL", "TIME", "CONFIG", "COMMAND", NULL};
  static const char *const all[] = {"MGET", "SUNION", "DEL", "EXISTS", "UNLINK", NULL};
  if (is_one_of(argv[0], none))
    return (span){0, 0};
  if (is_one_of(argv[0], all))
    return (span){1, argc};
  if (kx_slice_is(argv[0], "EVAL"))
    return (span){3, 3 + script_keys(argv[2])};
  return (span){1, 2};
}

/* Without printf, which would take most of the time: each counter needs three of these. */
static void put_length(kx_buf *out, char type, size_t n) {
  char text[24], *at = text + sizeof text;
  *--at = '\n';
  *--at = '\r';
  do
    *--at = (char)('0' + n % 10);
  while ((n /= 10) > 0);
  *--at = type;
  kx_buf_append(out, at, (size_t)(text + sizeof text - at));
}

static void put_word(kx_buf *out, kx_slice prefix, kx_slice word) {
  put_length(out, '$', prefix.len + word.len);
  kx_buf_slice(out, prefix);
  kx_buf_slice(out, word);
  kx_buf_append(out, "\r\n", 2);
}

void kx_redis_command(kx_buf *out, kx_slice prefix, size_t argc, const kx_slice *argv) {
  const kx_slice nothing = {"", 0};
  span keys = prefix.len > 0 ? keys_of(argc, argv) : (span){0, 0};
  put_length(out, '*', argc);
  for (size_t i = 0; i < argc; i++)
    put_word(out, i >= keys.first && i < keys.end ? prefix : nothing, argv[i]);
}

bool kx_redis_prefix_is_tag(kx_slice prefix) {
  const char *open = prefix.len > 0 ? memchr(prefix.data, '{', prefix.len) : NULL;
  const char *end = prefix.data + prefix.len;
  const char *close = open != NULL ? memchr(open, '}', (size_t)(end - open)) : NULL;
  return close != NULL && close > open + 1;
}
