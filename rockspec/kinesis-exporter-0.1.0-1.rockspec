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
    ["kinesis_exporter.accept"] = "lua/kinesis_exporter/accept.lua",
    ["kinesis_exporter.add_command"] = "lua/kinesis_exporter/add_command.lua",
    ["kinesis_exporter.arguments"] = "lua/kinesis_exporter/arguments.lua",
    ["kinesis_exporter.backoff"] = "lua/kinesis_exporter/backoff.lua",
    ["kinesis_exporter.buckets"] = "lua/kinesis_exporter/buckets.lua",
    ["kinesis_exporter.buckets_commands"] = "lua/kinesis_exporter/buckets_commands.lua",
    ["kinesis_exporter.chart"] = "lua/kinesis_exporter/chart.lua",
    ["kinesis_exporter.check"] = "lua/kinesis_exporter/check.lua",
    ["kinesis_exporter.cli"] = "lua/kinesis_exporter/cli.lua",
    ["kinesis_exporter.commands"] = "lua/kinesis_exporter/commands.lua",
    ["kinesis_exporter.config"] = "lua/kinesis_exporter/config.lua",
    ["kinesis_exporter.credentials"] = "lua/kinesis_exporter/credentials.lua",
    ["kinesis_exporter.exporter"] = "lua/kinesis_exporter/exporter.lua",
    ["kinesis_exporter.failed"] = "lua/kinesis_exporter/failed.lua",
    ["kinesis_exporter.failed_commands"] = "lua/kinesis_exporter/failed_commands.lua",
    ["kinesis_exporter.flush_command"] = "lua/kinesis_exporter/flush_command.lua",
    ["kinesis_exporter.help"] = "lua/kinesis_exporter/help.lua",
    ["kinesis_exporter.history"] = "lua/kinesis_exporter/history.lua",
    ["kinesis_exporter.job_commands"] = "lua/kinesis_exporter/job_commands.lua",
    ["kinesis_exporter.job_queue"] = "lua/kinesis_exporter/job_queue.lua",
    ["kinesis_exporter.json"] = "lua/kinesis_exporter/json.lua",
    ["kinesis_exporter.lines"] = "lua/kinesis_exporter/lines.lua",
    ["kinesis_exporter.log"] = "lua/kinesis_exporter/log.lua",
    ["kinesis_exporter.log_lines"] = "lua/kinesis_exporter/log_lines.lua",
    ["kinesis_exporter.markup"] = "lua/kinesis_exporter/markup.lua",
    ["kinesis_exporter.nginx"] = "lua/kinesis_exporter/nginx.lua",
    ["kinesis_exporter.object"] = "lua/kinesis_exporter/object.lua",
    ["kinesis_exporter.options"] = "lua/kinesis_exporter/options.lua",
    ["kinesis_exporter.outcomes"] = "lua/kinesis_exporter/outcomes.lua",
    ["kinesis_exporter.phases"] = "lua/kinesis_exporter/phases.lua",
    ["kinesis_exporter.progress"] = "lua/kinesis_exporter/progress.lua",
    ["kinesis_exporter.prometheus"] = "lua/kinesis_exporter/prometheus.lua",
    ["kinesis_exporter.redshift"] = "lua/kinesis_exporter/redshift.lua",
    ["kinesis_exporter.redshift_command"] = "lua/kinesis_exporter/redshift_command.lua",
    ["kinesis_exporter.redshift_sql"] = "lua/kinesis_exporter/redshift_sql.lua",
    ["kinesis_exporter.rejected"] = "lua/kinesis_exporter/rejected.lua",
    ["kinesis_exporter.rejected_commands"] = "lua/kinesis_exporter/rejected_commands.lua",
    ["kinesis_exporter.remote"] = "lua/kinesis_exporter/remote.lua",
    ["kinesis_exporter.rows"] = "lua/kinesis_exporter/rows.lua",
    ["kinesis_exporter.runner"] = "lua/kinesis_exporter/runner.lua",
    ["kinesis_exporter.status_json"] = "lua/kinesis_exporter/status_json.lua",
    ["kinesis_exporter.status_page"] = "lua/kinesis_exporter/status_page.lua",
    ["kinesis_exporter.status_report"] = "lua/kinesis_exporter/status_report.lua",
    ["kinesis_exporter.task"] = "lua/kinesis_exporter/task.lua",
    ["kinesis_exporter.task_command"] = "lua/kinesis_exporter/task_command.lua",
    ["kinesis_exporter.times"] = "lua/kinesis_exporter/times.lua",
    ["kinesis_exporter.watch"] = "lua/kinesis_exporter/watch.lua",
    ["kinesis_exporter.worker"] = "lua/kinesis_exporter/worker.lua",
    ["kinesis_exporter.worker_options"] = "lua/kinesis_exporter/worker_options.lua",
    ["kinesis_exporter.core"] = {
      sources = {
        "csrc/adder.c", "csrc/bucket.c", "csrc/buf.c", "csrc/chunks.c", "csrc/claim.c",
        "csrc/counters.c", "csrc/digest.c", "csrc/due.c", "csrc/engine.c", "csrc/error.c",
        "csrc/export.c", "csrc/exporter.c", "csrc/failed.c", "csrc/feed.c", "csrc/flag.c",
        "csrc/history.c", "csrc/http.c", "csrc/http_target.c", "csrc/http_transfer.c",
        "csrc/intake.c", "csrc/invalid.c", "csrc/job.c", "csrc/json.c", "csrc/json_escape.c",
        "csrc/kinesis.c", "csrc/lease.c", "csrc/lines.c", "csrc/lock.c", "csrc/lua_add.c",
        "csrc/lua_box.c", "csrc/lua_buckets.c", "csrc/lua_channel.c", "csrc/lua_core.c",
        "csrc/lua_event.c", "csrc/lua_export.c", "csrc/lua_exporter.c", "csrc/lua_history.c",
        "csrc/lua_host.c", "csrc/lua_intake.c", "csrc/lua_queue.c", "csrc/lua_rejected.c",
        "csrc/lua_remote.c", "csrc/lua_report.c", "csrc/lua_settings.c", "csrc/pack.c",
        "csrc/pending.c", "csrc/pin.c", "csrc/queue.c", "csrc/reader.c", "csrc/redis.c",
        "csrc/redis_url.c", "csrc/rejected.c", "csrc/report.c", "csrc/round.c", "csrc/sender.c",
        "csrc/settings.c", "csrc/signing.c", "csrc/sigpipe.c", "csrc/sigv4.c", "csrc/source.c",
        "csrc/stats_key.c", "csrc/stats_time.c", "csrc/sums.c", "csrc/tally.c", "csrc/task.c",
        "csrc/tickets.c", "csrc/usage.c", "csrc/utf8.c", "csrc/writer.c",
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
