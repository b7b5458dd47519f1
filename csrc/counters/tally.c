/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/tally.h"

enum { ABSENT = -1 };

/* A key is this head and then the texts, one after the other. The head must have no padding,
 * because keys are compared byte by byte. */
struct head {
  uint32_t minute;                    /* enough until the year 10136 */
  int32_t service, application, user; /* lengths, or ABSENT */
  int32_t metric;                     /* its length; or a response code, negated */
};

struct kx_use {
  size_t end; /* of its key */
  int64_t n;
  kx_count *count; /* to which it was added */
};

static int32_t length(kx_slice id) {
  return id.data == NULL ? ABSENT : (int32_t)id.len;
}

static char *put(char *to, kx_slice text) {
  if (text.data != NULL)
    memcpy(to, text.data, text.len);
  return to + (text.data == NULL ? 0 : text.len);
}

static void use(kx_uses *uses, const kx_report *report, kx_slice metric, int code, int64_t n) {
  const struct head head = {
    (uint32_t)(report->seconds / 60), length(report->service), length(report->application),
    length(report->user), metric.data != NULL ? length(metric) : -code};
  char *start = kx_buf_reserve(
    &uses->keys,
    sizeof head + report->service.len + report->application.len + report->user.len + metric.len);
  char *to = start;
  if (start == NULL)
    return;
  to = put(to, (kx_slice){(const char *)&head, sizeof head});
  to = put(to, report->service);
  to = put(to, report->application);
  to = put(to, report->user);
  to = put(to, metric);
  uses->keys.len += (size_t)(to - start);
  kx_buf_append(&uses->ends, &(struct kx_use){uses->keys.len, n, NULL}, sizeof(struct kx_use));
}

void kx_uses_metric(kx_uses *uses, const kx_report *report, kx_slice metric, int64_t n) {
  use(uses, report, metric, 0, n);
}

void kx_uses_code(kx_uses *uses, const kx_report *report, int code) {
  use(uses, report, (kx_slice){0}, code, 1);
}

void kx_uses_clear(kx_uses *uses) {
  kx_buf_clear(&uses->keys);
  kx_buf_clear(&uses->ends);
}

void kx_uses_free(kx_uses *uses) {
  kx_buf_free(&uses->keys);
  kx_buf_free(&uses->ends);
}

bool kx_uses_ok(const kx_uses *uses) {
  return kx_buf_ok(&uses->keys) && kx_buf_ok(&uses->ends);
}

static size_t n_uses(const kx_uses *uses) {
  return uses->ends.len / sizeof(struct kx_use);
}

static struct kx_use *use_at(const kx_uses *uses, size_t i) {
  return (struct kx_use *)(void *)uses->ends.data + i;
}

/* The key of a use, which begins at `*at`. Moves `*at` to the next key. */
static kx_slice key_of(const kx_uses *uses, const struct kx_use *use, size_t *at) {
  kx_slice key = {uses->keys.data + *at, use->end - *at};
  *at = use->end;
  return key;
}

static kx_slice take(const char **at, int32_t len) {
  kx_slice text = {len == ABSENT ? NULL : *at, len == ABSENT ? 0 : (size_t)len};
  *at += text.len;
  return text;
}

static void expand(kx_slice key, int64_t n, kx_increments *increments) {
  struct head head;
  const char *at = key.data + sizeof head;
  memcpy(&head, key.data, sizeof head);
  kx_report report = {.seconds = (int64_t)head.minute * 60};
  report.service = take(&at, head.service);
  report.application = take(&at, head.application);
  report.user = take(&at, head.user);
  if (head.metric < 0)
    kx_increments_code(increments, &report, -head.metric, n);
  else
    kx_increments_metric(increments, &report, take(&at, head.metric), n);
}

void kx_uses_expand(const kx_uses *uses, kx_increments *increments) {
  size_t at = 0;
  for (size_t i = 0; i < n_uses(uses); i++) {
    const struct kx_use *use = use_at(uses, i);
    expand(key_of(uses, use, &at), use->n, increments);
  }
}

/* Takes back the first `n` uses, which have been added. */
static void take_back(const kx_uses *uses, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const struct kx_use *use = use_at(uses, i);
    use->count->n -= use->n;
  }
}

bool kx_tally_add(kx_tally *tally, const kx_uses *uses) {
  size_t before = tally->counts.n, at = 0;
  for (size_t i = 0; i < n_uses(uses); i++) {
    struct kx_use *use = use_at(uses, i);
    use->count = kx_count_map_add(&tally->counts, key_of(uses, use, &at), 0, use->n);
    if (use->count == NULL) {
      take_back(uses, i);
      kx_count_map_drop(&tally->counts, before);
      return false;
    }
  }
  return true;
}

size_t kx_tally_growth(const kx_uses *uses) {
  return 2 * uses->keys.len + n_uses(uses) * KX_COUNT_BYTES;
}

size_t kx_tally_bytes(const kx_tally *tally) {
  return kx_count_map_bytes(&tally->counts);
}

size_t kx_tally_expand(const kx_tally *tally, size_t first, size_t most,
                       kx_increments *increments) {
  for (; first < tally->counts.n && increments->counts.n < most; first++) {
    const kx_count *count = kx_count_map_at(&tally->counts, first);
    expand(kx_count_map_key(count), count->n, increments);
  }
  return first;
}
