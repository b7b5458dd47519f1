/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "aws/ini.h"

static bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static kx_slice trim(const char *from, const char *to) {
  while (from < to && blank(*from))
    from++;
  while (to > from && blank(to[-1]))
    to--;
  return (kx_slice){from, (size_t)(to - from)};
}

void kx_aws_ini_init(kx_aws_ini *ini, kx_slice text) {
  *ini = (kx_aws_ini){
    .at = text.data,
    .end = text.data + text.len,
    .indent = SIZE_MAX,
  };
}

/* The next line that is neither empty nor a comment, and its indent. */
static bool next_line(kx_aws_ini *ini, kx_slice *line, size_t *indent) {
  while (ini->at < ini->end) {
    const char *start = ini->at;
    const char *stop = memchr(start, '\n', (size_t)(ini->end - start));
    if (!stop)
      stop = ini->end;
    ini->at = stop < ini->end ? stop + 1 : stop;
    ini->line++;
    *line = trim(start, stop);
    *indent = (size_t)(line->data - start);
    if (line->len > 0 && line->data[0] != '#' && line->data[0] != ';')
      return true;
  }
  return false;
}

static kx_status wrong(const kx_aws_ini *ini, const char *why, kx_error *err) {
  return kx_fail(err, KX_CONFIG, "line %d %s", ini->line, why);
}

static kx_status take_section(kx_aws_ini *ini, kx_slice line, kx_aws_setting *out, kx_error *err) {
  const char *close = memrchr(line.data, ']', line.len);
  kx_slice name = close ? trim(line.data + 1, close) : (kx_slice){0};
  if (name.len == 0)
    return wrong(ini, "begins with [ but is not a [section]", err);
  ini->section = name;
  ini->in_section = true;
  ini->indent = SIZE_MAX;
  *out = (kx_aws_setting){.section = name, .name = {name.data, 0}, .value = {name.data, 0}};
  return KX_OK;
}

static const char *delimiter(kx_slice line) {
  for (size_t i = 0; i < line.len; i++) {
    if (line.data[i] == '=' || line.data[i] == ':')
      return line.data + i;
  }
  return NULL;
}

static kx_status take_setting(kx_aws_ini *ini, kx_slice line, kx_aws_setting *out, kx_error *err) {
  const char *at = delimiter(line);
  if (!ini->in_section)
    return wrong(ini, "stands before the first [section]", err);
  if (!at || at == line.data)
    return wrong(ini, "is neither a [section] nor name = value", err);
  *out = (kx_aws_setting){
    .section = ini->section,
    .name = trim(line.data, at),
    .value = trim(at + 1, line.data + line.len),
  };
  return KX_OK;
}

kx_status kx_aws_ini_next(kx_aws_ini *ini, kx_aws_setting *out, bool *more, kx_error *err) {
  kx_slice line;
  size_t indent;
  do {
    *more = next_line(ini, &line, &indent);
  } while (*more && indent > ini->indent);
  if (!*more)
    return KX_OK;
  if (line.data[0] == '[')
    return take_section(ini, line, out, err);
  ini->indent = indent;
  return take_setting(ini, line, out, err);
}
