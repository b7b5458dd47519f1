rockspec_format = "3.0"
package = "kinesis-exporter"
version = "0.1.0-1"

source = {
  url = "file://kinesis-exporter-0.1.0.tar.gz",
}

description = {
  summary = "Exports pending events from Redis to Amazon Data Firehose and Kinesis Data Streams",
  detailed = [[
    Takes the events that Lua programs and other exporters store in Redis, packs them into records,
    signs them and hands them to Kinesis: each once when nothing goes wrong, none lost when something
    does. A module for Lua 5.4 and LuaJIT, and a command.
  ]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.1, < 5.5",
}

external_dependencies = {
  HIREDIS = { header = "hiredis/hiredis.h", library = "hiredis" },
  -- no header: Debian keeps curl/curl.h where the compiler looks and LuaRocks does not
  CURL = { library = "curl" },
  CRYPTO = { header = "openssl/evp.h", library = "crypto" },
}

build = {
  type = "builtin",
  modules = {
    ["kinesis_exporter"] = "lua/kinesis_exporter.lua",
    ["kinesis_exporter.add_command"] = "lua/kinesis_exporter/add_command.lua",
    ["kinesis_exporter.arguments"] = "lua/kinesis_exporter/arguments.lua",
    ["kinesis_exporter.cli"] = "lua/kinesis_exporter/cli.lua",
    ["kinesis_exporter.commands"] = "lua/kinesis_exporter/commands.lua",
    ["kinesis_exporter.config"] = "lua/kinesis_exporter/config.lua",
    ["kinesis_exporter.credentials"] = "lua/kinesis_exporter/credentials.lua",
    ["kinesis_exporter.flush_command"] = "lua/kinesis_exporter/flush_command.lua",
    ["kinesis_exporter.help"] = "lua/kinesis_exporter/help.lua",
    ["kinesis_exporter.json"] = "lua/kinesis_exporter/json.lua",
    ["kinesis_exporter.lines"] = "lua/kinesis_exporter/lines.lua",
    ["kinesis_exporter.options"] = "lua/kinesis_exporter/options.lua",
    ["kinesis_exporter.progress"] = "lua/kinesis_exporter/progress.lua",
    ["kinesis_exporter.rejected_commands"] = "lua/kinesis_exporter/rejected_commands.lua",
    ["kinesis_exporter.core"] = {
      sources = {
        "csrc/adder.c", "csrc/buf.c", "csrc/claim.c", "csrc/digest.c", "csrc/error.c",
        "csrc/export.c", "csrc/exporter.c", "csrc/flag.c", "csrc/http.c", "csrc/http_target.c",
        "csrc/http_transfer.c", "csrc/inbox.c", "csrc/json.c", "csrc/json_escape.c",
        "csrc/kinesis.c", "csrc/lines.c", "csrc/lock.c", "csrc/lua_core.c", "csrc/lua_event.c",
        "csrc/lua_host.c", "csrc/pack.c", "csrc/pending.c", "csrc/queue.c", "csrc/reader.c",
        "csrc/redis.c", "csrc/redis_url.c", "csrc/rejected.c", "csrc/sender.c", "csrc/settings.c",
        "csrc/signing.c", "csrc/sigpipe.c", "csrc/sigv4.c", "csrc/tickets.c", "csrc/utf8.c",
      },
      defines = { "_GNU_SOURCE" },
      incdirs = { "$(HIREDIS_INCDIR)", "$(CURL_INCDIR)", "$(CRYPTO_INCDIR)" },
      libdirs = { "$(HIREDIS_LIBDIR)", "$(CURL_LIBDIR)", "$(CRYPTO_LIBDIR)" },
      libraries = { "hiredis", "curl", "crypto", "pthread" },
    },
  },
  install = {
    bin = { ["kinesis-exporter"] = "bin/kinesis-exporter" },
  },
}

test = {
  type = "command",
  command = "make test",
}
