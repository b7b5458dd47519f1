/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A shell command whose output is read without waiting. The setting credential_process of the
 * AWS files names one. The command has a time limit and may write KX_SUBPROCESS_OUTPUT bytes.
 * When it exceeds one of these, it is killed with all processes that it started. */

#ifndef KX_BASE_SUBPROCESS_H
#define KX_BASE_SUBPROCESS_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

enum { KX_SUBPROCESS_OUTPUT = 64 * 1024 };

/* A command. All-zero is a valid command that was never started. */
typedef struct kx_subprocess {
  pid_t pid;           /* 0 when there is no process to wait for */
  pid_t owner;         /* the process that started it */
  int fd;              /* its standard output; 0 when that is closed */
  int64_t deadline_ms; /* on the monotonic clock */
  int code;            /* its exit status; 128 + its signal; 0 if the host reaped it */
  kx_buf output;       /* what it has written */
} kx_subprocess;

/* Starts `sh -c command` with empty standard input and without the descriptors of this process.
 * Its standard error is dropped, because it may contain a secret. KX_CONFIG when the command
 * cannot be started. */
kx_status kx_subprocess_start(kx_subprocess *process, const char *command, int timeout_ms,
                              kx_error *err);

/* Waits up to `timeout_ms` for output and reads it. `done` is true when the command has ended
 * and `code` and `output` are complete. KX_TIMEOUT and KX_REPLY (too much output) end the
 * command. */
kx_status kx_subprocess_step(kx_subprocess *process, int timeout_ms, bool *done, kx_error *err);

/* Kills the command if it has not ended, and wipes its output. */
void kx_subprocess_end(kx_subprocess *process);

#endif
