/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What command line and workers need from their host and Lua does not have:
 * signals, a clock, core dumps, terminals, chance, versions. */

#ifndef KX_BINDING_SYSTEM_H
#define KX_BINDING_SYSTEM_H

#include <lua.h>

/* versions() -> {libcurl=, hiredis=, openssl=, lua=} */
int kx_lua_versions(lua_State *L);

/* trap_signals() -> true; afterwards the first SIGINT and SIGTERM are only noted,
 * a second one ends the program, and SIGPIPE is ignored so that writes fail. What is
 * ignored already stays ignored (but the programs lua and luajit have let SIGINT in by
 * then, whatever their parent wanted). For programs, never for a library's host. */
int kx_lua_trap_signals(lua_State *L);

/* interrupted() -> true once a trapped signal has arrived */
int kx_lua_interrupted(lua_State *L);

/* monotonic() -> seconds of a clock that only goes forward */
int kx_lua_monotonic(lua_State *L);

/* wall() -> seconds since the epoch, with the part of a second */
int kx_lua_wall(lua_State *L);

/* no_core_dumps(): the process and what it starts leave none from now on. For programs. */
int kx_lua_no_core_dumps(lua_State *L);

/* number_text(n) -> the shortest text that reads back as the number, with a point in every
 * locale */
int kx_lua_number_text(lua_State *L);

/* hold_standard_files(): descriptors 0 to 2 that are closed are opened, so that no
 * connection is given such a number and gets the log. Reading and writing go on to fail. For
 * programs, before anything else is opened. */
int kx_lua_hold_standard_files(lua_State *L);

/* let_all_read(path) -> true, or nil and why not: everybody may read the file, and its owner
 * write it, whatever the umask */
int kx_lua_let_all_read(lua_State *L);

/* replaceable(path) -> true when nothing is there, or a regular file: no device, pipe or
 * directory */
int kx_lua_replaceable(lua_State *L);

/* isatty(fd) -> boolean */
int kx_lua_isatty(lua_State *L);

/* sleep(seconds) -> true, or false as soon as a trapped signal has arrived */
int kx_lua_sleep(lua_State *L);

/* random() -> a number from 0 to below 1 */
int kx_lua_random(lua_State *L);

/* process_name() -> "host:pid:random", another at every call */
int kx_lua_process_name(lua_State *L);

#endif
