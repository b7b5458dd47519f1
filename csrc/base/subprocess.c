/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/subprocess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { READ = 4096, PAUSE_MS = 10, STANDARD = 3 };

/* The command does not inherit the host's signal mask and ignored signals. It has a process
 * group of its own, so that the processes that it starts can be killed with it. */
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

/* The command must not get the host's descriptors: nginx leaves its listening sockets and the
 * connections of its clients open across an exec. posix_spawn refuses numbers above the limit,
 * which a process can have from a time before the limit was lowered. */
static int close_others(posix_spawn_file_actions_t *files) {
  const long most = sysconf(_SC_OPEN_MAX);
  int bad = 0;
  DIR *open = opendir("/proc/self/fd");
  if (!open)
    return errno;
  for (struct dirent *one; !bad && (one = readdir(open)) != NULL;) {
    int fd = (int)strtol(one->d_name, NULL, 10);
    if (fd >= STANDARD && fd < most && fd != dirfd(open))
      bad = posix_spawn_file_actions_addclose(files, fd);
  }
  closedir(open);
  return bad;
}

static int set_files(posix_spawn_file_actions_t *files, int output) {
  int bad = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
  bad = bad ? bad : posix_spawn_file_actions_adddup2(files, output, 1);
  bad = bad ? bad : posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
  return bad ? bad : close_others(files);
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
    bad = set_files(&files, output);
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

/* The pipe gets descriptors above the standard ones, which a host may have closed: the command
 * has its own there, and here 0 means that there is none. */
static bool open_pipe(int ends[2]) {
  int low[2];
  if (pipe2(low, O_CLOEXEC) != 0)
    return false;
  ends[0] = fcntl(low[0], F_DUPFD_CLOEXEC, STANDARD);
  ends[1] = ends[0] < 0 ? -1 : fcntl(low[1], F_DUPFD_CLOEXEC, STANDARD);
  int saved = errno;
  close(low[0]);
  close(low[1]);
  if (ends[1] < 0 && ends[0] >= 0)
    close(ends[0]);
  errno = saved;
  return ends[1] >= 0;
}

static int start_command(kx_subprocess *process, const char *command) {
  int ends[2];
  if (!open_pipe(ends))
    return errno;
  process->fd = ends[0];
  fcntl(process->fd, F_SETFL, O_NONBLOCK);
  int bad = spawn(&process->pid, command, ends[1]);
  close(ends[1]);
  if (bad)
    process->pid = 0;
  return bad;
}

/* The output gets all its memory at the start: growing would leave copies behind. */
kx_status kx_subprocess_start(kx_subprocess *process, const char *command, int timeout_ms,
                              kx_error *err) {
  *process = (kx_subprocess){.owner = getpid(), .deadline_ms = kx_monotonic_ms() + timeout_ms};
  if (!kx_buf_reserve(&process->output, KX_SUBPROCESS_OUTPUT + READ))
    return kx_fail_memory(err);
  int bad = start_command(process, command);
  if (!bad)
    return KX_OK;
  kx_subprocess_end(process);
  return refused(bad, err);
}

static int code_of(int state) {
  return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

/* True when the command has ended. A host that reaps every child, as nginx does, leaves no exit
 * status: then only the output shows what happened. */
static bool reap(kx_subprocess *process, int flags) {
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

static void close_output(kx_subprocess *process) {
  if (process->fd > 0)
    close(process->fd);
  process->fd = 0;
}

/* Reads all that is there, until there is more than is allowed. */
static kx_status read_output(kx_subprocess *process, kx_error *err) {
  while (process->fd > 0 && process->output.len <= KX_SUBPROCESS_OUTPUT) {
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
  if (process->output.len > KX_SUBPROCESS_OUTPUT)
    return kx_fail(err, KX_REPLY, "it wrote more than %d bytes", KX_SUBPROCESS_OUTPUT);
  return KX_OK;
}

/* There is no event for the end of a process whose output is closed, so it is checked often. */
static void wait_some(const kx_subprocess *process, int timeout_ms) {
  struct pollfd one = {.fd = process->fd, .events = POLLIN};
  bool reads = process->fd > 0;
  if (timeout_ms > 0)
    poll(&one, reads ? 1 : 0, reads || timeout_ms < PAUSE_MS ? timeout_ms : PAUSE_MS);
}

kx_status kx_subprocess_step(kx_subprocess *process, int timeout_ms, bool *done, kx_error *err) {
  *done = false;
  wait_some(process, timeout_ms);
  kx_status status = read_output(process, err);
  if (status == KX_OK && process->fd == 0)
    *done = process->pid == 0 || reap(process, WNOHANG);
  if (status == KX_OK && !*done && kx_monotonic_ms() > process->deadline_ms)
    status = kx_fail(err, KX_TIMEOUT, "it took too long");
  if (status != KX_OK)
    kx_subprocess_end(process);
  return status;
}

/* The processes that the command started may outlive it. The number of their group cannot be
 * used again while the command is not reaped or one of them lives. A fork of this process does
 * not own the command. */
void kx_subprocess_end(kx_subprocess *process) {
  if (process->pid > 0 && process->owner == getpid()) {
    kill(-process->pid, SIGKILL);
    reap(process, 0);
  }
  close_output(process);
  kx_buf_wipe(&process->output);
}
