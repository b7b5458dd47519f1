/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/crypto.h"

#include <dlfcn.h>
#include <limits.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

/* Groups of three bytes, or of four digits, in one piece of long data: OpenSSL counts bytes in
 * int, and a piece of this size fits. */
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

kx_status kx_sha1_hex(kx_slice data, char out[KX_SHA1_HEX + 1], kx_error *err) {
  unsigned char hash[KX_SHA1_HEX / 2];
  if (!EVP_Digest(bytes(data), data.len, hash, NULL, EVP_sha1(), NULL))
    return kx_fail(err, KX_MEMORY, "OpenSSL could not compute a SHA-1");
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

/* Makes room for the digits and the NUL that OpenSSL writes after them. When their number
 * is too large for a size_t, more is asked for than any memory has. */
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

static bool is_digit(unsigned char c) {
  unsigned char letter = c | 0x20;
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

static size_t padding(kx_slice text) {
  size_t n = 0;
  while (n < 2 && n < text.len && text.data[text.len - 1 - n] == '=')
    n++;
  return n;
}

/* The decoder of OpenSSL accepts too much: it ignores white space at the ends and reads a
 * "=" in the middle as zero bits. */
static bool well_formed(kx_slice text, size_t pad) {
  if (text.len % 4 != 0)
    return false;
  for (size_t i = 0; i < text.len - pad; i++)
    if (!is_digit((unsigned char)text.data[i]))
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
    return kx_fail(err, KX_CONFIG, "OpenSSL has no random numbers");
  kx_hex(token, sizeof token, out);
  return KX_OK;
}

/* The nanoseconds of the clock, spread over all bits (the last steps of SplitMix64). */
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

const char *kx_crypto_version(void) {
  return OpenSSL_version(OPENSSL_VERSION);
}

/* dlsym looks in the same places as the dynamic linker does for libcurl: first in the program,
 * then in the libraries that it has loaded for all, then in the libraries of this module. */
static bool find_symbol(const char *symbol, Dl_info *info) {
  void *address = dlsym(RTLD_DEFAULT, symbol);
  return address && dladdr(address, info);
}

/* For the program itself, dladdr knows only argv[0], and nginx overwrites that. */
static kx_status refuse_program(kx_error *err) {
  char path[256];
  ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
  path[len > 0 ? len : 0] = '\0';
  return kx_fail(err, KX_CONFIG,
                 "kinesis_exporter was built for the libraries of %s and cannot run in %s, which "
                 "exports an OpenSSL of its own (%s): use one that is linked to OpenSSL's shared "
                 "libraries, as Debian's nginx and OpenResty's packages are",
                 OPENSSL_VERSION_TEXT, len > 0 ? path : "this program", kx_crypto_version());
}

/* Functions that both libcurl and every server with TLS use. */
static const char *const shared[] = {
  "OpenSSL_version", "EVP_DigestInit_ex", "EVP_sha256", "RAND_bytes", "ERR_get_error", "BIO_new",
  "X509_free",       "SSL_CTX_new",       "SSL_new",    "SSL_read",   "SSL_write",     NULL,
};

static kx_status check_origin(kx_error *err) {
  Dl_info program, found;
  unsigned long number = getauxval(AT_ENTRY);
  void *entry;
  memcpy(&entry, &number, sizeof entry);
  if (!dladdr(entry, &program))
    return KX_OK;
  for (const char *const *symbol = shared; *symbol; symbol++)
    if (find_symbol(*symbol, &found) && found.dli_fbase == program.dli_fbase)
      return refuse_program(err);
  return KX_OK;
}

/* A program that was compiled for one version runs with another one when the major version is
 * equal and the minor version is not smaller. Before OpenSSL 3, the second and third number
 * had these roles. Patches change no interface. */
static bool interface_fits(unsigned long built, unsigned long running) {
  int equal = built >> 28 >= 3 ? 28 : 20;
  int not_less = built >> 28 >= 3 ? 20 : 12;
  return built >> equal == running >> equal && built >> not_less <= running >> not_less;
}

static kx_status check_version(kx_error *err) {
  Dl_info found;
  if (interface_fits(OPENSSL_VERSION_NUMBER, OpenSSL_version_num()))
    return KX_OK;
  bool known = find_symbol("OpenSSL_version_num", &found);
  return kx_fail(
    err, KX_CONFIG,
    "kinesis_exporter was built for %s but runs on %s here (%s): build it for this "
    "one, with `luarocks make CRYPTO_DIR=DIRECTORY` or "
    "`PKG_CONFIG_PATH=DIRECTORY/lib/pkgconfig make`",
    OPENSSL_VERSION_TEXT, kx_crypto_version(), known ? found.dli_fname : "from an unknown file");
}

kx_status kx_crypto_check(kx_error *err) {
  kx_status status = check_origin(err);
  return status == KX_OK ? check_version(err) : status;
}
