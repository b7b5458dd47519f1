/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/pin.h"

#include <dlfcn.h>

/* The linker flag -z nodelete would do the same from the start, but the builtin build of
 * LuaRocks takes no flags for the linker. */
kx_status kx_pin(kx_error *err) {
  static const char here;
  Dl_info module;
  void *handle = NULL;
  if (dladdr(&here, &module))
    handle = dlopen(module.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  if (!handle)
    return kx_fail(err, KX_CONFIG,
                   "the module cannot be kept in memory, and would be unloaded "
                   "while its thread runs");
  dlclose(handle);
  return KX_OK;
}
