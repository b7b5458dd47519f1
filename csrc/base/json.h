/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The part of JSON (RFC 8259) that an exporter needs: it checks that a text is one
 * object in valid UTF-8, reads replies, and writes strings. Nothing is built in memory:
 * a cursor walks through a reply. Failure is sticky: after the first syntax error every
 * call returns false, so the caller needs to look at `failed` only once. */

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

/* A cursor over a text that somebody else owns. */
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

/* Steps into the object ('{') or array ('[') under the cursor. False, and failed,
 * when there is none. */
bool kx_json_open(kx_json *json, char bracket);

/* In an object or array that `bracket` ('}' or ']') closes: true when another member or
 * element follows. False when it ends here; then the cursor has stepped out of it. */
bool kx_json_more(kx_json *json, char bracket);

/* In an object, after kx_json_more: reads the member's name as it stands in the text
 * (escapes are not resolved), and steps over the colon. */
bool kx_json_key(kx_json *json, kx_slice *key);

/* Appends the string under the cursor as UTF-8, with its escapes resolved. A lone
 * surrogate is a syntax error. `out` may be NULL: then the string is only checked. */
bool kx_json_string(kx_json *json, kx_buf *out);

/* Reads the integer under the cursor; a fraction, an exponent or a value
 * outside int64_t is a failure. */
bool kx_json_integer(kx_json *json, int64_t *out);

/* Steps over a value of any type and checks its syntax, and that strings are UTF-8. */
bool kx_json_skip(kx_json *json);

/* True when only white space is left and nothing failed. */
bool kx_json_done(kx_json *json);

/* NULL when `text` is exactly one JSON object in valid UTF-8 without a NUL character
 * (which no database accepts in a text). Otherwise a constant phrase with the reason:
 * "not valid UTF-8", "not valid JSON", "not a JSON object", "not free of NUL characters".
 * Speed matters here: it runs once for each event. */
const char *kx_json_check_object(kx_slice text);

/* Appends `text` as a JSON string with its quotes. Escapes only what RFC 8259
 * demands: quote, backslash, and control characters (\b \f \n \r \t, otherwise \u00xx).
 * The caller makes sure that the text is UTF-8. */
void kx_json_quote(kx_buf *out, kx_slice text);

#endif
