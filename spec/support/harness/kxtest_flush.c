/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A flush as a C program runs it, without the binding. */

#include "kxtest.h"

#include "exporter/exporter.h"

static kx_status set_up(kx_settings *settings, const char *redis, const char *endpoint) {
  const struct {
    int which;
    const char *value;
  } texts[] = {
    {KX_SET_REDIS, redis},       {KX_SET_ANALYTICS_REDIS, redis},
    {KX_SET_QUEUE_REDIS, redis}, {KX_SET_SINK, "firehose"},
    {KX_SET_STREAM, "s"},        {KX_SET_REGION, "eu-west-1"},
    {KX_SET_ENDPOINT, endpoint}, {KX_SET_LOCK_RESOURCE, "r"},
    {KX_SET_QUEUE, "stats"},
  };
  kx_status status = KX_OK;
  for (size_t i = 0; i < sizeof texts / sizeof *texts && status == KX_OK; i++)
    status = kx_settings_set(settings, texts[i].which, texts[i].value, NULL);
  settings->number[KX_SET_REDIS_TIMEOUT_MS] = settings->number[KX_SET_CONNECT_TIMEOUT_MS] = 5000;
  settings->number[KX_SET_REQUEST_TIMEOUT_MS] = 5000;
  settings->number[KX_SET_LOCK_TTL_SECONDS] = 60;
  settings->number[KX_SET_CONCURRENCY] = settings->number[KX_SET_MAX_ATTEMPTS] = 1;
  return status;
}

static kx_status flush_all(kx_exporter *exporter) {
  kx_outcome outcome;
  bool done = false;
  kx_status status = kx_exporter_credentials(exporter, "AKIDEXAMPLE", "s", NULL, NULL);
  if (status == KX_OK)
    status = kx_exporter_flush(exporter, -1, &outcome, NULL);
  while (status == KX_OK && exporter->task != NULL && !done)
    status = kx_task_step(exporter->task, 100, &done, &outcome, NULL);
  return status;
}

/* flush_without_text(redis, endpoint): the code of a flush whose caller wants no error text */
static int flush_without_text(lua_State *L) {
  const char *redis = luaL_checkstring(L, 1), *endpoint = luaL_checkstring(L, 2);
  kx_exporter exporter = {0};
  kx_settings settings = {0};
  kx_status status = set_up(&settings, redis, endpoint);
  if (status == KX_OK)
    status = kx_exporter_open(&exporter, &settings, NULL);
  if (status == KX_OK)
    status = flush_all(&exporter);
  kx_exporter_close(&exporter);
  kx_settings_free(&settings);
  lua_pushstring(L, kx_status_name(status));
  return 1;
}

static const luaL_Reg functions[] = {
  {"flush_without_text", flush_without_text},
  {NULL, NULL},
};

void kxtest_flush(lua_State *L) {
  kxtest_add(L, functions);
}
