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

/* Past the plain ASCII, eight bytes at a time. */
static const char *skip_ascii(const char *at, const char *end) {
  uint64_t eight;
  while (end - at >= (ptrdiff_t)sizeof eight) {
    memcpy(&eight, at, sizeof eight);
    if (eight & HIGH)
      break;
    at += sizeof eight;
  }
  return at;
}

bool kx_utf8_valid(kx_slice text) {
  const char *at = text.data, *end = text.len ? at + text.len : at;
  while ((at = skip_ascii(at, end)) < end) {
    size_t n = kx_utf8_width(at, end);
    if (n == 0)
      return false;
    at += n;
  }
  return true;
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

/* Past white space and the byte `c`, which has to come next. */
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

/* A comma too many is met by whoever reads the value that is not there. */
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

/* Bytes that stand for themselves in a string and are a character each. */
static inline bool plain(char byte) {
  unsigned char c = (unsigned char)byte;
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Marks, by its highest bit, each of eight bytes that is below `low` or has
 * that bit itself. A borrow can mark a byte too many, but only above a right
 * one: the lowest mark is always right. */
static inline uint64_t below(uint64_t eight, uint64_t low) {
  return (eight - low * ONES) | eight;
}

/* The same for the bytes that are no plain ones. */
static inline uint64_t special(uint64_t eight) {
  uint64_t quote = eight ^ '"' * ONES, backslash = eight ^ '\\' * ONES;
  uint64_t quotes = (quote - ONES) & ~quote, backslashes = (backslash - ONES) & ~backslash;
  return (below(eight, 0x20) | quotes | backslashes) & HIGH;
}

/* Past the plain bytes, eight at a time while there are as many. */
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

/* Past the characters that stand for themselves, appending them. */
static bool literal(kx_json *json, kx_buf *out) {
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

static bool escape(kx_json *json, kx_buf *out) {
  const char *start = json->at;
  bool read = kx_json_escape_read(&json->at, json->end, out);
  json->nul |= read && *start == 'u' && memcmp(start, "u0000", 5) == 0;
  return read;
}

/* The rest of a string whose first quote is behind the cursor. */
static bool string(kx_json *json, kx_buf *out) {
  while (literal(json, out) && json->at < json->end) {
    char c = *json->at++;
    if (c == '"')
      return true;
    if (c != '\\')
      break;
    if (!escape(json, out))
      break;
  }
  return fail(json);
}

/* Past a string whose first quote is under the cursor. Most are plain to their
 * end. */
static inline bool skip_string(kx_json *json) {
  json->at = skip_plain(json->at + 1, json->end);
  if (json->at == json->end || *json->at != '"')
    return string(json, NULL);
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
  if (string(json, out))
    return true;
  if (out)
    out->len = before;
  return false;
}

static bool digits(kx_json *json) {
  const char *start = json->at;
  while (json->at < json->end && among(*json->at, '0', '9'))
    json->at++;
  return json->at > start || fail(json);
}

static bool accept(kx_json *json, char c) {
  if (json->at == json->end || *json->at != c)
    return false;
  json->at++;
  return true;
}

/* Nothing but "0" begins with a zero; a digit behind it is met by whoever looks
 * for a comma or an end there. */
static bool number(kx_json *json) {
  accept(json, '-');
  if (!accept(json, '0') && !digits(json))
    return false;
  if (accept(json, '.') && !digits(json))
    return false;
  if (!accept(json, 'e') && !accept(json, 'E'))
    return true;
  if (!accept(json, '+'))
    accept(json, '-');
  return digits(json);
}

/* Counts downwards, as there is one negative number more than positive ones. */
static bool integer(const char *at, const char *end, int64_t *out) {
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
  if (!number(json))
    return false;
  return integer(start, json->at, out) || fail(json);
}

static bool word(kx_json *json, const char *text) {
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
    case KX_JSON_NUMBER: return number(json);
    case KX_JSON_TRUE: return word(json, "true");
    case KX_JSON_FALSE: return word(json, "false");
    case KX_JSON_NULL: return word(json, "null");
    case KX_JSON_NONE: break;
  }
  return fail(json);
}

bool kx_json_done(kx_json *json) {
  skip_space(json);
  return !json->failed && json->depth == 0 && json->at == json->end;
}

/* Strings are checked for UTF-8 on the way; only what was refused is looked at
 * a second time, to say why. */
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
