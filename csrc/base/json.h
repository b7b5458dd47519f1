/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* JSON (RFC 8259), as little of it as an exporter needs: is this text one
 * object in valid UTF-8, what does a reply say, and how is a string written.
 * Nothing is built in memory: a reply is walked with a cursor. Failure is
 * sticky: after the first syntax error every call answers false, and the
 * caller looks at `failed` once. */

#ifndef KX_BASE_JSON_H
#define KX_BASE_JSON_H

#include "base/buf.h"

enum { KX_JSON_DEPTH = 64 }; /* deeper nesting is refused */

typedef enum kx_json_type {
  KX_JSON_NONE, /* end of text, or not the start of any value */
  KX_JSON_OBJECT,
  KX_JSON_ARRAY,
  KX_JSON_STRING,
  KX_JSON_NUMBER,
  KX_JSON_TRUE,
  KX_JSON_FALSE,
  KX_JSON_NULL
} kx_json_type;

/* A cursor over somebody else's text. */
typedef struct kx_json {
  const char *at;  /* next byte to read */
  const char *end; /* one past the last byte */
  int depth;       /* objects and arrays open around the cursor */
  bool fresh;      /* an object or array was just opened */
  bool failed;     /* a syntax error was met */
  bool nul;        /* a string with \u0000 was met */
} kx_json;

/* Puts a cursor before the text's value. */
void kx_json_init(kx_json *json, kx_slice text);

/* The type of the value under the cursor; consumes only white space. */
kx_json_type kx_json_peek(kx_json *json);

/* Steps into the object ('{') or array ('[') under the cursor; false, and
 * failed, when there is none. */
bool kx_json_open(kx_json *json, char bracket);

/* In an object or array closed by `bracket` ('}' or ']'): true when another
 * member or element follows; false when it ends here, having stepped out. */
bool kx_json_more(kx_json *json, char bracket);

/* In an object after kx_json_more: the member's name as it stands in the text
 * (escapes not resolved), and past the colon. */
bool kx_json_key(kx_json *json, kx_slice *key);

/* Appends the string under the cursor, escapes resolved, as UTF-8. A lone
 * surrogate is a syntax error. `out` may be NULL to only check. */
bool kx_json_string(kx_json *json, kx_buf *out);

/* Reads the integer under the cursor; a fraction, an exponent or a value
 * outside int64_t is a failure. */
bool kx_json_integer(kx_json *json, int64_t *out);

/* Steps over any value, checking its syntax (strings for valid UTF-8 too). */
bool kx_json_skip(kx_json *json);

/* True when only white space is left and nothing failed. */
bool kx_json_done(kx_json *json);

/* NULL when `text` is exactly one JSON object in valid UTF-8 without a NUL character,
 * which no database takes as text; else a constant phrase that says why not: "not valid
 * UTF-8", "not valid JSON", "not a JSON object", "not free of NUL characters". Speed
 * matters here: it runs once an event. */
const char *kx_json_check_object(kx_slice text);

/* Appends `text` as a JSON string with its quotes. Escapes only what RFC 8259
 * demands (quote, backslash, control characters: \b \f \n \r \t, else \u00xx);
 * everything else stays as it is. The caller vouches for UTF-8. */
void kx_json_quote(kx_buf *out, kx_slice text);

/* True when `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
bool kx_utf8_valid(kx_slice text);

#endif
