/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "aws/sigv4.h"

#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"

/* The last second of the year 9999: a later one needs a longer form. */
static const int64_t last_second = 253402300799;

enum { DAY = 8 }; /* the number of leading digits of a time that name its day */

static char lower(char c) {
  if (c < 'A' || c > 'Z')
    return c;
  return (char)(c | 0x20);
}

static bool blank(char c) {
  return c == ' ' || c == '\t';
}

/* Compares the lower-cased names, byte by byte. */
static int compare(kx_slice a, kx_slice b) {
  size_t shorter = a.len < b.len ? a.len : b.len;
  for (size_t i = 0; i < shorter; i++) {
    int difference = (unsigned char)lower(a.data[i]) - (unsigned char)lower(b.data[i]);
    if (difference)
      return difference;
  }
  return (a.len > b.len) - (a.len < b.len);
}

/* An insertion sort: headers of one name keep their order. */
static void sort(const kx_sigv4_request *request, kx_sigv4_header *sorted) {
  for (size_t n = 0; n < request->n_headers; n++) {
    size_t i = n;
    for (; i > 0 && compare(sorted[i - 1].name, request->headers[n].name) > 0; i--)
      sorted[i] = sorted[i - 1];
    sorted[i] = request->headers[n];
  }
}

static void put_name(kx_buf *out, kx_slice name) {
  for (size_t i = 0; i < name.len; i++)
    kx_buf_putc(out, lower(name.data[i]));
}

/* Without blanks around the value, and with one space for several inside. */
static void put_value(kx_buf *out, kx_slice value) {
  bool gap = false, begun = false;
  for (size_t i = 0; i < value.len; i++) {
    if (blank(value.data[i])) {
      gap = begun;
      continue;
    }
    if (gap)
      kx_buf_putc(out, ' ');
    kx_buf_putc(out, value.data[i]);
    gap = false;
    begun = true;
  }
}

static bool repeated(const kx_sigv4_header *sorted, size_t i) {
  return i > 0 && compare(sorted[i - 1].name, sorted[i].name) == 0;
}

static void put_headers(kx_buf *out, const kx_sigv4_header *sorted, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (repeated(sorted, i)) {
      kx_buf_putc(out, ',');
    } else {
      kx_buf_puts(out, i ? "\n" : "");
      put_name(out, sorted[i].name);
      kx_buf_putc(out, ':');
    }
    put_value(out, sorted[i].value);
  }
  kx_buf_puts(out, n ? "\n" : "");
}

static void put_signed_names(kx_buf *out, const kx_sigv4_header *sorted, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (repeated(sorted, i))
      continue;
    kx_buf_puts(out, i ? ";" : "");
    put_name(out, sorted[i].name);
  }
}

/* More bytes than the canonical form takes: each name stands in it twice, with up to two
 * bytes around it. */
static size_t estimate(const kx_sigv4_request *request) {
  size_t size = request->method.len + request->path.len + request->query.len +
                request->payload_hash.len + 8;
  for (size_t i = 0; i < request->n_headers; i++)
    size += 2 * request->headers[i].name.len + request->headers[i].value.len + 4;
  return size;
}

static kx_status check_headers(const kx_sigv4_request *request, kx_error *err) {
  if (request->n_headers <= KX_SIGV4_HEADERS)
    return KX_OK;
  return kx_fail(err, KX_CONFIG, "a request with %zu headers cannot be signed, at most %d",
                 request->n_headers, KX_SIGV4_HEADERS);
}

static kx_status finish(const kx_buf *out, kx_error *err) {
  return kx_buf_ok(out) ? KX_OK : kx_fail_memory(err);
}

static void put_line(kx_buf *out, kx_slice text) {
  kx_buf_slice(out, text);
  kx_buf_putc(out, '\n');
}

/* All the room is reserved first: a buffer that grows would leave a copy of the session token
 * behind. */
kx_status kx_sigv4_canonical(const kx_sigv4_request *request, kx_buf *out, kx_error *err) {
  kx_sigv4_header sorted[KX_SIGV4_HEADERS];
  kx_status status = check_headers(request, err);
  if (status)
    return status;
  sort(request, sorted);
  kx_buf_reserve(out, estimate(request));
  put_line(out, request->method);
  put_line(out, request->path);
  put_line(out, request->query);
  put_headers(out, sorted, request->n_headers);
  kx_buf_putc(out, '\n');
  put_signed_names(out, sorted, request->n_headers);
  kx_buf_putc(out, '\n');
  kx_buf_slice(out, request->payload_hash);
  return finish(out, err);
}

/* "20150830/us-east-1/service/aws4_request": where a signature is valid. */
static void put_scope(const kx_sigv4_signer *signer, const char *time, kx_buf *out) {
  kx_buf_append(out, time, DAY);
  kx_buf_putc(out, '/');
  kx_buf_slice(out, signer->region);
  kx_buf_putc(out, '/');
  kx_buf_slice(out, signer->service);
  kx_buf_puts(out, "/" TERMINATOR);
}

kx_status kx_sigv4_string_to_sign(const kx_sigv4_signer *signer, kx_slice canonical,
                                  const char *time, kx_buf *out, kx_error *err) {
  char hash[KX_SHA256_HEX + 1];
  kx_status status = kx_sha256_hex(canonical, hash, err);
  if (status)
    return status;
  put_line(out, kx_str(ALGORITHM));
  put_line(out, kx_str(time));
  put_scope(signer, time, out);
  kx_buf_putc(out, '\n');
  kx_buf_puts(out, hash);
  return finish(out, err);
}

static kx_slice key_slice(const unsigned char *key) {
  return (kx_slice){(const char *)key, KX_SHA256_BYTES};
}

/* Replaces the key by the HMAC of `data` under it. */
static kx_status chain(unsigned char *key, kx_slice data, kx_error *err) {
  unsigned char next[KX_SHA256_BYTES];
  kx_status status = kx_hmac_sha256(key_slice(key), data, next, err);
  if (!status)
    memcpy(key, next, sizeof next);
  kx_wipe(next, sizeof next);
  return status;
}

/* The first step: the HMAC of the day under the secret key. */
static kx_status start(const kx_sigv4_signer *signer, const char *time, unsigned char *key,
                       kx_error *err) {
  kx_buf secret = {0};
  kx_buf_reserve(&secret, 4 + signer->secret_access_key.len);
  kx_buf_puts(&secret, "AWS4");
  kx_buf_slice(&secret, signer->secret_access_key);
  kx_status status = finish(&secret, err);
  if (!status)
    status = kx_hmac_sha256(kx_buf_view(&secret), (kx_slice){time, DAY}, key, err);
  kx_buf_wipe(&secret);
  return status;
}

void kx_sigv4_forget(kx_sigv4_signer *signer) {
  kx_wipe(signer->key, sizeof signer->key);
  kx_wipe(signer->day, sizeof signer->day);
}

/* The day is set last: after a failure there is no key. */
static kx_status derive(kx_sigv4_signer *signer, const char *time, kx_error *err) {
  kx_sigv4_forget(signer);
  kx_status status = start(signer, time, signer->key, err);
  if (!status)
    status = chain(signer->key, signer->region, err);
  if (!status)
    status = chain(signer->key, signer->service, err);
  if (!status)
    status = chain(signer->key, kx_str(TERMINATOR), err);
  if (!status)
    memcpy(signer->day, time, DAY);
  return status;
}

kx_status kx_sigv4_signature(kx_sigv4_signer *signer, kx_slice string_to_sign, const char *time,
                             char out[KX_SHA256_HEX + 1], kx_error *err) {
  unsigned char mac[KX_SHA256_BYTES];
  kx_status status = KX_OK;
  if (memcmp(signer->day, time, DAY) != 0)
    status = derive(signer, time, err);
  if (!status)
    status = kx_hmac_sha256(key_slice(signer->key), string_to_sign, mac, err);
  if (!status)
    kx_hex(mac, sizeof mac, out);
  return status;
}

static void put_authorization(const kx_sigv4_signer *signer, const kx_sigv4_request *request,
                              const char *time, const char *signature, kx_buf *out) {
  kx_sigv4_header sorted[KX_SIGV4_HEADERS];
  sort(request, sorted);
  kx_buf_puts(out, ALGORITHM " Credential=");
  kx_buf_slice(out, signer->access_key_id);
  kx_buf_putc(out, '/');
  put_scope(signer, time, out);
  kx_buf_puts(out, ", SignedHeaders=");
  put_signed_names(out, sorted, request->n_headers);
  kx_buf_puts(out, ", Signature=");
  kx_buf_puts(out, signature);
}

kx_status kx_sigv4_authorization(kx_sigv4_signer *signer, const kx_sigv4_request *request,
                                 const char *time, kx_buf *out, kx_error *err) {
  kx_buf canonical = {0}, text = {0};
  char signature[KX_SHA256_HEX + 1];
  kx_status status = kx_sigv4_canonical(request, &canonical, err);
  if (status)
    goto done;
  status = kx_sigv4_string_to_sign(signer, kx_buf_view(&canonical), time, &text, err);
  if (status)
    goto done;
  status = kx_sigv4_signature(signer, kx_buf_view(&text), time, signature, err);
  if (status)
    goto done;
  put_authorization(signer, request, time, signature, out);
  status = finish(out, err);
done:
  kx_buf_free(&text);
  kx_buf_wipe(&canonical);
  return status;
}

void kx_sigv4_time(int64_t seconds, char out[KX_SIGV4_TIME]) {
  struct tm utc = {0};
  time_t when = (time_t)(seconds < 0 ? 0 : seconds > last_second ? last_second : seconds);
  gmtime_r(&when, &utc);
  strftime(out, KX_SIGV4_TIME, "%Y%m%dT%H%M%SZ", &utc);
}
