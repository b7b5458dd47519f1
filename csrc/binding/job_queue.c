/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/job_queue.h"

#include "base/clock.h"
#include "binding/object.h"
#include "binding/values.h"
#include "control/failed_jobs.h"
#include "control/job_queue.h"

/* The queue has a connection of its own: a heartbeat must not wait for commands that a job has
 * sent on the other connections, and must not take their replies. */
static kx_status connection(struct kx_lua_object *object, kx_redis **out, kx_error *err) {
  const kx_redis_config config = kx_settings_redis(&object->exporter.settings, KX_SET_QUEUE_REDIS);
  kx_status status = KX_OK;
  if (object->queue == NULL)
    status = kx_redis_open(&object->queue, &config, err);
  else
    kx_keep_alive_refresh(object->queue);
  *out = object->queue;
  return status;
}

/* The queue of arguments 1 to 3. */
static kx_status get(lua_State *L, kx_job_queue *out, kx_error *err) {
  struct kx_lua_object *object = kx_lua_get(L);
  out->name = luaL_checkstring(L, 2);
  out->worker = luaL_checkstring(L, 3);
  return connection(object, &out->redis, err);
}

static kx_slice text_argument(lua_State *L, int i) {
  kx_slice text;
  text.data = luaL_checklstring(L, i, &text.len);
  return text;
}

static int64_t ttl_argument(lua_State *L) {
  return (int64_t)(luaL_checknumber(L, 4) * 1000);
}

static int64_t now(void) {
  return kx_wall_us() / 1000000;
}

/* Pushes a table: the text of the job, with its parts or the reason why it cannot be read. */
static int push_job(lua_State *L, kx_slice text) {
  kx_queued_job job;
  const char *fault = kx_job_queue_read_job(text, &job);
  lua_createtable(L, 0, 3);
  kx_lua_set_slice(L, "text", text);
  if (fault != NULL) {
    kx_lua_set_text(L, "fault", fault);
    return 1;
  }
  kx_lua_set_text(L, "end_time", job.end_time);
  kx_lua_set_text(L, "lock_key", job.lock_key);
  return 1;
}

/* Argument 5 is the position where the search begins, by default 0. The results are the job or
 * false, and the position where the next search begins. */
static int core_queue_take(lua_State *L) {
  int64_t ttl_ms = ttl_argument(L), at = (int64_t)luaL_optinteger(L, 5, 0);
  kx_error error = {0};
  kx_job_queue queue;
  bool got = false;
  kx_status status = get(L, &queue, &error);
  kx_buf *scratch = &kx_lua_get(L)->scratch;
  kx_buf_clear(scratch);
  if (status == KX_OK)
    status = kx_job_queue_take(&queue, ttl_ms, &at, scratch, &got, &error);
  if (status != KX_OK)
    return kx_lua_failed(L, &error);
  if (got)
    push_job(L, kx_buf_view(scratch));
  else
    lua_pushboolean(L, 0);
  lua_pushinteger(L, (lua_Integer)at);
  return 2;
}

static int core_queue_beat(lua_State *L) {
  int64_t ttl_ms = ttl_argument(L);
  kx_error error = {0};
  kx_job_queue queue;
  bool in_hand = false;
  kx_status status = get(L, &queue, &error);
  if (status == KX_OK)
    status = kx_job_queue_beat(&queue, ttl_ms, &in_hand, &error);
  return kx_lua_boolean(L, status, &error, in_hand);
}

static int core_queue_done(lua_State *L) {
  kx_slice job = text_argument(L, 4);
  kx_error error = {0};
  kx_job_queue queue;
  bool was = false;
  kx_status status = get(L, &queue, &error);
  if (status == KX_OK)
    status = kx_job_queue_done(&queue, job, &was, &error);
  return kx_lua_boolean(L, status, &error, was);
}

static int core_queue_give_back(lua_State *L) {
  kx_slice job = text_argument(L, 4);
  kx_error error = {0};
  kx_job_queue queue;
  bool was = false;
  kx_status status = get(L, &queue, &error);
  if (status == KX_OK)
    status = kx_job_queue_give_back(&queue, job, &was, &error);
  return kx_lua_boolean(L, status, &error, was);
}

/* Argument 5 is the error. The result is "queued", "failed", or false when this worker did not
 * have the job. */
static int core_queue_fail(lua_State *L) {
  kx_slice job = text_argument(L, 4), why = text_argument(L, 5);
  kx_error error = {0};
  kx_job_queue queue;
  kx_job_queue_fate fate = KX_NOT_IN_HAND;
  kx_status status = get(L, &queue, &error);
  if (status == KX_OK)
    status = kx_job_queue_fail(&queue, job, why, now(), &fate, &error);
  if (status != KX_OK || fate == KX_NOT_IN_HAND)
    return kx_lua_boolean(L, status, &error, false);
  lua_pushstring(L, fate == KX_QUEUED_AGAIN ? "queued" : "failed");
  return 1;
}

static int core_queue_bury(lua_State *L) {
  kx_slice job = text_argument(L, 4), why = text_argument(L, 5);
  kx_error error = {0};
  kx_job_queue queue;
  bool was = false;
  kx_status status = get(L, &queue, &error);
  if (status == KX_OK)
    status = kx_job_queue_bury(&queue, job, why, now(), &was, &error);
  return kx_lua_boolean(L, status, &error, was);
}

/* The results are how many jobs are queued again, and how many are failed jobs now. */
static int core_queue_recover(lua_State *L) {
  kx_error error = {0};
  kx_job_queue queue;
  int64_t queued = 0, failed = 0;
  kx_status status = get(L, &queue, &error);
  if (status == KX_OK)
    status = kx_job_queue_recover(&queue, now(), &queued, &failed, &error);
  if (status != KX_OK)
    return kx_lua_failed(L, &error);
  lua_pushinteger(L, (lua_Integer)queued);
  lua_pushinteger(L, (lua_Integer)failed);
  return 2;
}

static int core_queue_leave(lua_State *L) {
  kx_error error = {0};
  kx_job_queue queue;
  bool left = false;
  kx_status status = get(L, &queue, &error);
  if (status == KX_OK)
    status = kx_job_queue_leave(&queue, &left, &error);
  return kx_lua_boolean(L, status, &error, left);
}

/* Calls one of the functions whose result is a number. */
static int count(lua_State *L, kx_status (*call)(kx_redis *, const char *, int64_t *, kx_error *)) {
  struct kx_lua_object *object = kx_lua_get(L);
  const char *name = luaL_checkstring(L, 2);
  kx_error error = {0};
  kx_redis *redis = NULL;
  int64_t n = 0;
  kx_status status = connection(object, &redis, &error);
  if (status == KX_OK)
    status = call(redis, name, &n, &error);
  return kx_lua_integer(L, status, &error, n);
}

static int core_failed_size(lua_State *L) {
  return count(L, kx_failed_jobs_size);
}

static int core_failed_retry(lua_State *L) {
  return count(L, kx_failed_jobs_retry);
}

static int core_failed_delete_all(lua_State *L) {
  return count(L, kx_failed_jobs_delete_all);
}

static void push_failed(lua_State *L, const char *texts, const kx_failed_job *parts) {
  lua_createtable(L, 0, 4);
  kx_lua_set_slice(L, "error", (kx_slice){texts, parts->error});
  kx_lua_set_slice(L, "time", (kx_slice){texts + parts->error, parts->time});
  kx_lua_set_slice(L, "job", (kx_slice){texts + parts->error + parts->time, parts->job});
  kx_lua_set_integer(L, "attempts", parts->attempts);
}

static kx_status fetch_failed(struct kx_lua_object *object, const char *queue, int64_t i,
                              kx_failed_job *out, bool *got, kx_error *err) {
  kx_redis *redis = NULL;
  kx_status status = connection(object, &redis, err);
  kx_buf_clear(&object->scratch);
  return status == KX_OK ? kx_failed_jobs_get(redis, queue, i, &object->scratch, out, got, err)
                         : status;
}

static int core_failed_list(lua_State *L) {
  struct kx_lua_object *object = kx_lua_get(L);
  const char *queue = luaL_checkstring(L, 2);
  lua_Integer n = luaL_checkinteger(L, 3);
  kx_error error = {0};
  kx_failed_job parts;
  bool got = true;
  lua_newtable(L);
  for (lua_Integer i = 0; i < n && got; i++) {
    if (fetch_failed(object, queue, i, &parts, &got, &error) != KX_OK)
      return kx_lua_failed(L, &error);
    if (got) {
      push_failed(L, object->scratch.len ? object->scratch.data : "", &parts);
      lua_rawseti(L, -2, (int)i + 1);
    }
  }
  return 1;
}

const luaL_Reg kx_lua_job_queue_methods[] = {
  {"queue_take", core_queue_take},
  {"queue_beat", core_queue_beat},
  {"queue_done", core_queue_done},
  {"queue_give_back", core_queue_give_back},
  {"queue_fail", core_queue_fail},
  {"queue_bury", core_queue_bury},
  {"queue_recover", core_queue_recover},
  {"queue_leave", core_queue_leave},
  {"failed_size", core_failed_size},
  {"failed_list", core_failed_list},
  {"failed_retry", core_failed_retry},
  {"failed_delete_all", core_failed_delete_all},
  {NULL, NULL},
};
