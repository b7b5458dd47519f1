/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads the files that AWS programs share (~/.aws/config and ~/.aws/credentials; AWS SDKs and
 * Tools Reference Guide, "Shared config and credentials files") as botocore reads them. A line
 * is a [section], "name = value" or "name: value", or a comment that begins with # or ;. A line
 * that is indented more than the setting above it belongs to that setting (a block for one
 * service) and is skipped. Pure. */

#ifndef KX_AWS_INI_H
#define KX_AWS_INI_H

#include "base/error.h"

/* A cursor over a text of the caller. */
typedef struct kx_aws_ini {
  const char *at;
  const char *end;
  int line;         /* number of the line before `at` */
  size_t indent;    /* of the latest setting, SIZE_MAX before the first of a section */
  bool in_section;  /* the cursor has passed a [section] */
  kx_slice section; /* the current one */
} kx_aws_ini;

/* A setting. The slices are parts of the text, without white space around them. An empty name
 * means the beginning of a section. */
typedef struct kx_aws_setting {
  kx_slice section; /* "default", "profile NAME", "sso-session NAME" */
  kx_slice name;    /* as written; case does not matter */
  kx_slice value;
} kx_aws_setting;

/* Puts a cursor at the beginning of the text. */
void kx_aws_ini_init(kx_aws_ini *ini, kx_slice text);

/* Finds the next setting; `more` is false at the end of the text. KX_CONFIG gives the number of
 * a line that has none of these forms, but not its text, which may hold a secret. */
kx_status kx_aws_ini_next(kx_aws_ini *ini, kx_aws_setting *out, bool *more, kx_error *err);

#endif
