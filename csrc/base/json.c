/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/json.h"

#include <endian.h>

#include "base/json_escape.h"
#include "base/utf8.h"

#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

static bool fail(kx_json *json) {
  json->failed = true;
  return false;
}

static bool among(unsigned char c, unsigned char low, unsigned char high) {
  return c >= low && c <= high;
}

void kx_json_init(kx_json *json, kx_slice text) {
  const char *at = text.len ? text.data : "";
  *json = (kx_json){.at = at, .end = at + text.len};
}

static inline void skip_space(kx_json *json) {
  const char *at = json->at;
  while (at < json->end && *at <= ' ' && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    at++;
  json->at = at;
}

/* Skips white space, and the byte `c`, which must come next. */
static inline bool expect(kx_json *json, char c) {
  skip_space(json);
  if (json->failed || json->at == json->end || *json->at != c)
    return fail(json);
  json->at++;
  return true;
}

kx_json_type kx_json_peek(kx_json *json) {
  skip_space(json);
  if (json->failed || json->at == json->end)
    return KX_JSON_NONE;
  switch (*json->at) {
    case '{': return KX_JSON_OBJECT;
    case '[': return KX_JSON_ARRAY;
    case '"': return KX_JSON_STRING;
    case 't': return KX_JSON_TRUE;
    case 'f': return KX_JSON_FALSE;
    case 'n': return KX_JSON_NULL;
    default: break;
  }
  return *json->at == '-' || among(*json->at, '0', '9') ? KX_JSON_NUMBER : KX_JSON_NONE;
}

bool kx_json_open(kx_json *json, char bracket) {
  if (!expect(json, bracket))
    return false;
  if (json->depth == KX_JSON_DEPTH)
    return fail(json);
  json->depth++;
  json->fresh = true;
  return true;
}

static bool step_out(kx_json *json) {
  json->at++;
  json->depth--;
  json->fresh = false;
  return false;
}

/* A surplus comma is found by the caller, who reads a value that is not there. */
bool kx_json_more(kx_json *json, char bracket) {
  skip_space(json);
  if (json->failed || json->at == json->end)
    return fail(json);
  if (*json->at == bracket)
    return step_out(json);
  bool first = json->fresh;
  json->fresh = false;
  return first || expect(json, ',');
}

/* True for bytes that stand for themselves in a string, each one a character. */
static inline bool plain(char byte) {
  unsigned char c = (unsigned char)byte;
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Marks, with its highest bit, each of eight bytes that is below `low` or has that bit
 * already. A borrow can mark a wrong byte, but only above a right one: the lowest mark
 * is always right. */
static inline uint64_t below(uint64_t eight, uint64_t low) {
  return (eight - low * ONES) | eight;
}

/* Does the same for the bytes that are not plain. */
static inline uint64_t special(uint64_t eight) {
  uint64_t quote = eight ^ '"' * ONES, backslash = eight ^ '\\' * ONES;
  uint64_t quotes = (quote - ONES) & ~quote, backslashes = (backslash - ONES) & ~backslash;
  return (below(eight, 0x20) | quotes | backslashes) & HIGH;
}

/* Skips plain bytes, eight at a time while there are eight. */
static inline const char *skip_plain(const char *at, const char *end) {
  uint64_t eight;
  while (end - at >= (ptrdiff_t)sizeof eight) {
    memcpy(&eight, at, sizeof eight);
    uint64_t marks = special(le64toh(eight));
    if (marks)
      return at + __builtin_ctzll(marks) / 8;
    at += sizeof eight;
  }
  while (at < end && plain(*at))
    at++;
  return at;
}

/* Skips the characters that stand for themselves, and appends them. */
static bool read_literal(kx_json *json, kx_buf *out) {
  const char *at = json->at, *end = json->end;
  for (;;) {
    at = skip_plain(at, end);
    if (at == end || !(*at & 0x80))
      break;
    size_t n = kx_utf8_width(at, end);
    if (n == 0)
      return fail(json);
    at += n;
  }
  if (out)
    kx_buf_append(out, json->at, (size_t)(at - json->at));
  json->at = at;
  return true;
}

static bool read_escape(kx_json *json, kx_buf *out) {
  const char *start = json->at;
  bool read = kx_json_escape_read(&json->at, json->end, out);
  json->nul |= read && *start == 'u' && memcmp(start, "u0000", 5) == 0;
  return read;
}

/* Reads the rest of a string, after its first quote. */
static bool read_string(kx_json *json, kx_buf *out) {
  while (read_literal(json, out) && json->at < json->end) {
    char c = *json->at++;
    if (c == '"')
      return true;
    if (c != '\\')
      break;
    if (!read_escape(json, out))
      break;
  }
  return fail(json);
}

/* Skips a string whose first quote is under the cursor. Most strings are plain to their
 * end. */
static inline bool skip_string(kx_json *json) {
  json->at = skip_plain(json->at + 1, json->end);
  if (json->at == json->end || *json->at != '"')
    return read_string(json, NULL);
  json->at++;
  return true;
}

bool kx_json_key(kx_json *json, kx_slice *key) {
  if (kx_json_peek(json) != KX_JSON_STRING)
    return fail(json);
  const char *start = json->at + 1;
  if (!skip_string(json))
    return false;
  *key = (kx_slice){start, (size_t)(json->at - 1 - start)};
  return expect(json, ':');
}

bool kx_json_string(kx_json *json, kx_buf *out) {
  size_t before = out ? out->len : 0;
  if (!expect(json, '"'))
    return false;
  if (read_string(json, out))
    return true;
  if (out)
    out->len = before;
  return false;
}

static bool skip_digits(kx_json *json) {
  const char *start = json->at;
  while (json->at < json->end && among(*json->at, '0', '9'))
    json->at++;
  return json->at > start || fail(json);
}

static bool skip_if(kx_json *json, char c) {
  if (json->at == json->end || *json->at != c)
    return false;
  json->at++;
  return true;
}

/* Only "0" begins with a zero. A digit after it is found by the caller, who looks for a
 * comma or an end there. */
static bool skip_number(kx_json *json) {
  skip_if(json, '-');
  if (!skip_if(json, '0') && !skip_digits(json))
    return false;
  if (skip_if(json, '.') && !skip_digits(json))
    return false;
  if (!skip_if(json, 'e') && !skip_if(json, 'E'))
    return true;
  if (!skip_if(json, '+'))
    skip_if(json, '-');
  return skip_digits(json);
}

/* Counts down from zero, because there is one more negative number than positive ones. */
static bool read_integer(const char *at, const char *end, int64_t *out) {
  bool negative = *at == '-';
  int64_t value = 0;
  for (at += negative; at < end; at++) {
    if (!among(*at, '0', '9') || __builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, *at - '0', &value))
      return false;
  }
  if (!negative && value == INT64_MIN)
    return false;
  *out = negative ? value : -value;
  return true;
}

bool kx_json_integer(kx_json *json, int64_t *out) {
  if (kx_json_peek(json) != KX_JSON_NUMBER)
    return fail(json);
  const char *start = json->at;
  if (!skip_number(json))
    return false;
  return read_integer(start, json->at, out) || fail(json);
}

static bool skip_word(kx_json *json, const char *text) {
  size_t len = strlen(text);
  if ((size_t)(json->end - json->at) < len || memcmp(json->at, text, len) != 0)
    return fail(json);
  json->at += len;
  return true;
}

static bool skip_object(kx_json *json) {
  kx_slice key;
  kx_json_open(json, '{');
  while (kx_json_more(json, '}'))
    if (!kx_json_key(json, &key) || !kx_json_skip(json))
      return false;
  return !json->failed;
}

static bool skip_array(kx_json *json) {
  kx_json_open(json, '[');
  while (kx_json_more(json, ']'))
    if (!kx_json_skip(json))
      return false;
  return !json->failed;
}

bool kx_json_skip(kx_json *json) {
  switch (kx_json_peek(json)) {
    case KX_JSON_OBJECT: return skip_object(json);
    case KX_JSON_ARRAY: return skip_array(json);
    case KX_JSON_STRING: return skip_string(json);
    case KX_JSON_NUMBER: return skip_number(json);
    case KX_JSON_TRUE: return skip_word(json, "true");
    case KX_JSON_FALSE: return skip_word(json, "false");
    case KX_JSON_NULL: return skip_word(json, "null");
    case KX_JSON_NONE: break;
  }
  return fail(json);
}

bool kx_json_done(kx_json *json) {
  skip_space(json);
  return !json->failed && json->depth == 0 && json->at == json->end;
}

/* Strings are checked for UTF-8 on the way. Only a text that was refused is read a second
 * time, for the reason. */
const char *kx_json_check_object(kx_slice text) {
  kx_json json;
  kx_json_init(&json, text);
  bool object = kx_json_peek(&json) == KX_JSON_OBJECT;
  if (!kx_json_skip(&json) || !kx_json_done(&json))
    return kx_utf8_valid(text) ? "not valid JSON" : "not valid UTF-8";
  if (!object)
    return "not a JSON object";
  return json.nul ? "not free of NUL characters" : NULL;
}

void kx_json_quote(kx_buf *out, kx_slice text) {
  kx_buf_putc(out, '"');
  kx_json_escape_write(out, text);
  kx_buf_putc(out, '"');
}
