/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A command of the shell whose output is read without waiting, as credential_process
 * of the AWS files asks for one. It has a time, may write KX_SUBPROCESS_OUTPUT bytes, and
 * is ended with all that it started when it takes more of either. */

#ifndef KX_BASE_SUBPROCESS_H
#define KX_BASE_SUBPROCESS_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

enum { KX_SUBPROCESS_OUTPUT = 64 * 1024 };

/* A command under way; all-zero is a valid one that was never started. */
typedef struct kx_subprocess {
  pid_t pid;           /* 0 when there is none to wait for */
  pid_t owner;         /* who started it */
  int fd;              /* its standard output while it is open, 0 after that */
  int64_t deadline_ms; /* on the monotonic clock */
  int code;            /* its exit status; 128 + its signal; 0 if somebody else reaped it */
  kx_buf output;       /* what it has written */
} kx_subprocess;

/* Starts `sh -c command` with nothing to read and none of this process's descriptors; what
 * it writes to its standard error, where it might tell a secret, is dropped. KX_CONFIG when
 * it cannot be started. */
kx_status kx_subprocess_start(kx_subprocess *process, const char *command, int timeout_ms,
                              kx_error *err);

/* Reads what there is, after waiting up to `timeout_ms` for some. `done` tells that the
 * command has ended and `code` and `output` are whole. KX_TIMEOUT and KX_REPLY (too much
 * output) end it. */
kx_status kx_subprocess_step(kx_subprocess *process, int timeout_ms, bool *done, kx_error *err);

/* Ends the command if it has not ended and wipes its output. */
void kx_subprocess_end(kx_subprocess *process);

#endif
