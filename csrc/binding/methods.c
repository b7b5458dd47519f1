/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/methods.h"

#include "binding/add_events.h"
#include "binding/buckets.h"
#include "binding/control.h"
#include "binding/credentials.h"
#include "binding/describe_stream.h"
#include "binding/history.h"
#include "binding/job_queue.h"
#include "binding/object.h"
#include "binding/rejected.h"
#include "binding/report.h"
#include "binding/request.h"
#include "binding/task.h"
#include "binding/values.h"

void kx_lua_methods_register(lua_State *L) {
  kx_lua_object_type(L);
  kx_lua_add_functions(L, kx_lua_control_methods);
  kx_lua_add_functions(L, kx_lua_add_events_methods);
  kx_lua_add_functions(L, kx_lua_task_methods);
  kx_lua_add_functions(L, kx_lua_credentials_methods);
  kx_lua_add_functions(L, kx_lua_rejected_methods);
  kx_lua_add_functions(L, kx_lua_buckets_methods);
  kx_lua_add_functions(L, kx_lua_report_methods);
  kx_lua_add_functions(L, kx_lua_job_queue_methods);
  kx_lua_add_functions(L, kx_lua_history_methods);
  kx_lua_add_functions(L, kx_lua_describe_stream_methods);
  kx_lua_add_functions(L, kx_lua_request_methods);
  lua_pop(L, 1);
}
