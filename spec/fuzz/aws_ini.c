/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads any text as a configuration file of AWS. What is found lies within the text and is in
 * order. An error names a line that exists and repeats nothing of the text. */

#include <stdio.h>
#include <stdlib.h>

#include "aws/ini.h"

static void require(bool holds) {
  if (!holds)
    abort();
}

static void check_within(kx_slice text, kx_slice part) {
  require(part.data >= text.data && part.data + part.len <= text.data + text.len);
  require(part.len == 0 || memchr(part.data, '\n', part.len) == NULL);
}

static void check_setting(kx_slice text, const kx_aws_setting *setting) {
  check_within(text, setting->section);
  check_within(text, setting->name);
  check_within(text, setting->value);
  require(setting->section.len > 0);
}

static void check_refusal(const kx_error *error, int line) {
  char start[32];
  snprintf(start, sizeof start, "line %d ", line);
  require(error->code == KX_CONFIG && strncmp(error->text, start, strlen(start)) == 0);
  require(strlen(error->text) < 80);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  kx_slice text = {(const char *)data, len};
  kx_aws_setting setting;
  kx_error error = {0};
  kx_aws_ini ini;
  bool more = true;
  if (len == 0)
    return 0;
  kx_aws_ini_init(&ini, text);
  while (more) {
    const char *before = ini.at;
    if (kx_aws_ini_next(&ini, &setting, &more, &error) != KX_OK) {
      check_refusal(&error, ini.line);
      return 0;
    }
    require(!more || ini.at > before);
    if (more)
      check_setting(text, &setting);
  }
  return 0;
}
