# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

# What the checks that print TAP share: they read this file with `source`. $work is a temporary
# folder, which is removed at the end.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0 failures=0

# test_that NAME COMMAND...: runs the command; its output is shown when it fails.
test_that() {
  local name=$1
  shift
  number=$((number + 1))
  if "$@" >"$work/log" 2>&1; then
    echo "ok $number - $name"
  else
    failures=$((failures + 1))
    echo "not ok $number - $name"
    sed 's/^/# /' "$work/log"
  fi
}

# The last call: prints how many tests there were, and fails when one of them has failed.
plan() {
  echo "1..$number"
  [ $failures -eq 0 ]
}

# other_openssl FOLDER VERSION NAME: makes a prefix with the libraries of this machine and with
# headers that claim to be OpenSSL 3.VERSION, called NAME.
other_openssl() {
  local libraries headers library
  libraries=$(pkg-config --variable=libdir libcrypto)
  headers=$(pkg-config --variable=includedir libcrypto)
  mkdir -p "$1/include" "$1/lib/pkgconfig"
  cp -r "$headers/openssl" "$1/include/"
  cp "$headers/$(gcc -print-multiarch)"/openssl/* "$1/include/openssl/" 2>/dev/null || true
  sed -i -e "s/^\(# *define OPENSSL_VERSION_MINOR  *\).*/\1$2/" \
    -e "s|^\(# *define OPENSSL_VERSION_TEXT  *\).*|\1\"$3\"|" "$1/include/openssl/opensslv.h"
  cp -P "$libraries"/libcrypto.so* "$libraries"/libssl.so* "$1/lib/"
  for library in libcrypto libssl; do
    sed -e "s|^prefix=.*|prefix=$1|" -e 's|^libdir=.*|libdir=${prefix}/lib|' \
      -e 's|^includedir=.*|includedir=${prefix}/include|' "$libraries/pkgconfig/$library.pc" \
      >"$1/lib/pkgconfig/$library.pc"
  done
}
