/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Another OpenSSL, as far as somebody looks: linked into host.c it is the program's
 * own, preloaded it is a library. What it has and says is given with -D. */

#ifdef NUMBER
unsigned long OpenSSL_version_num(void);

unsigned long OpenSSL_version_num(void) {
  return NUMBER;
}
#endif

#ifdef NAME
const char *OpenSSL_version(int which);

/* 0 asks for the whole name, 6 for the number in it, which is what libcurl does. */
const char *OpenSSL_version(int which) {
  return which == 0 ? "OpenSSL " NAME : CURLS;
}
#endif

#ifdef TLS
void *SSL_CTX_new(const void *method);

void *SSL_CTX_new(const void *method) {
  (void)method;
  return (void *)0;
}
#endif
