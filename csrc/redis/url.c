/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Every step returns NULL, or a phrase that says what is wrong. The phrases are constants. They
 * repeat no part of the URL, because any part may be a password in the wrong place. */

#include "redis/url.h"

#include <limits.h>
#include <strings.h>

#include "base/crypto.h"

enum { DEFAULT_PORT = 6379, SENTINEL_PORT = 26379, HIGHEST_PORT = 65535 };

static kx_slice from(kx_slice text, size_t start) {
  return (kx_slice){text.data + start, text.len - start};
}

static kx_slice upto(kx_slice text, size_t end) {
  return (kx_slice){text.data, end};
}

/* The place of the first byte that is in `set`, or the length. */
static size_t find(kx_slice text, const char *set) {
  size_t i = 0;
  while (i < text.len && !strchr(set, text.data[i]))
    i++;
  return i;
}

/* The place of the last `c`, or the length. */
static size_t find_last(kx_slice text, char c) {
  for (size_t i = text.len; i > 0; i--)
    if (text.data[i - 1] == c)
      return i - 1;
  return text.len;
}

static bool starts(kx_slice text, const char *with) {
  size_t len = strlen(with);
  return text.len >= len && strncasecmp(text.data, with, len) == 0;
}

static int hex_digit(char c) {
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  const char *found = memchr(digits, c, sizeof digits - 1);
  return found ? (int)((found - digits) & 15) : -1;
}

/* The byte of the escape at `at`, or -1. NUL is refused: it would cut the text short. */
static int escaped(kx_slice text, size_t at) {
  if (text.len - at < 3)
    return -1;
  int high = hex_digit(text.data[at + 1]), low = hex_digit(text.data[at + 2]);
  int value = high < 0 || low < 0 ? -1 : high << 4 | low;
  return value > 0 ? value : -1;
}

static const char *decode(kx_slice text, char *to, size_t room) {
  size_t n = 0;
  for (size_t i = 0; i < text.len; i++) {
    int c = (unsigned char)text.data[i];
    if (c == '%') {
      c = escaped(text, i);
      i += 2;
    }
    if (c < 0)
      return "a % does not begin a %XX escape (% itself is written %25)";
    if (n + 1 == room)
      return "a part of it is too long";
    to[n++] = (char)c;
  }
  to[n] = '\0';
  return NULL;
}

/* Decimal digits only, at least one. */
static bool number(kx_slice text, int highest, int *out) {
  long value = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
    value = value * 10 + (text.data[i] - '0');
    if (value > highest)
      return false;
  }
  *out = (int)value;
  return text.len > 0;
}

static const char *parse_user(kx_slice text, kx_redis_url *url) {
  size_t colon = find(text, ":");
  if (colon == text.len)
    return "a password is written :password@ or user:password@";
  const char *why = decode(upto(text, colon), url->user, sizeof url->user);
  if (!why)
    why = decode(from(text, colon + 1), url->password, sizeof url->password);
  if (!why && url->user[0] && !url->password[0])
    why = "the user has no password";
  return why;
}

static const char *parse_port(kx_slice text, kx_redis_place *at) {
  if (text.len == 0)
    return NULL;
  bool fine = text.data[0] == ':' && number(from(text, 1), HIGHEST_PORT, &at->port);
  return fine && at->port > 0 ? NULL : "the port is not a number from 1 to 65535";
}

static const char *parse_bracketed(kx_slice text, kx_redis_place *at) {
  size_t end = find(text, "]");
  if (end == text.len)
    return "the ] after the IPv6 address is missing";
  const char *why = decode(from(upto(text, end), 1), at->host, sizeof at->host);
  return why ? why : parse_port(from(text, end + 1), at);
}

static const char *parse_plain(kx_slice text, kx_redis_place *at) {
  size_t colon = find_last(text, ':');
  kx_slice host = upto(text, colon);
  if (find(host, ":") < host.len)
    return "an IPv6 address stands in brackets";
  const char *why = decode(host, at->host, sizeof at->host);
  return why ? why : parse_port(from(text, colon), at);
}

static const char *parse_host(kx_slice text, int port, kx_redis_place *at) {
  bool bracketed = text.len > 0 && text.data[0] == '[';
  at->port = port;
  const char *why = bracketed ? parse_bracketed(text, at) : parse_plain(text, at);
  if (!why && !at->host[0])
    why = "the host is missing";
  if (!why && strpbrk(at->host, " /@,"))
    why = "the host contains a character that hosts cannot have";
  return why;
}

static const char *parse_db(kx_slice text, kx_redis_url *url) {
  return number(text, INT_MAX, &url->db) ? NULL : "the database is not a number of 0 or more";
}

/* An "@" after the host means that a password ended too early. */
static const char *check_rest(kx_slice text) {
  if (find(text, "@") < text.len)
    return "in a user or password, / is written %2F, ? %3F and # %23";
  return find(text, "?#") < text.len ? "nothing may follow the database" : NULL;
}

/* Removes user and password from the front of the hosts. */
static const char *take_user(kx_slice *hosts, kx_redis_url *url) {
  size_t at = find_last(*hosts, '@');
  if (at == hosts->len)
    return NULL;
  const char *why = parse_user(upto(*hosts, at), url);
  *hosts = from(*hosts, at + 1);
  return why;
}

/* Nothing may follow the host, except "/" and a number. */
static const char *parse_tcp(kx_slice text, kx_redis_url *url) {
  size_t end = find(text, "/?#");
  kx_slice host = upto(text, end), rest = from(text, end);
  const char *why = check_rest(rest);
  if (!why && rest.len > 1)
    why = parse_db(from(rest, 1), url);
  if (!why)
    why = take_user(&host, url);
  return why ? why : parse_host(host, DEFAULT_PORT, &url->at);
}

static const char *parse_hosts(kx_slice text, kx_redis_url *url) {
  const char *why = NULL;
  for (bool more = true; more && !why;) {
    size_t comma = find(text, ",");
    if (url->n_sentinels == KX_REDIS_SENTINELS_MOST)
      return "more than 16 sentinels are given";
    why = parse_host(upto(text, comma), SENTINEL_PORT, &url->sentinels[url->n_sentinels++]);
    more = comma < text.len;
    text = from(text, comma + more);
  }
  return why;
}

/* After the hosts: "/", a name, and perhaps another "/" with a number. */
static const char *parse_name(kx_slice text, kx_redis_url *url) {
  size_t slash = find(text, "/");
  if (slash == 0)
    return "the name of the master is missing";
  const char *why = decode(upto(text, slash), url->master, sizeof url->master);
  if (why || slash + 1 >= text.len)
    return why;
  return parse_db(from(text, slash + 1), url);
}

static const char *parse_sentinel(kx_slice text, kx_redis_url *url) {
  size_t end = find(text, "/?#");
  kx_slice hosts = upto(text, end), rest = from(text, end);
  const char *why = check_rest(rest);
  url->at.port = DEFAULT_PORT;
  if (!why)
    why = parse_name(from(rest, rest.len > 0), url);
  if (!why)
    why = take_user(&hosts, url);
  return why ? why : parse_hosts(hosts, url);
}

static const char *parse_path(kx_slice text, kx_redis_url *url) {
  size_t end = find(text, "?");
  if (end >= sizeof url->path)
    return "the socket's path is longer than 107 bytes";
  memcpy(url->path, text.data, end);
  url->path[end] = '\0';
  if (end == text.len)
    return NULL;
  kx_slice option = from(text, end + 1);
  return starts(option, "db=") ? parse_db(from(option, 3), url) : "only db=N may follow the ?";
}

static const char *parse_unix(kx_slice text, kx_redis_url *url) {
  size_t slash = find(text, "/");
  if (slash == text.len)
    return "the socket's path is missing";
  url->at.port = DEFAULT_PORT;
  if (slash == 0)
    return parse_path(text, url);
  if (text.data[slash - 1] != '@')
    return "the socket's path does not begin with / (write three of them: unix:///path)";
  const char *why = parse_user(upto(text, slash - 1), url);
  return why ? why : parse_path(from(text, slash), url);
}

static bool has_control(kx_slice text) {
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
      return true;
  return false;
}

static const char *parse(kx_slice text, kx_redis_url *url) {
  static const struct {
    const char *begin;
    bool tls;
    const char *(*parse)(kx_slice text, kx_redis_url *url);
  } schemes[] = {
    {"redis://", false, parse_tcp},
    {"rediss://", true, parse_tcp},
    {"unix://", false, parse_unix},
    {"redis+sentinel://", false, parse_sentinel},
    {"rediss+sentinel://", true, parse_sentinel},
  };
  if (has_control(text))
    return "it contains a control character";
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    if (starts(text, schemes[i].begin)) {
      url->tls = schemes[i].tls;
      return schemes[i].parse(from(text, strlen(schemes[i].begin)), url);
    }
  }
  return "it does not begin with redis://, rediss://, unix:// or redis+sentinel://";
}

kx_status kx_redis_url_parse(kx_slice text, kx_redis_url *out, kx_error *err) {
  *out = (kx_redis_url){0};
  const char *why = parse(text, out);
  if (!why)
    return KX_OK;
  kx_wipe(out, sizeof *out);
  return kx_fail(err, KX_CONFIG,
                 "Redis URL: %s; it is written redis://[[user]:password@]host[:port][/db], "
                 "unix://[[user]:password@]/path/to/socket[?db=N] or "
                 "redis+sentinel://[[user]:password@]host[:port],.../name[/db], with rediss for "
                 "TLS",
                 why);
}
