/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "control/job_queue.h"

#include "base/json.h"
#include "base/time_text.h"
#include "control/failed_jobs.h"
#include "redis/keys.h"

#include <stdio.h>

#define CLASS "ThreeScale::Backend::Analytics::Kinesis::Job"

/* Bytes of the queue that one call looks at: Redis takes about 2 us for each KiB. */
#define LOOK_BYTES "262144"

enum { MOST_ARGUMENTS = 3 };

/* The names that each script uses. KEYS[1] is the list of the queue, ARGV[1] the worker:
 *
 *   <tag>workers          set: the workers
 *   <tag>alive:<worker>   string with a TTL: the worker is alive
 *   <tag>working:<worker> list: the job in its hands
 *   <tag>attempts         hash: job -> number of failed attempts; expires a day after the last
 *                         attempt at any job
 *   <tag>failed           list: failed jobs */
#define NAMES                                                      \
  "local queue, worker = KEYS[1], ARGV[1] "                        \
  "local prefix, name = queue:match('^(.-)(resque:queue:.*)$') "   \
  "local tag = prefix .. '{' .. name .. '}:' "                     \
  "local workers, attempts = tag .. 'workers', tag .. 'attempts' " \
  "local alive, working, failed = tag .. 'alive:', tag .. 'working:', tag .. 'failed' "

#define LIVE                                                           \
  "local function live(ttl) " KX_WHEN_FULL(                            \
    "workers") "  redis.call('SADD', workers, worker) "                \
               "  redis.call('SET', alive .. worker, '1', 'PX', ttl) " \
               "end "

/* Counts a failed attempt at a job; true when it was the last one. */
#define COUNT                                                      \
  "local function count(job, push, head) "                         \
  "  local n = redis.call('HINCRBY', attempts, job, 1) "           \
  "  redis.call('EXPIRE', attempts, 86400) "                       \
  "  if n < 3 then redis.call(push, queue, job) return false end " \
  "  redis.call('HDEL', attempts, job) "                           \
  "  redis.call('RPUSH', failed, head .. n .. '}\\n' .. job) "     \
  "  return true "                                                 \
  "end "

/* Takes the job, ARGV[2], from the hands of the worker; ends the script if it is not there. */
#define LET_GO "if redis.call('LREM', working .. worker, 1, ARGV[2]) == 0 then return 0 end "

static void write_job(kx_buf *out, const char *lock_key, int64_t now_us) {
  char end_time[KX_TIME_TEXT];
  int64_t seconds = now_us / 1000000;
  kx_time_text_write(end_time, seconds);
  kx_buf_puts(out, "{\"class\":\"" CLASS "\",\"args\":[");
  kx_json_quote(out, kx_str(end_time));
  kx_buf_putc(out, ',');
  kx_json_quote(out, kx_str(lock_key));
  kx_buf_printf(out, ",%lld.%06d]}", (long long)seconds, (int)(now_us % 1000000));
}

/* The name of the queue is announced first, so that a worker that watches all queues does not miss
 * the job. */
kx_status kx_job_queue_push_job(kx_redis *redis, const char *queue, const char *lock_key,
                                int64_t now_us, kx_error *err) {
  kx_buf job = {0}, key = {0};
  kx_status status;
  write_job(&job, lock_key, now_us);
  kx_buf_printf(&key, "resque:queue:%s", queue);
  if (!kx_buf_ok(&job) || !kx_buf_ok(&key)) {
    status = kx_fail_memory(err);
    goto done;
  }
  const kx_slice announce[] = {KX_LIT("SADD"), KX_LIT("resque:queues"), kx_str(queue)};
  const kx_slice push[] = {KX_LIT("RPUSH"), kx_buf_view(&key), kx_buf_view(&job)};
  status = kx_redis_call(redis, 3, announce, NULL, err);
  if (status == KX_OK)
    status = kx_redis_call(redis, 3, push, NULL, err);
done:
  kx_buf_free(&job);
  kx_buf_free(&key);
  return status;
}

/* Runs a script with the worker and `n` more arguments. */
static kx_status run(const kx_job_queue *queue, const char *script, size_t n,
                     const kx_slice *arguments, kx_reply **out, kx_error *err) {
  kx_buf key = {0};
  kx_slice argv[5 + MOST_ARGUMENTS] = {KX_LIT("EVAL"), kx_str(script), KX_LIT("1")};
  kx_buf_printf(&key, "resque:queue:%s", queue->name);
  argv[3] = kx_buf_view(&key);
  argv[4] = kx_str(queue->worker);
  for (size_t i = 0; i < n; i++)
    argv[5 + i] = arguments[i];
  kx_status status =
    kx_buf_ok(&key) ? kx_redis_call(queue->redis, 5 + n, argv, out, err) : kx_fail_memory(err);
  kx_buf_free(&key);
  return status;
}

static kx_status run_integer(const kx_job_queue *queue, const char *script, size_t n,
                             const kx_slice *arguments, int64_t *out, kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = run(queue, script, n, arguments, &reply, err);
  *out = kx_reply_integer(reply);
  kx_reply_free(reply);
  return status;
}

static kx_status run_boolean(const kx_job_queue *queue, const char *script, size_t n,
                             const kx_slice *arguments, bool *out, kx_error *err) {
  int64_t answer = 0;
  kx_status status = run_integer(queue, script, n, arguments, &answer, err);
  *out = answer > 0;
  return status;
}

/* Only a text that contains the name of the class is decoded. */
static const char take[] = NAMES LIVE
  "live(ARGV[2]) "
  "local job = redis.call('LINDEX', working .. worker, 0) "
  "if job then return {job, 0} end "
  "local at, bytes = tonumber(ARGV[4]), 0 "
  "for first = at, at + 990, 10 do"
  "  local texts = redis.call('LRANGE', queue, first, first + 9)"
  "  for _, text in ipairs(texts) do"
  "    bytes = bytes + #text"
  "    if text:find(ARGV[3], 1, true) then"
  "      local fine, value = pcall(cjson.decode, text)"
  "      if fine and type(value) == 'table' and value.class == ARGV[3] then"
  "        redis.call('LREM', queue, 1, text)"
  "        redis.call('RPUSH', working .. worker, text)"
  "        return {text, 0}"
  "      end"
  "    end"
  "  end"
  "  if #texts < 10 then return {false, 0} end"
  "  if bytes >= " LOOK_BYTES " then return {false, first + 10} end "
  "end "
  "return {false, at + 1000}";

kx_status kx_job_queue_take(const kx_job_queue *queue, int64_t ttl_ms, int64_t *at, kx_buf *job,
                            bool *got, kx_error *err) {
  char ttl[24], from[24];
  kx_reply *reply = NULL;
  snprintf(ttl, sizeof ttl, "%lld", (long long)ttl_ms);
  snprintf(from, sizeof from, "%lld", (long long)*at);
  const kx_slice arguments[] = {kx_str(ttl), KX_LIT(CLASS), kx_str(from)};
  kx_status status = run(queue, take, 3, arguments, &reply, err);
  const kx_reply *text = kx_reply_item(reply, 0);
  *got = status == KX_OK && !kx_reply_is_nil(text);
  *at = kx_reply_integer(kx_reply_item(reply, 1));
  if (*got)
    kx_buf_slice(job, kx_reply_text(text));
  kx_reply_free(reply);
  return status == KX_OK && !kx_buf_ok(job) ? kx_fail_memory(err) : status;
}

/* Keeps a text that fits and has no NUL; otherwise `out` is empty. */
static void keep_text(kx_buf *text, char *out, size_t size) {
  bool fits = kx_buf_ok(text) && text->len < size && memchr(text->data, 0, text->len) == NULL;
  out[0] = '\0';
  if (fits)
    snprintf(out, size, "%.*s", (int)text->len, text->data);
  kx_buf_free(text);
}

static bool take_text(kx_json *json, char *out, size_t size) {
  kx_buf text = {0};
  if (!kx_json_more(json, ']') || !kx_json_string(json, &text)) {
    kx_buf_free(&text);
    return false;
  }
  if (text.len > 0)
    keep_text(&text, out, size);
  return out[0] != '\0';
}

static bool take_arguments(kx_json *json, kx_queued_job *out) {
  *out = (kx_queued_job){{0}, {0}};
  return kx_json_open(json, '[') && take_text(json, out->end_time, sizeof out->end_time) &&
         take_text(json, out->lock_key, sizeof out->lock_key) && kx_json_more(json, ']') &&
         kx_json_peek(json) == KX_JSON_NUMBER && kx_json_skip(json) && !kx_json_more(json, ']') &&
         !json->failed;
}

const char *kx_job_queue_read_job(kx_slice job, kx_queued_job *out) {
  kx_json json;
  kx_slice key;
  bool found = false;
  kx_json_init(&json, job);
  if (!kx_json_open(&json, '{'))
    return "it is not a JSON object";
  while (!found && kx_json_more(&json, '}') && kx_json_key(&json, &key)) {
    found = kx_slice_is(key, "args");
    if (!found)
      kx_json_skip(&json);
  }
  if (!found || !take_arguments(&json, out))
    return "its args are not an end time, a lock key and a number";
  return NULL;
}

kx_status kx_job_queue_beat(const kx_job_queue *queue, int64_t ttl_ms, bool *in_hand,
                            kx_error *err) {
  char ttl[24];
  snprintf(ttl, sizeof ttl, "%lld", (long long)ttl_ms);
  const kx_slice arguments[] = {kx_str(ttl)};
  return run_boolean(queue, NAMES LIVE "live(ARGV[2]) return redis.call('LLEN', working .. worker)",
                     1, arguments, in_hand, err);
}

kx_status kx_job_queue_done(const kx_job_queue *queue, kx_slice job, bool *was, kx_error *err) {
  return run_boolean(queue, NAMES LET_GO "redis.call('HDEL', attempts, ARGV[2]) return 1", 1, &job,
                     was, err);
}

kx_status kx_job_queue_give_back(const kx_job_queue *queue, kx_slice job, bool *was,
                                 kx_error *err) {
  return run_boolean(queue, NAMES LET_GO "return redis.call('LPUSH', queue, ARGV[2])", 1, &job, was,
                     err);
}

/* Runs a script with the job and the head of a failed entry. */
static kx_status settle(const kx_job_queue *queue, const char *script, kx_slice job, kx_slice error,
                        int64_t seconds, int64_t *answer, kx_error *err) {
  kx_buf head = {0};
  kx_failed_jobs_write_head(&head, error, seconds);
  const kx_slice arguments[] = {job, kx_buf_view(&head)};
  kx_status status =
    kx_buf_ok(&head) ? run_integer(queue, script, 2, arguments, answer, err) : kx_fail_memory(err);
  kx_buf_free(&head);
  return status;
}

kx_status kx_job_queue_fail(const kx_job_queue *queue, kx_slice job, kx_slice error,
                            int64_t seconds, kx_job_queue_fate *fate, kx_error *err) {
  static const char script[] = NAMES COUNT LET_GO
    "return count(ARGV[2], 'RPUSH', ARGV[3]) and 2 or 1";
  int64_t answer = 0;
  kx_status status = settle(queue, script, job, error, seconds, &answer, err);
  *fate = answer == 2 ? KX_MOVED_TO_FAILED : answer == 1 ? KX_QUEUED_AGAIN : KX_NOT_IN_HAND;
  return status;
}

kx_status kx_job_queue_bury(const kx_job_queue *queue, kx_slice job, kx_slice error,
                            int64_t seconds, bool *was, kx_error *err) {
  static const char script[] = NAMES LET_GO
    "local n = redis.call('HGET', attempts, ARGV[2]) or '0' "
    "redis.call('HDEL', attempts, ARGV[2]) "
    "redis.call('RPUSH', failed, ARGV[3] .. n .. '}\\n' .. ARGV[2]) "
    "return 1";
  int64_t answer = 0;
  kx_status status = settle(queue, script, job, error, seconds, &answer, err);
  *was = answer == 1;
  return status;
}

static const char take_from_dead[] = NAMES COUNT
  "local queued, gone = 0, 0 "
  "for _, id in ipairs(redis.call('SMEMBERS', workers)) do"
  "  if id ~= worker and redis.call('EXISTS', alive .. id) == 0 then"
  "    local job = redis.call('RPOP', working .. id)"
  "    while job do"
  "      if count(job, 'LPUSH', ARGV[2]) then gone = gone + 1 else queued = queued + 1 end"
  "      job = redis.call('RPOP', working .. id)"
  "    end"
  "    redis.call('SREM', workers, id)"
  "  end "
  "end "
  "return {queued, gone}";

static kx_status recover(const kx_job_queue *queue, kx_slice head, int64_t *queued, int64_t *failed,
                         kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = run(queue, take_from_dead, 1, &head, &reply, err);
  *queued = kx_reply_integer(kx_reply_item(reply, 0));
  *failed = kx_reply_integer(kx_reply_item(reply, 1));
  kx_reply_free(reply);
  return status;
}

kx_status kx_job_queue_recover(const kx_job_queue *queue, int64_t seconds, int64_t *queued,
                               int64_t *failed, kx_error *err) {
  kx_buf head = {0};
  kx_failed_jobs_write_head(&head, kx_str("its worker died"), seconds);
  kx_status status = kx_buf_ok(&head) ? recover(queue, kx_buf_view(&head), queued, failed, err)
                                      : kx_fail_memory(err);
  kx_buf_free(&head);
  return status;
}

kx_status kx_job_queue_leave(const kx_job_queue *queue, bool *left, kx_error *err) {
  static const char script[] = NAMES
    "if redis.call('EXISTS', working .. worker) == 1 then return 0 end "
    "redis.call('SREM', workers, worker) "
    "redis.call('DEL', alive .. worker) "
    "return 1";
  return run_boolean(queue, script, 0, NULL, left, err);
}
