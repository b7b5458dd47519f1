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
  type = "make",
  build_target = "rock-module",
  build_variables = {
    CFLAGS = "$(CFLAGS)",
    LIBFLAG = "$(LIBFLAG)",
    LUA = "$(LUA)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    HIREDIS_INCDIR = "$(HIREDIS_INCDIR)",
    HIREDIS_LIBDIR = "$(HIREDIS_LIBDIR)",
    CURL_INCDIR = "$(CURL_INCDIR)",
    CURL_LIBDIR = "$(CURL_LIBDIR)",
    CRYPTO_INCDIR = "$(CRYPTO_INCDIR)",
    CRYPTO_LIBDIR = "$(CRYPTO_LIBDIR)",
  },
  install_pass = false,
  install = {
    lua = {
      ["kinesis_exporter"] = "lua/kinesis_exporter.lua",
      ["kinesis_exporter.cli.arguments"] = "lua/kinesis_exporter/cli/arguments.lua",
      ["kinesis_exporter.cli.columns"] = "lua/kinesis_exporter/cli/columns.lua",
      ["kinesis_exporter.cli.command_list"] = "lua/kinesis_exporter/cli/command_list.lua",
      ["kinesis_exporter.cli.commands.add"] = "lua/kinesis_exporter/cli/commands/add.lua",
      ["kinesis_exporter.cli.commands.buckets"] = "lua/kinesis_exporter/cli/commands/buckets.lua",
      ["kinesis_exporter.cli.commands.doctor"] = "lua/kinesis_exporter/cli/commands/doctor.lua",
      ["kinesis_exporter.cli.commands.failed"] = "lua/kinesis_exporter/cli/commands/failed.lua",
      ["kinesis_exporter.cli.commands.flush"] = "lua/kinesis_exporter/cli/commands/flush.lua",
      ["kinesis_exporter.cli.commands.jobs"] = "lua/kinesis_exporter/cli/commands/jobs.lua",
      ["kinesis_exporter.cli.commands.kept_items"] = "lua/kinesis_exporter/cli/commands/kept_items.lua",
      ["kinesis_exporter.cli.commands.metrics"] = "lua/kinesis_exporter/cli/commands/metrics.lua",
      ["kinesis_exporter.cli.commands.redshift"] = "lua/kinesis_exporter/cli/commands/redshift.lua",
      ["kinesis_exporter.cli.commands.rejected"] = "lua/kinesis_exporter/cli/commands/rejected.lua",
      ["kinesis_exporter.cli.help"] = "lua/kinesis_exporter/cli/help.lua",
      ["kinesis_exporter.cli.line_reader"] = "lua/kinesis_exporter/cli/line_reader.lua",
      ["kinesis_exporter.cli.main"] = "lua/kinesis_exporter/cli/main.lua",
      ["kinesis_exporter.cli.notes"] = "lua/kinesis_exporter/cli/notes.lua",
      ["kinesis_exporter.cli.options"] = "lua/kinesis_exporter/cli/options.lua",
      ["kinesis_exporter.cli.progress"] = "lua/kinesis_exporter/cli/progress.lua",
      ["kinesis_exporter.cli.task_runner"] = "lua/kinesis_exporter/cli/task_runner.lua",
      ["kinesis_exporter.config"] = "lua/kinesis_exporter/config.lua",
      ["kinesis_exporter.credentials.cached"] = "lua/kinesis_exporter/credentials/cached.lua",
      ["kinesis_exporter.credentials.chain"] = "lua/kinesis_exporter/credentials/chain.lua",
      ["kinesis_exporter.credentials.container"] = "lua/kinesis_exporter/credentials/container.lua",
      ["kinesis_exporter.credentials.endpoint"] = "lua/kinesis_exporter/credentials/endpoint.lua",
      ["kinesis_exporter.credentials.environment"] = "lua/kinesis_exporter/credentials/environment.lua",
      ["kinesis_exporter.credentials.imds"] = "lua/kinesis_exporter/credentials/imds.lua",
      ["kinesis_exporter.credentials.json_reply"] = "lua/kinesis_exporter/credentials/json_reply.lua",
      ["kinesis_exporter.credentials.option"] = "lua/kinesis_exporter/credentials/option.lua",
      ["kinesis_exporter.credentials.process"] = "lua/kinesis_exporter/credentials/process.lua",
      ["kinesis_exporter.credentials.profile"] = "lua/kinesis_exporter/credentials/profile.lua",
      ["kinesis_exporter.credentials.provider"] = "lua/kinesis_exporter/credentials/provider.lua",
      ["kinesis_exporter.credentials.request"] = "lua/kinesis_exporter/credentials/request.lua",
      ["kinesis_exporter.credentials.shared_files"] = "lua/kinesis_exporter/credentials/shared_files.lua",
      ["kinesis_exporter.credentials.sso"] = "lua/kinesis_exporter/credentials/sso.lua",
      ["kinesis_exporter.credentials.sts"] = "lua/kinesis_exporter/credentials/sts.lua",
      ["kinesis_exporter.credentials.web_identity"] = "lua/kinesis_exporter/credentials/web_identity.lua",
      ["kinesis_exporter.doctor"] = "lua/kinesis_exporter/doctor.lua",
      ["kinesis_exporter.doctor.aws"] = "lua/kinesis_exporter/doctor/aws.lua",
      ["kinesis_exporter.doctor.data"] = "lua/kinesis_exporter/doctor/data.lua",
      ["kinesis_exporter.doctor.findings"] = "lua/kinesis_exporter/doctor/findings.lua",
      ["kinesis_exporter.doctor.redis"] = "lua/kinesis_exporter/doctor/redis.lua",
      ["kinesis_exporter.doctor.redis_permissions"] = "lua/kinesis_exporter/doctor/redis_permissions.lua",
      ["kinesis_exporter.doctor.settings"] = "lua/kinesis_exporter/doctor/settings.lua",
      ["kinesis_exporter.exporter"] = "lua/kinesis_exporter/exporter.lua",
      ["kinesis_exporter.exporter.buckets"] = "lua/kinesis_exporter/exporter/buckets.lua",
      ["kinesis_exporter.exporter.configured"] = "lua/kinesis_exporter/exporter/configured.lua",
      ["kinesis_exporter.exporter.failed_jobs"] = "lua/kinesis_exporter/exporter/failed_jobs.lua",
      ["kinesis_exporter.exporter.history"] = "lua/kinesis_exporter/exporter/history.lua",
      ["kinesis_exporter.exporter.rejected_events"] = "lua/kinesis_exporter/exporter/rejected_events.lua",
      ["kinesis_exporter.exporter.report_log"] = "lua/kinesis_exporter/exporter/report_log.lua",
      ["kinesis_exporter.exporter.task"] = "lua/kinesis_exporter/exporter/task.lua",
      ["kinesis_exporter.jobs.options"] = "lua/kinesis_exporter/jobs/options.lua",
      ["kinesis_exporter.jobs.queue"] = "lua/kinesis_exporter/jobs/queue.lua",
      ["kinesis_exporter.jobs.scheduler"] = "lua/kinesis_exporter/jobs/scheduler.lua",
      ["kinesis_exporter.jobs.worker"] = "lua/kinesis_exporter/jobs/worker.lua",
      ["kinesis_exporter.log.fields"] = "lua/kinesis_exporter/log/fields.lua",
      ["kinesis_exporter.log.format"] = "lua/kinesis_exporter/log/format.lua",
      ["kinesis_exporter.log.log"] = "lua/kinesis_exporter/log/log.lua",
      ["kinesis_exporter.log.stderr"] = "lua/kinesis_exporter/log/stderr.lua",
      ["kinesis_exporter.nginx"] = "lua/kinesis_exporter/nginx.lua",
      ["kinesis_exporter.nginx.core_proxy"] = "lua/kinesis_exporter/nginx/core_proxy.lua",
      ["kinesis_exporter.nginx.engine_log"] = "lua/kinesis_exporter/nginx/engine_log.lua",
      ["kinesis_exporter.nginx.negotiate"] = "lua/kinesis_exporter/nginx/negotiate.lua",
      ["kinesis_exporter.nginx.phases"] = "lua/kinesis_exporter/nginx/phases.lua",
      ["kinesis_exporter.redshift"] = "lua/kinesis_exporter/redshift.lua",
      ["kinesis_exporter.redshift.sql"] = "lua/kinesis_exporter/redshift/sql.lua",
      ["kinesis_exporter.status.backlog"] = "lua/kinesis_exporter/status/backlog.lua",
      ["kinesis_exporter.status.chart"] = "lua/kinesis_exporter/status/chart.lua",
      ["kinesis_exporter.status.escape"] = "lua/kinesis_exporter/status/escape.lua",
      ["kinesis_exporter.status.json"] = "lua/kinesis_exporter/status/json.lua",
      ["kinesis_exporter.status.page"] = "lua/kinesis_exporter/status/page.lua",
      ["kinesis_exporter.status.prometheus"] = "lua/kinesis_exporter/status/prometheus.lua",
      ["kinesis_exporter.status.snapshot"] = "lua/kinesis_exporter/status/snapshot.lua",
      ["kinesis_exporter.util.backoff"] = "lua/kinesis_exporter/util/backoff.lua",
      ["kinesis_exporter.util.callback"] = "lua/kinesis_exporter/util/callback.lua",
      ["kinesis_exporter.util.check"] = "lua/kinesis_exporter/util/check.lua",
      ["kinesis_exporter.util.json"] = "lua/kinesis_exporter/util/json.lua",
      ["kinesis_exporter.util.numbers"] = "lua/kinesis_exporter/util/numbers.lua",
      ["kinesis_exporter.util.object"] = "lua/kinesis_exporter/util/object.lua",
      ["kinesis_exporter.util.platform"] = "lua/kinesis_exporter/util/platform.lua",
      ["kinesis_exporter.util.redis_keys"] = "lua/kinesis_exporter/util/redis_keys.lua",
      ["kinesis_exporter.util.suggestion"] = "lua/kinesis_exporter/util/suggestion.lua",
      ["kinesis_exporter.util.times"] = "lua/kinesis_exporter/util/times.lua",
    },
    lib = { ["kinesis_exporter.core"] = "build/rock/core.so" },
    bin = { ["kinesis-exporter"] = "bin/kinesis-exporter" },
  },
  copy_directories = { "library", "docs" },
}

test = {
  type = "command",
  command = "make test",
}
