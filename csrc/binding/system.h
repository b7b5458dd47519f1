/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What the command line and workers need from the system and Lua does not have: signals, clocks,
 * core dumps, terminals, random numbers, versions. */

#ifndef KX_BINDING_SYSTEM_H
#define KX_BINDING_SYSTEM_H

#include <lua.h>

/* versions() -> {libcurl=, hiredis=, openssl=, lua=} */
int kx_lua_versions(lua_State *L);

/* trap_signals() -> true. After it the first SIGINT or SIGTERM is only noted, a second one ends
 * the program, and SIGPIPE is ignored, so that writes fail. A signal that is ignored stays
 * ignored, except for SIGINT in the programs lua and luajit, which accept it before this call.
 * For programs, never for the host of a library. */
int kx_lua_trap_signals(lua_State *L);

/* interrupted() -> true after a trapped signal has arrived */
int kx_lua_interrupted(lua_State *L);

/* monotonic() -> seconds of a clock that only goes forward */
int kx_lua_monotonic(lua_State *L);

/* wall() -> seconds since the epoch, with a fraction */
int kx_lua_wall(lua_State *L);

/* no_core_dumps(): from now on the process, and the processes that it starts, leave no core dumps.
 * For programs. */
int kx_lua_no_core_dumps(lua_State *L);

/* number_text(n) -> the shortest text that reads back as the number, with a decimal point in every
 * locale */
int kx_lua_number_text(lua_State *L);

/* hold_standard_files(): opens those of the descriptors 0 to 2 that are closed. Otherwise a
 * connection could get one of these numbers, and with it the log. Reading and writing still fail.
 * For programs, before anything else is opened. */
int kx_lua_hold_standard_files(lua_State *L);

/* let_all_read(path) -> true, or nil and the reason. Afterwards everybody may read the file and its
 * owner may write it, with any umask. */
int kx_lua_let_all_read(lua_State *L);

/* replaceable(path) -> true when there is nothing or a regular file; false for a device, a pipe or
 * a directory */
int kx_lua_replaceable(lua_State *L);

/* isatty(fd) -> boolean */
int kx_lua_isatty(lua_State *L);

/* sleep(seconds) -> true; false at once when a trapped signal arrives */
int kx_lua_sleep(lua_State *L);

/* random() -> a number that is at least 0 and less than 1 */
int kx_lua_random(lua_State *L);

/* process_name() -> "host:pid:random", with another random part at each call */
int kx_lua_process_name(lua_State *L);

#endif
