/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Takes any bytes as the response to a call: from both services, with any status and any number of
 * records. Only records that the response names may count as accepted. The others must be kept,
 * with a reason. */

#include <stdlib.h>

#include "base/json.h"
#include "kinesis/api.h"

static void require(bool holds) {
  if (!holds)
    abort();
}

static size_t occurrences(kx_slice text, const char *of) {
  size_t n = 0, len = strlen(of);
  for (size_t i = 0; i + len <= text.len; i++)
    n += memcmp(text.data + i, of, len) == 0;
  return n;
}

static size_t kept(const kx_verdict *verdict, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    kept += verdict->keep[i];
  return kept;
}

static bool is_one_line(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f)
      return false;
  return true;
}

/* A response may have a NUL character, which is refused in an event. */
static bool is_object(kx_slice body) {
  const char *why = kx_json_check_object(body);
  return why == NULL || strstr(why, "NUL") != NULL;
}

static void check(const kx_dialect *dialect, kx_slice body, size_t n, const kx_verdict *verdict) {
  require(verdict->refused <= n);
  require(verdict->refused == kept(verdict, n));
  require((verdict->action == KX_ACCEPTED) == (verdict->refused == 0));
  require((verdict->action == KX_ACCEPTED) == (verdict->error.code == KX_OK));
  require(verdict->by_record || verdict->refused == n);
  require(is_one_line(verdict->error.text));
  if (verdict->refused == n)
    return;
  require(is_object(body));
  require(occurrences(body, dialect->id) >= n - verdict->refused);
}

/* One byte is the service, one the status, two the number of records. One byte is the length of the
 * error type, which comes before the body. */
enum { HEAD = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static const long statuses[] = {200, 200, 200, 400, 403, 413, 429, 500, 503};
  char error_type[64] = "";
  kx_verdict verdict;
  if (len < HEAD)
    return 0;
  const kx_dialect *dialect = kx_api_dialect(data[0] & 1 ? "streams" : "firehose");
  long status = statuses[data[1] % (sizeof statuses / sizeof *statuses)];
  size_t n = 1 + (size_t)(data[2] << 8 | data[3]) % KX_BATCH_RECORDS;
  kx_slice body = {(const char *)data + HEAD, len - HEAD};
  size_t cut = data[4] % sizeof error_type;
  if (cut < body.len) {
    memcpy(error_type, body.data, cut);
    body = (kx_slice){body.data + cut, body.len - cut};
  }
  kx_api_read(dialect, status, body, error_type, n, &verdict);
  check(dialect, body, n, &verdict);
  return 0;
}
