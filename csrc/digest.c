/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "digest.h"

#include <limits.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

/* OpenSSL counts in int, so long data goes piece by piece: this many groups of
 * three bytes or four digits still fit. */
enum { GROUPS = 1 << 28 };

static const unsigned char *bytes(kx_slice slice) {
  return (const unsigned char *)(slice.len ? slice.data : "");
}

void kx_hex(const unsigned char *data, size_t len, char *out) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < len; i++) {
    *out++ = digits[data[i] >> 4];
    *out++ = digits[data[i] & 15];
  }
  *out = '\0';
}

kx_status kx_sha256_hex(kx_slice data, char out[KX_SHA256_HEX + 1], kx_error *err) {
  unsigned char hash[KX_SHA256_BYTES];
  if (!EVP_Digest(bytes(data), data.len, hash, NULL, EVP_sha256(), NULL))
    return kx_fail(err, KX_MEMORY, "OpenSSL could not compute a SHA-256");
  kx_hex(hash, sizeof hash, out);
  return KX_OK;
}

kx_status kx_hmac_sha256(kx_slice key, kx_slice data, unsigned char out[KX_SHA256_BYTES],
                         kx_error *err) {
  if (key.len > INT_MAX)
    return kx_fail(err, KX_CONFIG, "a key for HMAC-SHA-256 is too long");
  if (!HMAC(EVP_sha256(), bytes(key), (int)key.len, bytes(data), data.len, out, NULL))
    return kx_fail(err, KX_MEMORY, "OpenSSL could not compute an HMAC-SHA-256");
  return KX_OK;
}

/* Room for the digits and the NUL that OpenSSL puts behind them. A length that
 * cannot be counted asks for what no memory holds. */
static char *reserve_digits(kx_buf *out, size_t len) {
  bool countable = len <= SIZE_MAX / 4 * 3 - 3;
  return kx_buf_reserve(out, countable ? (len + 2) / 3 * 4 + 1 : SIZE_MAX);
}

void kx_base64_encode(kx_buf *out, kx_slice data) {
  unsigned char *to = (unsigned char *)reserve_digits(out, data.len);
  if (!to)
    return;
  const unsigned char *from = bytes(data);
  for (size_t left = data.len; left > 0;) {
    size_t piece = left < 3 * (size_t)GROUPS ? left : 3 * (size_t)GROUPS;
    int written = EVP_EncodeBlock(to, from, (int)piece);
    to += written;
    out->len += (size_t)written;
    from += piece;
    left -= piece;
  }
}

static bool digit(unsigned char c) {
  unsigned char letter = c | 0x20;
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

static size_t padding(kx_slice text) {
  size_t n = 0;
  while (n < 2 && n < text.len && text.data[text.len - 1 - n] == '=')
    n++;
  return n;
}

/* OpenSSL's decoder is lenient: it trims white space and reads a "=" in the
 * middle as zero bits. */
static bool well_formed(kx_slice text, size_t pad) {
  if (text.len % 4 != 0)
    return false;
  for (size_t i = 0; i < text.len - pad; i++)
    if (!digit((unsigned char)text.data[i]))
      return false;
  return true;
}

static bool decode(unsigned char *to, const unsigned char *from, size_t len) {
  while (len > 0) {
    size_t piece = len < 4 * (size_t)GROUPS ? len : 4 * (size_t)GROUPS;
    int written = EVP_DecodeBlock(to, from, (int)piece);
    if (written < 0)
      return false;
    to += written;
    from += piece;
    len -= piece;
  }
  return true;
}

bool kx_base64_decode(kx_buf *out, kx_slice text) {
  size_t pad = padding(text);
  if (!well_formed(text, pad))
    return false;
  unsigned char *to = (unsigned char *)kx_buf_reserve(out, text.len / 4 * 3);
  if (!to)
    return true;
  if (!decode(to, bytes(text), text.len))
    return false;
  out->len += text.len / 4 * 3 - pad;
  return true;
}

kx_status kx_random_token(char out[KX_TOKEN_HEX + 1], kx_error *err) {
  unsigned char token[KX_TOKEN_HEX / 2];
  if (RAND_bytes(token, sizeof token) != 1)
    return kx_fail(err, KX_CONFIG, "OpenSSL has no random numbers to give");
  kx_hex(token, sizeof token, out);
  return KX_OK;
}

/* The nanoseconds, spread over all bits (the finish of SplitMix64). */
static uint64_t clock_bits(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t x = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

uint64_t kx_random_below(uint64_t bound) {
  uint64_t x;
  if (RAND_bytes((unsigned char *)&x, sizeof x) != 1)
    x = clock_bits();
  return bound ? x % bound : 0;
}

void kx_wipe(void *data, size_t len) {
  OPENSSL_cleanse(data, len);
}

const char *kx_digest_version(void) {
  return OpenSSL_version(OPENSSL_VERSION);
}
