/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/stats_key.h"

#include "base/json.h"
#include "base/utf8.h"

#define SLICE(literal) \
  { literal, sizeof(literal) - 1 }
#define FIELD(before, name) \
  { SLICE(name), SLICE(before "\"" name "\":") }

/* A field's name in keys, and what stands before its value in events. */
static const struct {
  kx_slice name, member;
} fields[KX_FIELDS] = {
  FIELD("{", "service"), FIELD(",", "cinstance"),     FIELD(",", "uinstance"),
  FIELD(",", "metric"),  FIELD(",", "response_code"),
};

static void skip(kx_slice *rest, size_t n) {
  rest->data += n;
  rest->len -= n;
}

static bool skip_char(kx_slice *rest, char c) {
  if (rest->len == 0 || rest->data[0] != c)
    return false;
  skip(rest, 1);
  return true;
}

static bool skip_text(kx_slice *rest, kx_slice text) {
  if (rest->len < text.len || memcmp(rest->data, text.data, text.len) != 0)
    return false;
  skip(rest, text.len);
  return true;
}

/* Databases do not take a text with a NUL. A newline would end the key, because a page of keys has
 * one a line. */
static bool has_breaks(kx_slice text) {
  return text.len > 0 &&
         (memchr(text.data, '\0', text.len) != NULL || memchr(text.data, '\n', text.len) != NULL);
}

/* True when the next ID is "N/A". */
static bool begins_na(kx_slice rest) {
  return rest.len >= 3 && memcmp(rest.data, "N/A", 3) == 0 &&
         (rest.len == 3 || rest.data[3] == '/' || rest.data[3] == '}');
}

/* Takes an ID, which reaches to the next slash. */
static kx_slice take_id(kx_slice *rest) {
  kx_slice id = *rest;
  const char *slash = memchr(rest->data, '/', rest->len);
  if (begins_na(*rest))
    id.len = 3;
  else if (slash)
    id.len = (size_t)(slash - rest->data);
  skip(rest, id.len);
  return id;
}

/* The closing brace is taken with the ID, because an ID may hold braces; but not with N/A. */
static bool take_service(kx_slice *rest, kx_slice *out) {
  static const kx_slice before = SLICE("stats/{service:");
  if (!skip_text(rest, before))
    return false;
  kx_slice id = take_id(rest);
  if (kx_stats_id_na(id)) {
    *out = id;
    return skip_char(rest, '}');
  }
  if (id.len < 2 || id.data[id.len - 1] != '}')
    return false;
  *out = (kx_slice){id.data, id.len - 1};
  return true;
}

/* Takes the name of a segment. It ends before a colon, a slash or the key's end. */
static kx_slice take_name(kx_slice *rest) {
  kx_slice name = *rest;
  name.len = 0;
  while (name.len < rest->len && name.data[name.len] != ':' && name.data[name.len] != '/')
    name.len++;
  skip(rest, name.len);
  return name;
}

static kx_slice *find_field(kx_stats_key *key, kx_slice name) {
  for (size_t i = KX_FIELD_SERVICE + 1; i < KX_FIELDS; i++)
    if (name.len == fields[i].name.len && memcmp(name.data, fields[i].name.data, name.len) == 0)
      return &key->ids[i];
  return NULL;
}

static bool read_period(kx_stats_key *key, kx_slice name, kx_slice time) {
  return kx_period_named(name, &key->period) &&
         kx_stats_period_read(key->period, time, key->timestamp);
}

/* Takes ":ID" if the rest begins with a colon. The ID must not be empty. */
static bool take_optional_id(kx_slice *rest, kx_slice *out) {
  if (!skip_char(rest, ':'))
    return true;
  *out = take_id(rest);
  return out->len > 0;
}

/* `*dated` is true once the key has had its period. */
static bool take_segment(kx_slice *rest, kx_stats_key *key, bool *dated) {
  kx_slice id = {0};
  if (!skip_char(rest, '/'))
    return false;
  kx_slice name = take_name(rest);
  if (!take_optional_id(rest, &id))
    return false;
  kx_slice *field = find_field(key, name);
  if (!field && !*dated)
    return *dated = read_period(key, name, id);
  if (!field || field->data || !id.data)
    return false;
  *field = id;
  return true;
}

bool kx_stats_key_parse(kx_slice key, kx_stats_key *out) {
  bool dated = false;
  kx_slice rest = key;
  *out = (kx_stats_key){0};
  if (has_breaks(key) || !kx_utf8_valid(key))
    return false;
  if (!take_service(&rest, &out->ids[KX_FIELD_SERVICE]))
    return false;
  while (rest.len > 0)
    if (!take_segment(&rest, out, &dated))
      return false;
  return dated;
}

bool kx_stats_key_exported(const kx_stats_key *key) {
  return key->period != KX_PERIOD_WEEK && key->period != KX_PERIOD_ETERNITY;
}

/* Counts downwards, because there is one more negative number than positive ones. */
static bool fits_int64(kx_slice digits, bool negative) {
  int64_t value = 0;
  for (size_t i = 0; i < digits.len; i++) {
    if (digits.data[i] < '0' || digits.data[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, digits.data[i] - '0', &value))
      return false;
  }
  return negative || value != INT64_MIN;
}

bool kx_stats_value_valid(kx_slice value) {
  if (value.len == 1 && value.data[0] == '0')
    return true;
  bool negative = skip_char(&value, '-');
  return value.len > 0 && value.data[0] != '0' && fits_int64(value, negative);
}

static bool is_plain(kx_slice text) {
  bool plain = true;
  for (size_t i = 0; i < text.len; i++)
    plain &= (unsigned char)text.data[i] >= ' ' && text.data[i] != '"' && text.data[i] != '\\';
  return plain;
}

/* Writes a string without escapes in one piece. An event has seven strings, and there are
 * millions of events. */
static void put_plain(kx_buf *out, kx_slice member, kx_slice text) {
  char *to = kx_buf_reserve(out, member.len + text.len + 2);
  if (!to)
    return;
  memcpy(to, member.data, member.len);
  to += member.len;
  *to++ = '"';
  memcpy(to, text.data, text.len);
  to[text.len] = '"';
  out->len += member.len + text.len + 2;
}

static void put_string(kx_buf *out, kx_slice member, kx_slice text) {
  if (is_plain(text)) {
    put_plain(out, member, text);
  } else {
    kx_buf_slice(out, member);
    kx_json_quote(out, text);
  }
}

static void put_null(kx_buf *out, kx_slice member) {
  kx_buf_slice(out, member);
  kx_buf_puts(out, "null");
}

void kx_stats_key_event(kx_buf *out, const kx_stats_key *key, kx_slice value,
                        const char *time_gen) {
  static const kx_slice members[] = {
    SLICE(",\"value\":"), SLICE(",\"period\":"), SLICE(",\"timestamp\":"), SLICE(",\"time_gen\":")};
  for (size_t i = 0; i < KX_FIELDS; i++) {
    if (kx_stats_id_na(key->ids[i]))
      put_null(out, fields[i].member);
    else if (key->ids[i].data)
      put_string(out, fields[i].member, key->ids[i]);
  }
  put_string(out, members[0], value);
  put_plain(out, members[1], kx_str(kx_period_name(key->period)));
  put_plain(out, members[2], kx_str(key->timestamp));
  put_plain(out, members[3], kx_str(time_gen));
  kx_buf_putc(out, '}');
}
