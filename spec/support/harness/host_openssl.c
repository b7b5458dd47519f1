/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A stand-in for another OpenSSL. Linked into host.c it is the program's own copy; preloaded it is
 * a library. -D options say which functions it has and what they return. */

#ifdef NUMBER
unsigned long OpenSSL_version_num(void);

unsigned long OpenSSL_version_num(void) {
  return NUMBER;
}
#endif

#ifdef NAME
const char *OpenSSL_version(int which);

/* 0 asks for the whole name; 6 asks for the number in it, as libcurl does. */
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
