/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "queue.h"

#include "json.h"
#include "keys.h"

#include <stdio.h>
#include <time.h>

static void write_job(kx_buf *out, const char *lock_key, int64_t now_us) {
  char end_time[40];
  struct tm utc;
  time_t seconds = (time_t)(now_us / 1000000);
  gmtime_r(&seconds, &utc);
  strftime(end_time, sizeof end_time, "%Y-%m-%d %H:%M:%S UTC", &utc);
  kx_buf_puts(out, "{\"class\":\"ThreeScale::Backend::Analytics::Kinesis::Job\",\"args\":[");
  kx_json_quote(out, kx_str(end_time));
  kx_buf_putc(out, ',');
  kx_json_quote(out, kx_str(lock_key));
  kx_buf_printf(out, ",%lld.%06d]}", (long long)seconds, (int)(now_us % 1000000));
}

/* The queue's name is announced first: a worker that watches all queues must
 * not miss a job that is there. */
kx_status kx_queue_push_job(kx_redis *redis, const char *queue, const char *lock_key,
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
