/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/siphash.h"

#include "base/crypto.h"

#include <endian.h>

enum { FINAL_ROUNDS = 3 };

/* The names are those of the paper. */
struct state {
  uint64_t v0, v1, v2, v3;
};

kx_siphash_key kx_siphash_random_key(void) {
  return (kx_siphash_key){{kx_random_below(UINT64_MAX), kx_random_below(UINT64_MAX)}};
}

static inline uint64_t rotate(uint64_t x, int bits) {
  return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct state *s) {
  s->v0 += s->v1;
  s->v2 += s->v3;
  s->v1 = rotate(s->v1, 13) ^ s->v0;
  s->v3 = rotate(s->v3, 16) ^ s->v2;
  s->v0 = rotate(s->v0, 32);
  s->v2 += s->v1;
  s->v0 += s->v3;
  s->v1 = rotate(s->v1, 17) ^ s->v2;
  s->v3 = rotate(s->v3, 21) ^ s->v0;
  s->v2 = rotate(s->v2, 32);
}

static inline void compress(struct state *s, uint64_t word) {
  s->v3 ^= word;
  sip_round(s);
  s->v0 ^= word;
}

static inline uint64_t last_word(const char *rest, size_t n, size_t len) {
  uint64_t word = 0;
  if (n > 0)
    memcpy(&word, rest, n);
  return le64toh(word) | (uint64_t)len << 56;
}

uint64_t kx_siphash(kx_siphash_key key, kx_slice data) {
  struct state s = {key.word[0] ^ 0x736f6d6570736575u, key.word[1] ^ 0x646f72616e646f6du,
                    key.word[0] ^ 0x6c7967656e657261u, key.word[1] ^ 0x7465646279746573u};
  uint64_t word;
  size_t i = 0;
  for (; data.len - i >= sizeof word; i += sizeof word) {
    memcpy(&word, data.data + i, sizeof word);
    compress(&s, le64toh(word));
  }
  compress(&s, last_word(data.data + i, data.len - i, data.len));
  s.v2 ^= 0xff;
  for (int round = 0; round < FINAL_ROUNDS; round++)
    sip_round(&s);
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
