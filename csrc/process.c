/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { READ = 4096, PAUSE_MS = 10 };

/* The host's mask and ignored signals are not the command's; a group of its own lets
 * what it starts be ended with it. */
static int set_signals(posix_spawnattr_t *attributes) {
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGCHLD);
  int bad = posix_spawnattr_setsigmask(attributes, &none);
  bad |= posix_spawnattr_setsigdefault(attributes, &defaults);
  bad |= posix_spawnattr_setpgroup(attributes, 0);
  return bad | posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                      POSIX_SPAWN_SETPGROUP);
}

static int spawn(pid_t *pid, const char *command, int output) {
  char *const words[] = {"sh", "-c", (char *)command, NULL};
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int bad = posix_spawn_file_actions_init(&files);
  if (bad)
    return bad;
  bad = posix_spawnattr_init(&attributes);
  if (!bad) {
    bad = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    bad = bad ? bad : posix_spawn_file_actions_adddup2(&files, output, 1);
    bad = bad ? bad : posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    bad = bad ? bad : set_signals(&attributes);
    bad = bad ? bad : posix_spawn(pid, "/bin/sh", &files, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return bad;
}

static kx_status refused(int code, kx_error *err) {
  return kx_fail(err, KX_CONFIG, "cannot start a command: %s", strerror(code));
}

kx_status kx_process_start(kx_process *process, const char *command, int timeout_ms,
                           kx_error *err) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return refused(errno, err);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *process = (kx_process){.fd = ends[0], .deadline_ms = kx_monotonic_ms() + timeout_ms};
  int bad = spawn(&process->pid, command, ends[1]);
  close(ends[1]);
  if (!bad)
    return KX_OK;
  process->pid = 0;
  kx_process_end(process);
  return refused(bad, err);
}

static int code_of(int state) {
  return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

/* True when it has ended. A host that reaps every child, as nginx does, leaves no exit
 * status: its output has to tell then. */
static bool reap(kx_process *process, int flags) {
  int state = 0;
  pid_t pid;
  do {
    pid = waitpid(process->pid, &state, flags);
  } while (pid < 0 && errno == EINTR);
  if (pid == 0)
    return false;
  process->code = pid > 0 ? code_of(state) : 0;
  process->pid = 0;
  return true;
}

static void close_output(kx_process *process) {
  if (process->fd > 0)
    close(process->fd);
  process->fd = 0;
}

/* Reads all that is there, up to a byte more than is allowed. */
static kx_status take(kx_process *process, kx_error *err) {
  while (process->fd > 0 && process->output.len <= KX_PROCESS_OUTPUT) {
    char *to = kx_buf_reserve(&process->output, READ);
    if (!to)
      return kx_fail_memory(err);
    ssize_t n = read(process->fd, to, READ);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return KX_OK;
    if (n <= 0)
      close_output(process);
    else
      process->output.len += (size_t)n;
  }
  if (process->output.len > KX_PROCESS_OUTPUT)
    return kx_fail(err, KX_REPLY, "it wrote more than %d bytes", KX_PROCESS_OUTPUT);
  return KX_OK;
}

/* Nothing tells that a process whose output is closed has ended: it is looked at often. */
static void wait_some(const kx_process *process, int timeout_ms) {
  struct pollfd one = {.fd = process->fd, .events = POLLIN};
  bool reads = process->fd > 0;
  if (timeout_ms > 0)
    poll(&one, reads ? 1 : 0, reads || timeout_ms < PAUSE_MS ? timeout_ms : PAUSE_MS);
}

kx_status kx_process_step(kx_process *process, int timeout_ms, bool *done, kx_error *err) {
  *done = false;
  wait_some(process, timeout_ms);
  kx_status status = take(process, err);
  if (status == KX_OK && process->fd == 0)
    *done = process->pid == 0 || reap(process, WNOHANG);
  if (status == KX_OK && !*done && kx_monotonic_ms() > process->deadline_ms)
    status = kx_fail(err, KX_TIMEOUT, "it took too long");
  if (status != KX_OK)
    kx_process_end(process);
  return status;
}

void kx_process_end(kx_process *process) {
  if (process->pid > 0 && !reap(process, WNOHANG)) {
    kill(-process->pid, SIGKILL);
    reap(process, 0);
  }
  close_output(process);
  kx_buf_wipe(&process->output);
}
