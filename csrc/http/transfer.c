/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "http/transfer.h"

#include "http/header.h"
#include "http/libcurl.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define HAS(major, minor) (LIBCURL_VERSION_NUM >= ((major) << 16 | (minor) << 8))

enum {
  UPLOAD_BUFFER = 2048 * 1024, /* bodies are megabytes: few, large writes */
  REPLY_BUFFER = 64 * 1024     /* 500 results of a hundred bytes arrive in one read */
};

/* libcurl gets the body from a callback, so that it cannot send the body twice: if a kept
 * connection turns out to be dead, it would repeat the call at once, without counting it. Only
 * the caller repeats calls. */
static size_t give_body(char *to, size_t size, size_t n, void *user) {
  kx_slice *left = &((kx_http_transfer *)user)->left;
  size_t len = size * n < left->len ? size * n : left->len;
  if (len == 0)
    return 0;
  memcpy(to, left->data, len);
  *left = (kx_slice){left->data + len, left->len - len};
  return len;
}

static size_t take_body(char *data, size_t size, size_t n, void *user) {
  kx_http_call *call = ((kx_http_transfer *)user)->call;
  size_t len = size * n;
  call->reply_too_long = len > KX_HTTP_REPLY - call->reply.len;
  if (call->reply_too_long)
    return 0;
  kx_buf_append(&call->reply, data, len);
  return kx_buf_ok(&call->reply) ? len : 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static size_t take_header(char *data, size_t size, size_t n, void *user) {
  kx_slice line = {data, size * n};
  kx_http_header(((kx_http_transfer *)user)->call, line);
  return line.len;
}

/* Child processes of the host program must not keep these connections open. */
static curl_socket_t open_socket(void *user, curlsocktype use, struct curl_sockaddr *address) {
  (void)user, (void)use;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#if HAS(7, 80)
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static int note_began(void *user, char *to, char *from, int to_port, int from_port) {
  (void)to, (void)from, (void)to_port, (void)from_port;
  ((kx_http_transfer *)user)->began = true;
  return CURL_PREREQFUNC_OK;
}

static unsigned watch_begin(kx_http_transfer *t) {
  return curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, note_began) |
         curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
}

static bool began(const kx_http_transfer *t) {
  return t->began;
}
#else
static unsigned watch_begin(kx_http_transfer *t) {
  return t->began = false;
}

/* This counts a proxy's CONNECT too. An outcome is then called unknown too often, never too
 * rarely. */
static bool began(const kx_http_transfer *t) {
  long sent = 1;
  curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
  return sent > 0;
}
#endif

static unsigned set_method(kx_http_transfer *t, const char *method) {
  t->sends = !method || strcmp(method, "GET") != 0;
  if (!t->sends)
    return curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
  return curl_easy_setopt(t->easy, CURLOPT_POST, 1L) |
         curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method);
}

static unsigned set_protocol(CURL *easy, const kx_http_target *target) {
  unsigned bad = curl_easy_setopt(easy, CURLOPT_URL, target->url);
  bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  bad |= curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
#if HAS(7, 85)
  bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  return bad;
}

static unsigned set_network(CURL *easy, const kx_http_target *target) {
  unsigned bad = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  bad |= curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  bad |= curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, target->connect_timeout_ms);
  bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, target->request_timeout_ms);
  bad |= curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER);
  bad |= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)REPLY_BUFFER);
#if HAS(7, 87)
  bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* an abort waits for no resolver */
#endif
  return bad;
}

/* A configured proxy counts even if the environment's no_proxy names the endpoint. */
static unsigned set_proxy(CURL *easy, const kx_http_target *target) {
  if (!target->proxy)
    return 0;
  return curl_easy_setopt(easy, CURLOPT_PROXY, target->proxy) |
         curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
}

static unsigned set_tls(CURL *easy, const kx_http_target *target) {
  unsigned bad = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!target->ca_file)
    return bad;
  bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, target->ca_file);
  return bad | curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

/* A proxy that is reached over TLS is verified like the endpoint. */
static unsigned set_proxy_tls(CURL *easy, const kx_http_target *target) {
  unsigned bad = curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  bad |= curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  bad |= curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  if (!target->ca_file)
    return bad;
  bad |= curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, target->ca_file);
  return bad | curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
}

static unsigned set_callbacks(kx_http_transfer *t) {
  unsigned bad = curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
  bad |= curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
  bad |= curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
  bad |= curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
  bad |= curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_header);
  bad |= curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
  bad |= curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  bad |= curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, give_body);
  bad |= curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
  return bad | watch_begin(t);
}

/* Headers hold session tokens. */
static void wipe_headers(struct curl_slist *list) {
  for (struct curl_slist *l = list; l; l = l->next)
    explicit_bzero(l->data, strlen(l->data));
  curl_slist_free_all(list);
}

static bool add_header(struct curl_slist **list, const char *text) {
  struct curl_slist *longer = curl_slist_append(*list, text);
  if (longer)
    *list = longer;
  return longer != NULL;
}

/* Without the empty Expect, libcurl asks the server before it sends a large body. */
static struct curl_slist *copy_headers(const char *const *headers) {
  struct curl_slist *list = NULL;
  bool good = add_header(&list, "Expect:");
  for (; good && headers && *headers; headers++)
    good = add_header(&list, *headers);
  if (good)
    return list;
  wipe_headers(list);
  return NULL;
}

static void forget_answer(kx_http_call *call) {
  call->end = KX_HTTP_UNKNOWN;
  call->status = 0;
  call->why[0] = '\0';
  call->tls_failed = call->reply_too_long = false;
  kx_buf_clear(&call->reply);
  kx_http_header_forget(call);
}

/* libcurl quotes a proxy URL that it cannot read, with its password. */
static const char *detail(const kx_http_transfer *t, CURLcode code) {
  if (code == CURLE_SEND_FAIL_REWIND)
    return "the connection was closed";
  bool tells = strchr(t->error, '@') || strncmp(t->error, "Unsupported proxy", 17) == 0;
  return t->error[0] && !tells ? t->error : curl_easy_strerror(code);
}

static void printable(char *s) {
  for (; *s; s++) {
    if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
      *s = ' ';
  }
}

/* Only libcurl's text shows a proxy of the environment: it names another host. */
static bool direct(const kx_http_target *target, const kx_http_transfer *t) {
  char name[256];
  bool bracket = target->host[0] == '[';
  const char *host = target->host + bracket;
  snprintf(name, sizeof name, " %.*s ", (int)strcspn(host, bracket ? "]" : ":"), host);
  return !target->proxy && strstr(t->error, name);
}

static void say_refused(const kx_http_target *target, const kx_http_transfer *t, CURLcode code) {
  char *why = t->call->why;
  const size_t cap = sizeof t->call->why;
  const char *text = detail(t, code);
  long os = 0;
  curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os);
  if (code == CURLE_SSL_CONNECT_ERROR) {
    snprintf(why, cap, "could not connect to %s: no TLS of version 1.2 or later: %s", target->host,
             text);
  } else if (code != CURLE_COULDNT_CONNECT || os == 0) {
    snprintf(why, cap, "could not connect to %s: %s", target->host, text);
  } else if (direct(target, t)) {
    snprintf(why, cap, "could not connect to %s: %s", target->host, strerror((int)os));
  } else {
    snprintf(why, cap, "could not connect to %s through the proxy: %s: %s", target->host,
             strerror((int)os), text);
  }
}

static void say_lost(const kx_http_target *target, const kx_http_transfer *t, CURLcode code) {
  char *why = t->call->why;
  const size_t cap = sizeof t->call->why;
  if (t->call->reply_too_long) {
    snprintf(why, cap, "answer longer than %d bytes from %s", KX_HTTP_REPLY, target->host);
  } else if (!kx_buf_ok(&t->call->reply)) {
    snprintf(why, cap, "no memory for the answer of %s", target->host);
  } else {
    snprintf(why, cap, "no usable answer from %s: %s", target->host, detail(t, code));
  }
}

static kx_status option_refused(unsigned code, kx_error *err) {
  if (code == CURLE_OUT_OF_MEMORY)
    return kx_fail_memory(err);
  return kx_fail(err, KX_HTTP, "http: %s does not accept the settings", kx_libcurl_version());
}

/* Every option that fails counts: no call is made with half a configuration. */
static unsigned set_all(kx_http_transfer *t, const kx_http_target *target) {
  return set_method(t, target->method) | set_protocol(t->easy, target) |
         set_network(t->easy, target) | set_proxy(t->easy, target) | set_tls(t->easy, target) |
         set_proxy_tls(t->easy, target) | set_callbacks(t);
}

kx_status kx_http_transfer_new(kx_http_transfer **out, const kx_http_target *target,
                               kx_error *err) {
  kx_http_transfer *t = calloc(1, sizeof *t);
  *out = NULL;
  if (!t)
    return kx_fail_memory(err);
  t->easy = curl_easy_init();
  unsigned bad = t->easy ? set_all(t, target) : CURLE_OUT_OF_MEMORY;
  if (bad) {
    kx_http_transfer_free(t);
    return option_refused(bad, err);
  }
  *out = t;
  return KX_OK;
}

/* To libcurl, a body makes any request a POST. */
static unsigned set_body(kx_http_transfer *t, kx_slice body) {
  if (!t->sends)
    return 0;
  t->left = body;
  return curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
}

kx_status kx_http_transfer_attach(kx_http_transfer *t, kx_http_call *call, kx_error *err) {
  forget_answer(call);
  t->call = call;
  t->began = false;
  t->error[0] = '\0';
  call->header_list = copy_headers(call->headers);
  if (!call->header_list)
    return kx_fail_memory(err);
  unsigned bad = set_body(t, call->body);
  bad |= curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, call->header_list);
  return bad ? option_refused(bad, err) : KX_OK;
}

void kx_http_transfer_judge(const kx_http_transfer *t, const kx_http_target *target,
                            CURLcode code) {
  kx_http_call *call = t->call;
  call->tls_failed = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
  if (code == CURLE_OK) {
    call->end = KX_HTTP_ANSWERED;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &call->status);
  } else if (began(t)) {
    call->end = KX_HTTP_UNKNOWN;
    say_lost(target, t, code);
  } else {
    call->end = KX_HTTP_NOT_SENT;
    say_refused(target, t, code);
  }
  printable(call->why);
}

void kx_http_transfer_detach(kx_http_transfer *t) {
  curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
  t->left = (kx_slice){0};
  wipe_headers(t->call->header_list);
  t->call->header_list = NULL;
  t->call = NULL;
}

void kx_http_transfer_free(kx_http_transfer *t) {
  if (!t)
    return;
  curl_easy_cleanup(t->easy);
  free(t);
}
