/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include "aws/signer.h"

enum { MANY = KX_SIGV4_HEADERS + 1 };

/* A request table {method=, path=, query=, headers={{name, value}, ...},
 * payload_hash=}; the table still owns its strings. */
static void check_request(lua_State *L, int arg, kx_sigv4_header *headers,
                          kx_sigv4_request *request) {
  request->method = kxtest_field(L, arg, "method");
  request->path = kxtest_field(L, arg, "path");
  request->query = kxtest_field(L, arg, "query");
  request->payload_hash = kxtest_field(L, arg, "payload_hash");
  request->headers = headers;
  lua_getfield(L, arg, "headers");
  for (size_t i = 0; i < MANY; i++) {
    lua_rawgeti(L, -1, (int)i + 1);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      break;
    }
    lua_rawgeti(L, -1, 1);
    headers[i].name = kxtest_slice(L, -1);
    lua_rawgeti(L, -2, 2);
    headers[i].value = kxtest_slice(L, -1);
    lua_pop(L, 3);
    request->n_headers = i + 1;
  }
  lua_pop(L, 1);
}

static kx_sigv4_signer check_signer(lua_State *L, int arg) {
  return (kx_sigv4_signer){
    .access_key_id = kxtest_field(L, arg, "access_key_id"),
    .secret_access_key = kxtest_field(L, arg, "secret_access_key"),
    .region = kxtest_field(L, arg, "region"),
    .service = kxtest_field(L, arg, "service"),
  };
}

static int answer(lua_State *L, kx_status status, kx_buf *out, const kx_error *err) {
  if (!status) {
    kxtest_push_buf(L, out);
    return 1;
  }
  kx_buf_free(out);
  return kxtest_failed(L, err);
}

/* sigv4_time(seconds) */
static int sigv4_time(lua_State *L) {
  char text[KX_SIGV4_TIME];
  kx_sigv4_time((int64_t)luaL_checknumber(L, 1), text);
  lua_pushstring(L, text);
  return 1;
}

/* sigv4_canonical(request) */
static int sigv4_canonical(lua_State *L) {
  kx_sigv4_header headers[MANY];
  kx_sigv4_request request = {0};
  kx_buf out = {0};
  kx_error err = {0};
  check_request(L, 1, headers, &request);
  return answer(L, kx_sigv4_canonical(&request, &out, &err), &out, &err);
}

/* sigv4_string_to_sign(signer, canonical, time) */
static int sigv4_string_to_sign(lua_State *L) {
  kx_sigv4_signer signer = check_signer(L, 1);
  kx_slice canonical = kxtest_slice(L, 2);
  const char *time = luaL_checkstring(L, 3);
  kx_buf out = {0};
  kx_error err = {0};
  return answer(L, kx_sigv4_string_to_sign(&signer, canonical, time, &out, &err), &out, &err);
}

/* sigv4_authorization(signer, request, time) */
static int sigv4_authorization(lua_State *L) {
  kx_sigv4_header headers[MANY];
  kx_sigv4_request request = {0};
  kx_sigv4_signer signer = check_signer(L, 1);
  const char *time = luaL_checkstring(L, 3);
  kx_buf out = {0};
  kx_error err = {0};
  check_request(L, 2, headers, &request);
  return answer(L, kx_sigv4_authorization(&signer, &request, time, &out, &err), &out, &err);
}

static int forgotten(const kx_sigv4_signer *signer) {
  static const unsigned char zero[KX_SHA256_BYTES];
  return signer->day[0] == '\0' && memcmp(signer->key, zero, sizeof zero) == 0;
}

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

/* sigv4_signatures(signer, string_to_sign, time, ...) -> the results of one signer for the times, a
 * list of {signature=, day=} or {error=, day=}; true when forgetting leaves nothing */
static int sigv4_signatures(lua_State *L) {
  kx_sigv4_signer signer = check_signer(L, 1);
  kx_slice text = kxtest_slice(L, 2);
  int last = lua_gettop(L);
  lua_newtable(L);
  for (int i = 3; i <= last; i++) {
    char signature[KX_SHA256_HEX + 1];
    kx_error err = {0};
    lua_newtable(L);
    bool failed = kx_sigv4_signature(&signer, text, luaL_checkstring(L, i), signature, &err);
    set_string(L, failed ? "error" : "signature", failed ? err.text : signature);
    set_string(L, "day", signer.day);
    lua_rawseti(L, -2, i - 2);
  }
  kx_sigv4_forget(&signer);
  lua_pushboolean(L, forgotten(&signer));
  return 2;
}

/* sigv4_cached(signer, other, string_to_sign, time) -> the signature of `signer`; the signature
 * of its cached key after it became `other` and did not forget the key */
static int sigv4_cached(lua_State *L) {
  kx_sigv4_signer signer = check_signer(L, 1);
  kx_slice text = kxtest_slice(L, 3);
  const char *time = luaL_checkstring(L, 4);
  char first[KX_SHA256_HEX + 1] = "", second[KX_SHA256_HEX + 1] = "";
  kx_sigv4_signature(&signer, text, time, first, NULL);
  signer.secret_access_key = kxtest_field(L, 2, "secret_access_key");
  kx_sigv4_signature(&signer, text, time, second, NULL);
  lua_pushstring(L, first);
  lua_pushstring(L, second);
  return 2;
}

/* signer_headers(token) -> the number of headers of a call with that session token. They are
 * wiped. */
static int signer_headers(lua_State *L) {
  const kx_signer_call call = {
    .host = "h.example",
    .path = "/",
    .content_type = "application/x-amz-json-1.1",
    .target = "Firehose_20150804.PutRecordBatch",
    .hash = "hash",
    .others = (const char *const[]){"User-Agent: a", NULL},
  };
  kx_signer signer = {.region = "eu-west-1", .service = "firehose"};
  const char *token = luaL_checkstring(L, 1);
  kx_signed headers = {0};
  int n = 0;
  bool good = kx_signer_credentials(&signer, "AKIDEXAMPLE", "key", token, NULL) == KX_OK &&
              kx_signer_sign(&signer, &call, &headers, NULL) == KX_OK;
  while (good && headers.list[n])
    n++;
  kx_buf_wipe(&headers.text);
  kx_signer_close(&signer);
  lua_pushinteger(L, n);
  return 1;
}

static const luaL_Reg functions[] = {
  {"sigv4_time", sigv4_time},
  {"sigv4_canonical", sigv4_canonical},
  {"sigv4_string_to_sign", sigv4_string_to_sign},
  {"sigv4_authorization", sigv4_authorization},
  {"sigv4_signatures", sigv4_signatures},
  {"sigv4_cached", sigv4_cached},
  {"signer_headers", signer_headers},
  {NULL, NULL},
};

void kxtest_sigv4(lua_State *L) {
  kxtest_add(L, functions);
}
