/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/api.h"

#include "base/json.h"

#include <stdio.h>

#define MIB ((size_t)1 << 20)
#define KEY ((size_t)256) /* the longest partition key */

#define TROUBLE "the service has trouble: try again later"
#define TOO_LARGE "lower batch_bytes, or let the proxy or firewall in between take larger calls"

/* PutRecords counts partition keys, of at most 256 characters, in both of its
 * limits. PutRecordBatch has a limit of "4 MB for the entire request" and does
 * not say whether it counts before or after base64. */
static const kx_dialect dialects[] = {
  {"firehose",
   "firehose",
   "Firehose_20150804.PutRecordBatch",
   "Firehose_20150804.DescribeDeliveryStream",
   "DeliveryStreamName",
   "RequestResponses",
   "RecordId",
   false,
   {1024000, 4000000, 500, 0},
   1024000,
   4 * MIB},
  {"streams",
   "kinesis",
   "Kinesis_20131202.PutRecords",
   "Kinesis_20131202.DescribeStreamSummary",
   "StreamName",
   "Records",
   "SequenceNumber",
   true,
   {MIB - KEY, 5 * MIB - 500 * KEY, 500, 0},
   10 * MIB - KEY,
   10 * MIB - 500 * KEY},
};

/* What to do after each error code of the services. For a code that is not in this table its name
 * decides, then the HTTP status. */
static const struct rule {
  const char *code;
  kx_action action;
  bool throttled;
  kx_status status;
  const char *advice;
} rules[] = {
  {"ServiceUnavailableException", KX_RETRY, true, KX_AWS, "the stream is at its limit"},
  {"ServiceUnavailable", KX_RETRY, true, KX_AWS, "the service is at its limit"},
  {"ProvisionedThroughputExceededException", KX_RETRY, true, KX_AWS, "add shards to the stream"},
  {"KMSThrottlingException", KX_RETRY, true, KX_AWS, "raise the KMS request quota"},
  {"PriorRequestNotComplete", KX_RETRY, true, KX_AWS, "the service is at its limit"},
  {"TransactionInProgressException", KX_RETRY, true, KX_AWS, "the service is at its limit"},
  {"RequestTimeout", KX_RETRY, false, KX_AWS, TROUBLE},
  {"RequestTimeoutException", KX_RETRY, false, KX_AWS, TROUBLE},
  {"InternalFailure", KX_RETRY, false, KX_AWS, TROUBLE},
  {"InternalFailureException", KX_RETRY, false, KX_AWS, TROUBLE},
  {"InternalServerError", KX_RETRY, false, KX_AWS, TROUBLE},
  {"ExpiredTokenException", KX_REFRESH, false, KX_CREDENTIALS, "give a fresh session_token"},
  {"ExpiredToken", KX_REFRESH, false, KX_CREDENTIALS, "give a fresh session_token"},
  {"InvalidSignatureException", KX_CLOCK, false, KX_CREDENTIALS,
   "check secret_access_key and the region option"},
  {"SignatureDoesNotMatch", KX_CLOCK, false, KX_CREDENTIALS,
   "check secret_access_key and the region option"},
  {"RequestExpired", KX_CLOCK, false, KX_CREDENTIALS, "set this machine's clock"},
  {"RequestTimeTooSkewed", KX_CLOCK, false, KX_CREDENTIALS, "set this machine's clock"},
  {"UnrecognizedClientException", KX_STOP, false, KX_CREDENTIALS,
   "check access_key_id and session_token"},
  {"InvalidClientTokenId", KX_STOP, false, KX_CREDENTIALS, "check access_key_id and session_token"},
  {"MissingAuthenticationTokenException", KX_STOP, false, KX_CREDENTIALS,
   "check the credentials and the endpoint option"},
  {"IncompleteSignatureException", KX_STOP, false, KX_CREDENTIALS, "check the credentials"},
  {"IncompleteSignature", KX_STOP, false, KX_CREDENTIALS, "check the credentials"},
  {"OptInRequired", KX_STOP, false, KX_CREDENTIALS, "activate this AWS account for the service"},
  {"AccessDeniedException", KX_STOP, false, KX_AWS,
   "allow these credentials to put records into the stream"},
  {"ResourceNotFoundException", KX_STOP, false, KX_AWS,
   "check the stream, region and sink options"},
  {"RequestEntityTooLarge", KX_SPLIT, false, KX_AWS, TOO_LARGE},
  {"RequestEntityTooLargeException", KX_SPLIT, false, KX_AWS, TOO_LARGE},
};

/* Parts of the names that AWS's services give to requests to slow down. */
static const char *const throttling[] = {
  "Throttl", "TooManyRequests", "SlowDown", "LimitExceeded", NULL};

static const struct rule *listed(const char *code) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (strcmp(rules[i].code, code) == 0)
      return &rules[i];
  return NULL;
}

static bool speaks_of(const char *text, const char *const *words) {
  while (*words != NULL)
    if (strcasestr(text, *words++) != NULL)
      return true;
  return false;
}

static const struct rule *rule_for(const char *code) {
  static const struct rule slow_down = {"", KX_RETRY, true, KX_AWS, "raise the account's quota"};
  const struct rule *rule = listed(code);
  return rule == NULL && speaks_of(code, throttling) ? &slow_down : rule;
}

const kx_dialect *kx_api_dialect(const char *sink) {
  for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
    if (strcmp(dialects[i].sink, sink) == 0)
      return &dialects[i];
  return NULL;
}

static size_t lowest(size_t wanted, size_t otherwise, size_t most) {
  if (wanted == 0)
    return otherwise;
  return wanted < most ? wanted : most;
}

kx_limits kx_api_limits(const kx_dialect *dialect, kx_limits wanted) {
  const kx_limits *own = &dialect->limits;
  kx_limits limits = {
    .batch_bytes = lowest(wanted.batch_bytes, own->batch_bytes, dialect->most_batch_bytes),
    .batch_records = lowest(wanted.batch_records, own->batch_records, own->batch_records),
    .events_per_record = wanted.events_per_record,
  };
  limits.record_bytes = lowest(wanted.record_bytes, own->record_bytes, dialect->most_record_bytes);
  if (limits.record_bytes > limits.batch_bytes)
    limits.record_bytes = limits.batch_bytes;
  return limits;
}

static void begin_body(const kx_dialect *dialect, const char *stream, kx_buf *out) {
  kx_buf_printf(out, "{\"%s\":", dialect->stream);
  kx_json_quote(out, kx_str(stream));
}

kx_status kx_api_frame(const kx_dialect *dialect, const char *stream, const char *partition_key,
                       kx_frame *frame, kx_error *err) {
  kx_buf_clear(&frame->head);
  kx_buf_clear(&frame->key);
  begin_body(dialect, stream, &frame->head);
  kx_buf_puts(&frame->head, ",\"Records\":[");
  if (dialect->partition_keys && partition_key != NULL)
    kx_json_quote(&frame->key, kx_str(partition_key));
  frame->open = "{\"Data\":\"";
  frame->close = dialect->partition_keys ? "\",\"PartitionKey\":" : "\"";
  frame->end = "}";
  frame->random_keys = dialect->partition_keys;
  frame->tail = "]}";
  return kx_buf_ok(&frame->head) && kx_buf_ok(&frame->key) ? KX_OK : kx_fail_memory(err);
}

void kx_api_describe(const kx_dialect *dialect, const char *stream, kx_buf *out) {
  begin_body(dialect, stream, out);
  kx_buf_putc(out, '}');
}

static void keep_all(size_t n, kx_verdict *out) {
  out->refused = n;
  for (size_t i = 0; i < n; i++)
    out->keep[i] = true;
}

void kx_api_unanswered(size_t n, bool unknown, const char *why, kx_verdict *out) {
  memset(out, 0, sizeof *out);
  out->action = KX_RETRY;
  out->unknown = unknown;
  keep_all(n, out);
  kx_fail(&out->error, KX_HTTP, "%s: check the endpoint, region and proxy options", why);
}

static void unreadable(const char *what, size_t n, kx_verdict *out) {
  memset(out, 0, sizeof *out);
  out->action = KX_RETRY;
  out->unknown = true;
  keep_all(n, out);
  kx_fail(&out->error, KX_REPLY, "the endpoint's answer %s: check the endpoint option", what);
}

/* One item of the reply's list. */
struct result {
  bool stored;
  kx_buf code, message;
};

static bool take_string(kx_json *json, kx_buf *out) {
  if (kx_json_peek(json) != KX_JSON_STRING)
    return kx_json_skip(json);
  kx_buf_clear(out);
  return kx_json_string(json, out);
}

static bool read_result(const kx_dialect *dialect, kx_json *json, struct result *out) {
  kx_slice name;
  out->stored = false;
  kx_buf_clear(&out->code);
  kx_buf_clear(&out->message);
  kx_json_open(json, '{');
  while (kx_json_more(json, '}') && kx_json_key(json, &name)) {
    if (kx_slice_is(name, dialect->id) && kx_json_peek(json) == KX_JSON_STRING)
      out->stored = kx_json_string(json, NULL);
    else if (kx_slice_is(name, "ErrorCode"))
      take_string(json, &out->code);
    else if (kx_slice_is(name, "ErrorMessage"))
      take_string(json, &out->message);
    else
      kx_json_skip(json);
  }
  out->stored &= out->code.len == 0;
  return !json->failed;
}

static void note_refusal(size_t i, struct result *result, kx_verdict *out) {
  kx_buf_putc(&result->code, '\0');
  kx_buf_putc(&result->message, '\0');
  const char *code = kx_buf_ok(&result->code) ? result->code.data : "";
  const char *text = kx_buf_ok(&result->message) ? result->message.data : "";
  const struct rule *rule = rule_for(code);
  out->keep[i] = true;
  out->throttled |= rule != NULL && rule->throttled;
  if (out->refused++ == 0)
    kx_fail(&out->error, KX_AWS, "aws refused records: %.80s: %.150s%s%s", *code ? code : "no code",
            text, rule ? ": " : "", rule ? rule->advice : "");
}

static bool read_results(const kx_dialect *dialect, kx_json *json, size_t n, kx_verdict *out) {
  struct result result = {0};
  size_t i = 0;
  kx_json_open(json, '[');
  for (; kx_json_more(json, ']'); i++)
    if (read_result(dialect, json, &result) && i < n && !result.stored)
      note_refusal(i, &result, out);
  kx_buf_free(&result.code);
  kx_buf_free(&result.message);
  return i == n;
}

static void read_success(const kx_dialect *dialect, kx_slice body, size_t n, kx_verdict *out) {
  kx_json json;
  kx_slice name;
  bool whole = false;
  kx_json_init(&json, body);
  kx_json_open(&json, '{');
  while (kx_json_more(&json, '}') && kx_json_key(&json, &name)) {
    if (kx_slice_is(name, dialect->results))
      whole = read_results(dialect, &json, n, out);
    else
      kx_json_skip(&json);
  }
  if (!kx_json_done(&json))
    unreadable("is not JSON", n, out);
  else if (!whole)
    unreadable("does not have one result for each record", n, out);
  else {
    out->by_record = true;
    out->action = out->refused > 0 ? KX_RETRY : KX_ACCEPTED;
  }
}

static void copy_cut(char *out, size_t size, kx_slice text) {
  snprintf(out, size, "%.*s", (int)(text.len < size ? text.len : size - 1), text.data);
}

/* "com.amazonaws.firehose#Code" in a body, "Code:http://..." in a header. */
static void trim_code(char *code) {
  const char *hash = strrchr(code, '#');
  if (hash != NULL)
    memmove(code, hash + 1, strlen(hash));
  code[strcspn(code, ":")] = '\0';
}

static void read_error(kx_slice body, const char *error_type, char code[80], char message[200]) {
  kx_json json;
  kx_slice name;
  kx_buf text = {0};
  snprintf(code, 80, "%s", error_type);
  kx_json_init(&json, body);
  kx_json_open(&json, '{');
  while (kx_json_more(&json, '}') && kx_json_key(&json, &name)) {
    bool is_code = kx_slice_is(name, "__type");
    if (!is_code && !kx_slice_is(name, "message") && !kx_slice_is(name, "Message")) {
      kx_json_skip(&json);
    } else if (take_string(&json, &text) && text.len > 0) {
      copy_cut(is_code ? code : message, is_code ? 80 : 200, kx_buf_view(&text));
    }
  }
  kx_buf_free(&text);
  trim_code(code);
}

/* These codes stand for many mistakes; a call that is too large is one of them. The same words
 * report options that are too long: then the halves of a batch would be refused too. */
static bool means_size(const char *code, const char *message) {
  static const char *const size[] = {"size", "too large", "too big", "exceed", "length less", NULL};
  static const char *const option[] = {"streamName'", "partitionKey'", NULL};
  bool may = strcmp(code, "InvalidArgumentException") == 0 ||
             strcmp(code, "ValidationException") == 0;
  return may && speaks_of(message, size) && !speaks_of(message, option);
}

static struct rule rule_for_status(long status, const char *code, const char *message) {
  struct rule rule = {code, KX_STOP, false, KX_AWS, "see the service's API reference"};
  if (status == 413 || means_size(code, message)) {
    rule.action = KX_SPLIT;
    rule.advice = TOO_LARGE;
  } else if (status == 429 || status == 503 || status == 509) {
    rule.action = KX_RETRY;
    rule.throttled = true;
    rule.advice = "the service is at its limit";
  } else if (status >= 500 || status == 408) {
    rule.action = KX_RETRY;
    rule.advice = TROUBLE;
  } else if (code[0] == '\0') {
    rule.status = KX_HTTP;
    rule.advice = "this does not look like the service: check the endpoint option";
  }
  return rule;
}

/* The service's message is left out if it may quote the request: the explanation of a signature
 * repeats the signed headers, and so the session token. */
static void explain(const struct rule *rule, long status, const char *code, const char *message,
                    kx_verdict *out) {
  bool quotes = rule->action == KX_CLOCK || message[0] == '\0';
  kx_fail(&out->error, rule->status, "aws answered %ld%s%s%s%s: %s", status, *code ? " " : "", code,
          quotes ? "" : ": ", quotes ? "" : message, rule->advice);
}

void kx_api_read(const kx_dialect *dialect, long status, kx_slice body, const char *error_type,
                 size_t n, kx_verdict *out) {
  char code[80] = "", message[200] = "";
  const struct rule *known;
  struct rule rule;
  memset(out, 0, sizeof *out);
  if (status == 200) {
    read_success(dialect, body, n, out);
    return;
  }
  read_error(body, error_type, code, message);
  known = rule_for(code);
  rule = known != NULL ? *known : rule_for_status(status, code, message);
  out->action = rule.action;
  out->throttled = rule.throttled;
  out->unknown = status >= 500 && !rule.throttled;
  keep_all(n, out);
  explain(&rule, status, code, message, out);
}

void kx_api_judge(const kx_dialect *dialect, const kx_http_call *call, size_t n, kx_verdict *out) {
  if (call->end == KX_HTTP_ANSWERED)
    kx_api_read(dialect, call->status, kx_buf_view(&call->reply), call->error_type, n, out);
  else
    kx_api_unanswered(n, call->end == KX_HTTP_UNKNOWN, call->why, out);
  if (!call->tls_failed)
    return;
  out->action = KX_STOP;
  kx_fail(&out->error, KX_HTTP,
          "%s: check the endpoint option, or name the certificate authority in ca_file", call->why);
}

bool kx_api_may_split(const kx_dialect *dialect, size_t bytes) {
  return bytes >= dialect->limits.record_bytes / 4;
}

bool kx_api_may_reject(const kx_dialect *dialect, size_t bytes) {
  return bytes >= dialect->limits.record_bytes / 4 * 3;
}
