/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include "base/pin.h"

/* pin() -> true, or nil, message and code */
static int pin(lua_State *L) {
  kx_error err = {0};
  if (kx_pin(&err) != KX_OK)
    return kxtest_failed(L, &err);
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg functions[] = {
  {"pin", pin},
  {NULL, NULL},
};

void kxtest_load(lua_State *L) {
  kxtest_add(L, functions);
}
