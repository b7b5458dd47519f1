/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 20, MAX_REQUEST = 64 << 20, HEAD_BYTES = 512 };

struct conn {
  int fd;
  SSL *ssl;          /* NULL without TLS */
  char *in;          /* received and not yet served */
  size_t used, size; /* of `in` */
  size_t head, body; /* bytes of the request's header and body; head 0: not yet known */
  char out[HEAD_BYTES + SERVER_ANSWER];
  size_t out_len, out_sent;
  double due;         /* when `out` may leave */
  bool held;          /* `out` waits for `due` */
  bool gone;          /* the peer left; freed once nothing is held */
  struct conn *later; /* the next one due */
};

static int poller;
static SSL_CTX *tls;
static server_handler *handle;
static conn *due_first, *due_last;
static size_t held, most_held;
static void die(const char *what) {
  perror(what);
  exit(1);
}

void *need(void *memory) {
  if (!memory)
    die("memory");
  return memory;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void watch(conn *c, int how, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poller, how, c->fd, &event) != 0)
    die("epoll_ctl");
}

static void drop(conn *c) {
  close(c->fd);
  c->fd = -1;
  c->gone = true;
  if (c->held)
    return;
  SSL_free(c->ssl);
  free(c->in);
  free(c);
}

/* Like read and write: -1 with errno EAGAIN when it would block. */
static ssize_t tls_result(conn *c, int n) {
  int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, n);
  if (n > 0)
    return n;
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
  return -1;
}

static ssize_t receive(conn *c, char *into, size_t room) {
  if (!c->ssl)
    return recv(c->fd, into, room, 0);
  return tls_result(c, SSL_read(c->ssl, into, (int)room));
}

static ssize_t transmit(conn *c, const char *from, size_t len) {
  if (!c->ssl)
    return send(c->fd, from, len, MSG_NOSIGNAL);
  return tls_result(c, SSL_write(c->ssl, from, (int)len));
}

/* Sends what it can, and the rest when the socket is writable again. False when
 * the peer has closed the connection. */
static bool send_out(conn *c) {
  while (c->out_sent < c->out_len) {
    ssize_t n = transmit(c, c->out + c->out_sent, c->out_len - c->out_sent);
    if (n < 0 && errno == EAGAIN) {
      watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      return true;
    }
    if (n <= 0)
      return false;
    c->out_sent += (size_t)n;
  }
  c->out_len = c->out_sent = 0;
  return true;
}

static void hold(conn *c, double delay) {
  c->due = now() + delay;
  c->held = true;
  c->later = NULL;
  *(due_last ? &due_last->later : &due_first) = c;
  due_last = c;
  if (++held > most_held)
    most_held = held;
}

void server_answer(conn *c, const char *status, const char *body, size_t len, double delay) {
  char date[64];
  time_t t = time(NULL);
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&t));
  int head = snprintf(c->out, HEAD_BYTES,
                      "HTTP/1.1 %s\r\nx-amzn-RequestId: bench\r\nDate: %s\r\n"
                      "Content-Type: application/x-amz-json-1.1\r\nContent-Length: %zu\r\n\r\n",
                      status, date, len);
  memcpy(c->out + head, body, len);
  c->out_len = (size_t)head + len;
  if (delay > 0)
    hold(c, delay);
  else
    c->gone = !send_out(c);
}

size_t server_most_held(void) {
  size_t most = most_held;
  most_held = held;
  return most;
}

static void forget_request(conn *c) {
  size_t len = c->head + c->body;
  memmove(c->in, c->in + len, c->used - len);
  c->used -= len;
  c->head = c->body = 0;
}

static const char *header(const char *head, const char *name) {
  for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r';
       line = strstr(line + 2, "\r\n"))
    if (strncasecmp(line + 2, name, strlen(name)) == 0)
      return line + 2 + strlen(name);
  return NULL;
}

/* Reads the header once it is complete; false when the request makes no sense. */
static bool read_head(conn *c) {
  c->in[c->used] = '\0';
  const char *end = strstr(c->in, "\r\n\r\n");
  if (!end)
    return c->used < READ_BYTES;
  const char *length = header(c->in, "content-length:");
  c->head = (size_t)(end - c->in) + 4;
  c->body = length ? strtoull(length, NULL, 10) : 0;
  if (header(c->in, "transfer-encoding:") || c->body > MAX_REQUEST)
    return false;
  return !header(c->in, "expect:") || transmit(c, "HTTP/1.1 100 Continue\r\n\r\n", 25) == 25;
}

static bool complete(const conn *c) {
  return c->head > 0 && c->used >= c->head + c->body;
}

static bool advance(conn *c) {
  while (!c->held && c->out_len == 0 && c->used > 0) {
    if (c->head == 0 && !read_head(c))
      return false;
    if (!complete(c))
      return true;
    handle(c, &(request){c->in, c->in + c->head, c->body});
    forget_request(c);
    if (c->gone)
      return false;
  }
  return true;
}

static void make_room(conn *c) {
  size_t want = c->head + c->body > c->used ? c->head + c->body : c->used;
  if (c->size >= want + READ_BYTES)
    return;
  c->size = want + READ_BYTES + 1;
  c->in = need(realloc(c->in, c->size));
}

/* TLS holds back bytes that epoll does not see, so it is read until it has no
 * more; a plain socket takes turns with the others. */
static bool on_readable(conn *c) {
  ssize_t n;
  do {
    make_room(c);
    n = receive(c, c->in + c->used, c->size - c->used - 1);
    if (n == 0 || (n < 0 && errno != EAGAIN))
      return false;
    c->used += n > 0 ? (size_t)n : 0;
    if (!advance(c))
      return false;
  } while (n > 0 && c->ssl);
  return true;
}

static bool on_writable(conn *c) {
  if (!send_out(c))
    return false;
  if (c->out_len == 0)
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
  return advance(c);
}

static void release_due(void) {
  while (due_first && due_first->due <= now()) {
    conn *c = due_first;
    due_first = c->later;
    if (!due_first)
      due_last = NULL;
    c->held = false;
    held--;
    if (c->gone || !send_out(c) || !advance(c))
      drop(c);
  }
}

static void accept_one(int listener) {
  int on = 1;
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0)
    return;
  conn *c = need(calloc(1, sizeof *c));
  c->fd = fd;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls) {
    c->ssl = need(SSL_new(tls));
    SSL_set_fd(c->ssl, fd);
    SSL_set_accept_state(c->ssl);
  }
  watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

static int listen_anywhere(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 128) != 0 ||
      getsockname(fd, (struct sockaddr *)&at, &len) != 0)
    die("listen");
  printf("listening %d\n", ntohs(at.sin_port));
  fflush(stdout);
  return fd;
}

/* Rounded up, so that no answer leaves early and none makes the loop spin. */
static int pause_ms(void) {
  double left = due_first ? due_first->due - now() : 0;
  return !due_first ? -1 : left <= 0 ? 0 : (int)(left * 1000) + 1;
}

static void on_event(conn *c, uint32_t events) {
  bool alive = !(events & EPOLLOUT) || on_writable(c);
  if (alive && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
    alive = on_readable(c);
  if (!alive)
    drop(c);
}

bool server_use_tls(const char *cert, const char *key) {
  tls = need(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(tls, 1);
  SSL_CTX_set_default_read_buffer_len(tls, 1 << 18);
  return SSL_CTX_use_certificate_chain_file(tls, cert) == 1 &&
         SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1;
}

void server_run(server_handler *handler) {
  static conn listener, input = {.fd = STDIN_FILENO};
  struct epoll_event events[64];
  signal(SIGPIPE, SIG_IGN);
  handle = handler;
  poller = epoll_create1(EPOLL_CLOEXEC);
  listener.fd = listen_anywhere();
  watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
  watch(&input, EPOLL_CTL_ADD, EPOLLIN);
  for (;;) {
    int n = epoll_wait(poller, events, 64, pause_ms());
    for (int i = 0; i < n; i++) {
      conn *c = events[i].data.ptr;
      if (c == &input && read(c->fd, &(char){0}, 1) <= 0)
        return;
      if (c == &listener)
        accept_one(c->fd);
      else if (c != &input)
        on_event(c, events[i].events);
    }
    release_due();
  }
}
