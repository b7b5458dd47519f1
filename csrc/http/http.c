/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "http/http.h"

#include <poll.h>
#include <stdlib.h>

#include "base/sigpipe.h"
#include "http/libcurl.h"
#include "http/transfer.h"

struct kx_http {
  CURLM *multi;
  kx_http_target target;
  kx_http_transfer *idle;
  kx_http_call *ended;
  kx_http_call *ended_last;
  struct curl_waitfd *fds; /* scratch of kx_http_wait */
  size_t n_fds;
};

static kx_status multi_status(CURLMcode code, kx_error *err) {
  if (code == CURLM_OK)
    return KX_OK;
  if (code == CURLM_OUT_OF_MEMORY)
    return kx_fail_memory(err);
  return kx_fail(err, KX_HTTP, "http: %s", curl_multi_strerror(code));
}

static kx_status get_transfer(kx_http *http, kx_http_transfer **out, kx_error *err) {
  *out = http->idle;
  if (!http->idle)
    return kx_http_transfer_new(out, &http->target, err);
  http->idle = http->idle->next;
  return KX_OK;
}

static void give_back(kx_http *http, kx_http_transfer *transfer) {
  curl_multi_remove_handle(http->multi, transfer->easy);
  transfer->call->handle = NULL;
  kx_http_transfer_detach(transfer);
  transfer->next = http->idle;
  http->idle = transfer;
}

static void end_append(kx_http *http, kx_http_call *call) {
  call->next = NULL;
  if (http->ended) {
    http->ended_last->next = call;
  } else {
    http->ended = call;
  }
  http->ended_last = call;
}

static void end_remove(kx_http *http, kx_http_call *call) {
  kx_http_call *before = NULL;
  for (kx_http_call *c = http->ended; c; before = c, c = c->next) {
    if (c != call)
      continue;
    *(before ? &before->next : &http->ended) = c->next;
    if (http->ended_last == c)
      http->ended_last = before;
    return;
  }
}

static void collect(kx_http *http) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(http->multi, &left)) != NULL;) {
    kx_http_transfer *transfer = NULL;
    CURLcode code = m->data.result;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
    kx_http_call *call = transfer->call;
    kx_http_transfer_judge(transfer, &http->target, code);
    give_back(http, transfer);
    end_append(http, call);
  }
}

static kx_status make_multi(kx_http *http, size_t connections, kx_error *err) {
  long most = connections > 0 ? (long)connections : 1;
  http->multi = curl_multi_init();
  if (!http->multi)
    return kx_fail_memory(err);
  CURLMcode code = curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, most);
  if (code == CURLM_OK) {
    code = curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
  }
  return multi_status(code, err);
}

static kx_status make_room(kx_http *http, size_t n, kx_error *err) {
  if (n <= http->n_fds)
    return KX_OK;
  struct curl_waitfd *fds = realloc(http->fds, n * sizeof *fds);
  if (!fds)
    return kx_fail_memory(err);
  http->fds = fds;
  http->n_fds = n;
  return KX_OK;
}

static CURLMcode wait_any(kx_http *http, const kx_http_watch *watches, size_t n, int timeout_ms) {
  for (size_t i = 0; i < n; i++) {
    http->fds[i] = (struct curl_waitfd){.fd = watches[i].fd, .events = CURL_WAIT_POLLIN};
  }
  int ready;
  if (http->ended || timeout_ms < 0)
    timeout_ms = 0;
  return curl_multi_poll(http->multi, http->fds, (unsigned)n, timeout_ms, &ready);
}

/* libcurl wakes for a descriptor that hung up, but does not say which it was. */
static void find_readable(kx_http_watch *watches, size_t n) {
  for (size_t i = 0; i < n; i++) {
    struct pollfd one = {.fd = watches[i].fd, .events = POLLIN};
    watches[i].readable = poll(&one, 1, 0) > 0;
  }
}

kx_status kx_http_open(kx_http **out, const kx_http_config *config, kx_error *err) {
  *out = NULL;
  kx_status status = kx_libcurl_start(err);
  if (status != KX_OK)
    return status;
  kx_http *http = calloc(1, sizeof *http);
  if (!http)
    return kx_fail_memory(err);
  status = kx_http_target_copy(&http->target, config, err);
  if (status == KX_OK)
    status = make_multi(http, config->max_connections, err);
  if (status == KX_OK) {
    *out = http;
  } else {
    kx_http_close(http);
  }
  return status;
}

const char *kx_http_host(const kx_http *http) {
  return http->target.host;
}

const char *kx_http_path(const kx_http *http) {
  return http->target.path;
}

kx_status kx_http_start(kx_http *http, kx_http_call *call, kx_error *err) {
  kx_http_transfer *transfer;
  kx_status status = get_transfer(http, &transfer, err);
  if (status != KX_OK)
    return status;
  call->handle = transfer;
  status = kx_http_transfer_attach(transfer, call, err);
  if (status == KX_OK) {
    status = multi_status(curl_multi_add_handle(http->multi, transfer->easy), err);
  }
  if (status != KX_OK)
    give_back(http, transfer);
  return status;
}

/* OpenSSL's own socket writes raise SIGPIPE in libcurl before 7.87. */
kx_status kx_http_progress(kx_http *http, kx_error *err) {
  int running;
  kx_sigpipe pipe;
  kx_sigpipe_hold(&pipe);
  CURLMcode code = curl_multi_perform(http->multi, &running);
  collect(http);
  kx_sigpipe_release(&pipe);
  return multi_status(code, err);
}

kx_status kx_http_wait(kx_http *http, kx_http_watch *watches, size_t n, int timeout_ms,
                       kx_error *err) {
  kx_status status = make_room(http, n, err);
  if (status == KX_OK)
    status = multi_status(wait_any(http, watches, n, timeout_ms), err);
  if (status != KX_OK)
    return status;
  find_readable(watches, n);
  return kx_http_progress(http, err);
}

kx_http_call *kx_http_ended(kx_http *http) {
  kx_http_call *call = http->ended;
  if (call)
    http->ended = call->next;
  return call;
}

void kx_http_abort(kx_http *http, kx_http_call *call) {
  if (!call->handle) {
    end_remove(http, call);
    return;
  }
  kx_sigpipe pipe;
  kx_sigpipe_hold(&pipe);
  give_back(http, call->handle);
  kx_sigpipe_release(&pipe);
}

void kx_http_close(kx_http *http) {
  if (!http)
    return;
  kx_sigpipe pipe;
  kx_sigpipe_hold(&pipe);
  while (http->idle) {
    kx_http_transfer *next = http->idle->next;
    kx_http_transfer_free(http->idle);
    http->idle = next;
  }
  curl_multi_cleanup(http->multi);
  kx_sigpipe_release(&pipe);
  free(http->fds);
  kx_http_target_free(&http->target);
  free(http);
}
