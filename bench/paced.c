/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Sends RATE requests a second over kept-alive connections, even when the server is
 * slower, and measures each from the moment when it was due: the time of a request
 * that waits because the server stands still includes the wait.
 *
 *   paced PORT PATH RATE CONNECTIONS
 *
 * begins at once. SIGUSR1: forgets the times measured so far. SIGTERM: sends nothing
 * more, waits for the requests in flight, prints the results as JSON and ends. An answer
 * ends with an empty chunk. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* A histogram with STEPS steps for each doubling: a time is known to 1/STEPS of it. */
enum { STEP_BITS = 6, STEPS = 1 << STEP_BITS, BUCKETS = STEPS * 40, ANSWER = 4096, MOST = 1024 };
enum { PATIENCE_MS = 5000, EVENTS = 64 };

typedef struct conn {
  int fd;
  bool busy;
  int64_t due; /* of the request under way */
  char in[ANSWER];
  size_t used;
} conn;

static struct sockaddr_in server = {.sin_family = AF_INET};
static char request[512];
static size_t request_len;
static int poller, timer, signals;
static conn conns[MOST], *idle[MOST];
static int n_conns, n_idle;

static int64_t start, interval, since;
static uint64_t due, sent, answered, failed;
static bool ending;
static uint64_t histogram[BUCKETS], measured;
static int64_t longest;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void forget(void) {
  memset(histogram, 0, sizeof histogram);
  measured = 0;
  longest = 0;
  since = now();
}

static size_t bucket_of(int64_t ns) {
  int high = 63 - __builtin_clzll((uint64_t)ns | STEPS);
  size_t doubling = (size_t)(high - STEP_BITS);
  size_t bucket = (doubling << STEP_BITS) + ((uint64_t)ns >> doubling);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* The middle of a bucket, in nanoseconds. */
static double middle_of(size_t bucket) {
  size_t doubling = bucket < 2 * STEPS ? 0 : (bucket >> STEP_BITS) - 1;
  return ((double)(bucket - (doubling << STEP_BITS)) + 0.5) * (double)(1ull << doubling);
}

static void measure(int64_t from) {
  int64_t ns = now() - from;
  if (from < since)
    return;
  histogram[bucket_of(ns)]++;
  measured++;
  if (ns > longest)
    longest = ns;
}

static double quantile_us(double q) {
  uint64_t seen = 0, wanted = (uint64_t)(q * (double)measured);
  for (size_t i = 0; i < BUCKETS; i++)
    if ((seen += histogram[i]) > wanted)
      return middle_of(i) / 1000;
  return (double)longest / 1000;
}

static void watch(int fd, void *what) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
    die("epoll_ctl");
}

static void connect_to_server(conn *c) {
  int on = 1;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof server) != 0)
    die("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(c->fd, c);
}

/* The request under way, if any, has failed; the next one finds a new connection. */
static void replace(conn *c) {
  close(c->fd);
  failed += c->busy;
  connect_to_server(c);
}

static void release(conn *c) {
  c->busy = false;
  c->used = 0;
  idle[n_idle++] = c;
}

static void send_next(void) {
  conn *c = idle[--n_idle];
  c->busy = true;
  c->due = start + (int64_t)sent++ * interval;
  if (send(c->fd, request, request_len, MSG_NOSIGNAL) == (ssize_t)request_len)
    return;
  replace(c);
  release(c);
}

static void send_due(void) {
  while (sent < due && n_idle > 0)
    send_next();
}

/* 1: whole and fine, 0: not whole yet, -1: something else than what was asked for. */
static int judge(const conn *c) {
  static const char fine[] = "HTTP/1.1 200 ", end[] = "\r\n0\r\n\r\n";
  size_t head = sizeof fine - 1, tail = sizeof end - 1;
  if (c->used < head + tail)
    return 0;
  if (memcmp(c->in, fine, head) != 0 || c->used == ANSWER)
    return -1;
  return memcmp(c->in + c->used - tail, end, tail) == 0;
}

static void receive(conn *c) {
  bool was_busy = c->busy;
  ssize_t n = recv(c->fd, c->in + c->used, ANSWER - c->used, 0);
  int verdict = -1;
  if (n > 0) {
    c->used += (size_t)n;
    verdict = judge(c);
  }
  if (verdict == 0)
    return;
  if (verdict > 0) {
    measure(c->due);
    answered++;
  } else {
    replace(c);
  }
  if (was_busy)
    release(c);
}

static void tick(void) {
  uint64_t times;
  if (read(timer, &times, sizeof times) == sizeof times)
    due += times;
}

static void end(void) {
  ending = true;
  timerfd_settime(timer, 0, &(struct itimerspec){0}, NULL);
}

static void obey(void) {
  struct signalfd_siginfo info;
  if (read(signals, &info, sizeof info) != sizeof info)
    return;
  if (info.ssi_signo == SIGUSR1)
    forget();
  else
    end();
}

static void open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signals < 0)
    die("signalfd");
  watch(signals, &signals);
}

static void open_timer(void) {
  struct itimerspec when = {{interval / 1000000000, interval % 1000000000}, {0, 0}};
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  start = now() + interval;
  when.it_value = (struct timespec){start / 1000000000, start % 1000000000};
  if (timer < 0 || timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
    die("timerfd");
  watch(timer, &timer);
}

static void serve(void *what) {
  if (what == &timer)
    tick();
  else if (what == &signals)
    obey();
  else
    receive(what);
}

static void run(void) {
  struct epoll_event events[EVENTS];
  while (!ending || answered + failed < due) {
    int n = epoll_wait(poller, events, EVENTS, ending ? PATIENCE_MS : -1);
    if (n == 0)
      break;
    for (int i = 0; i < n; i++)
      serve(events[i].data.ptr);
    send_due();
  }
}

static void print(void) {
  printf("{\"answered\":%llu,\"errors\":%llu,\"measured\":%llu,\"p50_us\":%.1f,"
         "\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}\n",
         (unsigned long long)answered, (unsigned long long)(due - answered),
         (unsigned long long)measured, quantile_us(0.5), quantile_us(0.99), quantile_us(0.999),
         (double)longest / 1000);
}

int main(int argc, char **argv) {
  if (argc != 5 || (n_conns = atoi(argv[4])) < 1 || n_conns > MOST || atof(argv[3]) <= 0) {
    fprintf(stderr, "usage: paced PORT PATH RATE CONNECTIONS\n");
    return 2;
  }
  server.sin_port = htons((uint16_t)atoi(argv[1]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  request_len =
    (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", argv[2]);
  interval = (int64_t)(1e9 / atof(argv[3]));
  poller = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < n_conns; i++) {
    connect_to_server(&conns[i]);
    release(&conns[i]);
  }
  open_signals();
  open_timer();
  run();
  print();
  return 0;
}
