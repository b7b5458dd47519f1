/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "tally.h"

#include <stdlib.h>
#include <string.h>

/* One table for each place in a group of four digits, its bits already where
 * they belong in the three bytes; a digit that is none sets a bit above them. */
static uint32_t digits[4][256];

enum { NOT_A_DIGIT = 1 << 24, FIRST_IDENTITIES = 1 << 20 };

static const char time_gen[] = ",\"time_gen\":\"20151130 10:05:20\"}";
enum { TIME_GEN = sizeof time_gen - 1, TIME_GEN_NAME = 13 };

static uint32_t placed(uint32_t digit, int place) {
  uint32_t group = digit << (18 - 6 * place);
  return (group >> 16 & 0xff) | (group & 0xff00) | (group & 0xff) << 16;
}

__attribute__((constructor)) static void make_tables(void) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int place = 0; place < 4; place++) {
    for (int c = 0; c < 256; c++)
      digits[place][c] = NOT_A_DIGIT;
    for (uint32_t d = 0; d < 64; d++)
      digits[place][(unsigned char)alphabet[d]] = placed(d, place);
  }
}

static uint32_t group(const unsigned char *p) {
  return digits[0][p[0]] | digits[1][p[1]] | digits[2][p[2]] | digits[3][p[3]];
}

/* The last group may be padded: decodes it as if with zeros, returns the bytes
 * that count, or 0 when it is not base64. */
static size_t decode_last(const char *text, char *out, uint32_t *seen) {
  unsigned char four[4];
  memcpy(four, text, 4);
  size_t pads = four[3] != '=' ? 0 : four[2] != '=' ? 1 : 2;
  if (pads > 0)
    four[3] = 'A';
  if (pads > 1)
    four[2] = 'A';
  uint32_t bits = group(four);
  *seen |= bits;
  memcpy(out, &bits, 3);
  return 3 - pads;
}

/* Returns the number of bytes, 0 when the text is not base64. */
static size_t decode(tally_span text, char *out) {
  if (text.len == 0 || text.len % 4 != 0)
    return 0;
  char *start = out;
  uint32_t seen = 0;
  const char *last = text.data + text.len - 4;
  for (const char *p = text.data; p < last; p += 4, out += 3) {
    uint32_t bits = group((const unsigned char *)p);
    seen |= bits;
    memcpy(out, &bits, 4);
  }
  out += decode_last(last, out, &seen);
  return seen & NOT_A_DIGIT ? 0 : (size_t)(out - start);
}

static uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t mix(uint64_t hash, const char *p) {
  uint64_t w[2];
  memcpy(w, p, 16);
  return fold(hash ^ w[0] ^ 0x9e3779b97f4a7c15u, w[1] ^ 0xd6e8feb86659fd93u);
}

uint64_t tally_hash(const char *event, size_t len) {
  uint64_t hash = len;
  char rest[16] = {0};
  for (; len >= 16; event += 16, len -= 16)
    hash = mix(hash, event);
  memcpy(rest, event, len);
  return mix(hash, rest);
}

static void keep(tally_identities *kept, uint64_t hash) {
  if (kept->n == kept->cap) {
    kept->cap = kept->cap ? 2 * kept->cap : FIRST_IDENTITIES;
    kept->hashes = realloc(kept->hashes, kept->cap * sizeof *kept->hashes);
    if (!kept->hashes)
      abort();
  }
  kept->hashes[kept->n++] = hash;
}

static void keep_identity(tally *t, const char *event, size_t len) {
  size_t before = len < TIME_GEN ? 0 : len - TIME_GEN;
  if (len < TIME_GEN || memcmp(event + before, time_gen, TIME_GEN_NAME) != 0)
    t->malformed++;
  else
    keep(t->identities, tally_hash(event, before));
}

void tally_event(tally *t, const char *event, size_t len) {
  t->events++;
  t->bytes += len + 1;
  t->checksum += tally_hash(event, len);
  if (t->identities)
    keep_identity(t, event, len);
}

static int compare(const void *a, const void *b) {
  uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
  return (one > other) - (one < other);
}

tally tally_distinct(tally_identities *kept) {
  tally t = {0};
  if (kept->n > 0)
    qsort(kept->hashes, kept->n, sizeof *kept->hashes, compare);
  for (size_t i = 0; i < kept->n; i++) {
    if (i > 0 && kept->hashes[i] == kept->hashes[i - 1])
      continue;
    t.events++;
    t.checksum += kept->hashes[i];
  }
  return t;
}

/* The text of the string that follows `"Data"` and a colon. */
static bool value_after(const char *p, const char *end, tally_span *span) {
  const char *open = memchr(p, '"', (size_t)(end - p));
  const char *close = open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
  if (!close)
    return false;
  *span = (tally_span){open + 1, (size_t)(close - open - 1)};
  return true;
}

size_t tally_spans(const char *body, size_t len, tally_span *spans, size_t max) {
  static const char name[] = "\"Data\"";
  const char *end = body + len;
  size_t n = 0;
  while (n < max) {
    const char *p = memmem(body, (size_t)(end - body), name, sizeof name - 1);
    if (!p || !value_after(p + sizeof name - 1, end, &spans[n]))
      break;
    body = spans[n].data + spans[n].len;
    n++;
  }
  return n;
}

void tally_record(tally *t, tally_span record, char *scratch) {
  const char *p = scratch;
  const char *end = scratch + decode(record, scratch);
  const char *newline;
  if (p == end || end[-1] != '\n')
    t->malformed++;
  while (p < end && (newline = memchr(p, '\n', (size_t)(end - p)))) {
    tally_event(t, p, (size_t)(newline - p));
    p = newline + 1;
  }
}
