/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The files that AWS programs share (~/.aws/config and ~/.aws/credentials; AWS SDKs
 * and Tools Reference Guide, "Shared config and credentials files"), read as botocore
 * reads them: a line is a [section], "name = value" or "name: value", or a comment that
 * begins with # or ;. Lines that stand further in than the setting above them belong
 * to it (the blocks of single services) and are passed over. Pure. */

#ifndef KX_AWS_INI_H
#define KX_AWS_INI_H

#include "base/error.h"

/* A cursor over somebody else's text. */
typedef struct kx_aws_ini {
  const char *at;
  const char *end;
  int line;         /* number of the line before `at` */
  size_t indent;    /* of the latest setting, SIZE_MAX before the first of a section */
  bool in_section;  /* a section was met */
  kx_slice section; /* the current one */
} kx_aws_ini;

/* A setting; the slices are parts of the text, without white space around them. The
 * beginning of a section is told with an empty name. */
typedef struct kx_aws_setting {
  kx_slice section; /* "default", "profile NAME", "sso-session NAME" */
  kx_slice name;    /* as it is written: case does not matter */
  kx_slice value;
} kx_aws_setting;

/* Puts a cursor at the beginning of the text. */
void kx_aws_ini_init(kx_aws_ini *ini, kx_slice text);

/* Finds the next setting; `more` is false when there is none. KX_CONFIG tells the number
 * of a line that is none of the above, and never what it says: it may hold a secret. */
kx_status kx_aws_ini_next(kx_aws_ini *ini, kx_aws_setting *out, bool *more, kx_error *err);

#endif
