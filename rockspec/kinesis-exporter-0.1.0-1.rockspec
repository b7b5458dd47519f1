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
      ["kinesis_exporter.accept"] = "lua/kinesis_exporter/accept.lua",
      ["kinesis_exporter.add_command"] = "lua/kinesis_exporter/add_command.lua",
      ["kinesis_exporter.arguments"] = "lua/kinesis_exporter/arguments.lua",
      ["kinesis_exporter.aws_chain"] = "lua/kinesis_exporter/aws_chain.lua",
      ["kinesis_exporter.aws_container"] = "lua/kinesis_exporter/aws_container.lua",
      ["kinesis_exporter.aws_credentials"] = "lua/kinesis_exporter/aws_credentials.lua",
      ["kinesis_exporter.aws_endpoint"] = "lua/kinesis_exporter/aws_endpoint.lua",
      ["kinesis_exporter.aws_environment"] = "lua/kinesis_exporter/aws_environment.lua",
      ["kinesis_exporter.aws_files"] = "lua/kinesis_exporter/aws_files.lua",
      ["kinesis_exporter.aws_instance"] = "lua/kinesis_exporter/aws_instance.lua",
      ["kinesis_exporter.aws_process"] = "lua/kinesis_exporter/aws_process.lua",
      ["kinesis_exporter.aws_profile"] = "lua/kinesis_exporter/aws_profile.lua",
      ["kinesis_exporter.aws_reply"] = "lua/kinesis_exporter/aws_reply.lua",
      ["kinesis_exporter.aws_sso"] = "lua/kinesis_exporter/aws_sso.lua",
      ["kinesis_exporter.aws_sts"] = "lua/kinesis_exporter/aws_sts.lua",
      ["kinesis_exporter.aws_wait"] = "lua/kinesis_exporter/aws_wait.lua",
      ["kinesis_exporter.aws_web_identity"] = "lua/kinesis_exporter/aws_web_identity.lua",
      ["kinesis_exporter.backlog"] = "lua/kinesis_exporter/backlog.lua",
      ["kinesis_exporter.backoff"] = "lua/kinesis_exporter/backoff.lua",
      ["kinesis_exporter.buckets"] = "lua/kinesis_exporter/buckets.lua",
      ["kinesis_exporter.buckets_commands"] = "lua/kinesis_exporter/buckets_commands.lua",
      ["kinesis_exporter.callback"] = "lua/kinesis_exporter/callback.lua",
      ["kinesis_exporter.chart"] = "lua/kinesis_exporter/chart.lua",
      ["kinesis_exporter.check"] = "lua/kinesis_exporter/check.lua",
      ["kinesis_exporter.cli"] = "lua/kinesis_exporter/cli.lua",
      ["kinesis_exporter.commands"] = "lua/kinesis_exporter/commands.lua",
      ["kinesis_exporter.config"] = "lua/kinesis_exporter/config.lua",
      ["kinesis_exporter.configured"] = "lua/kinesis_exporter/configured.lua",
      ["kinesis_exporter.credentials"] = "lua/kinesis_exporter/credentials.lua",
      ["kinesis_exporter.doctor"] = "lua/kinesis_exporter/doctor.lua",
      ["kinesis_exporter.doctor_aws"] = "lua/kinesis_exporter/doctor_aws.lua",
      ["kinesis_exporter.doctor_command"] = "lua/kinesis_exporter/doctor_command.lua",
      ["kinesis_exporter.doctor_commands"] = "lua/kinesis_exporter/doctor_commands.lua",
      ["kinesis_exporter.doctor_redis"] = "lua/kinesis_exporter/doctor_redis.lua",
      ["kinesis_exporter.doctor_settings"] = "lua/kinesis_exporter/doctor_settings.lua",
      ["kinesis_exporter.doctor_state"] = "lua/kinesis_exporter/doctor_state.lua",
      ["kinesis_exporter.exporter"] = "lua/kinesis_exporter/exporter.lua",
      ["kinesis_exporter.failed"] = "lua/kinesis_exporter/failed.lua",
      ["kinesis_exporter.failed_commands"] = "lua/kinesis_exporter/failed_commands.lua",
      ["kinesis_exporter.findings"] = "lua/kinesis_exporter/findings.lua",
      ["kinesis_exporter.flush_command"] = "lua/kinesis_exporter/flush_command.lua",
      ["kinesis_exporter.help"] = "lua/kinesis_exporter/help.lua",
      ["kinesis_exporter.history"] = "lua/kinesis_exporter/history.lua",
      ["kinesis_exporter.job_commands"] = "lua/kinesis_exporter/job_commands.lua",
      ["kinesis_exporter.job_queue"] = "lua/kinesis_exporter/job_queue.lua",
      ["kinesis_exporter.json"] = "lua/kinesis_exporter/json.lua",
      ["kinesis_exporter.keys"] = "lua/kinesis_exporter/keys.lua",
      ["kinesis_exporter.left_out"] = "lua/kinesis_exporter/left_out.lua",
      ["kinesis_exporter.lines"] = "lua/kinesis_exporter/lines.lua",
      ["kinesis_exporter.log"] = "lua/kinesis_exporter/log.lua",
      ["kinesis_exporter.log_fields"] = "lua/kinesis_exporter/log_fields.lua",
      ["kinesis_exporter.log_format"] = "lua/kinesis_exporter/log_format.lua",
      ["kinesis_exporter.log_lines"] = "lua/kinesis_exporter/log_lines.lua",
      ["kinesis_exporter.markup"] = "lua/kinesis_exporter/markup.lua",
      ["kinesis_exporter.metrics_command"] = "lua/kinesis_exporter/metrics_command.lua",
      ["kinesis_exporter.nginx"] = "lua/kinesis_exporter/nginx.lua",
      ["kinesis_exporter.numbers"] = "lua/kinesis_exporter/numbers.lua",
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
      ["kinesis_exporter.supply"] = "lua/kinesis_exporter/supply.lua",
      ["kinesis_exporter.task"] = "lua/kinesis_exporter/task.lua",
      ["kinesis_exporter.task_command"] = "lua/kinesis_exporter/task_command.lua",
      ["kinesis_exporter.times"] = "lua/kinesis_exporter/times.lua",
      ["kinesis_exporter.watch"] = "lua/kinesis_exporter/watch.lua",
      ["kinesis_exporter.worker"] = "lua/kinesis_exporter/worker.lua",
      ["kinesis_exporter.worker_options"] = "lua/kinesis_exporter/worker_options.lua",
    },
    lib = { ["kinesis_exporter.core"] = "build/rock/core.so" },
    bin = { ["kinesis-exporter"] = "bin/kinesis-exporter" },
  },
}

test = {
  type = "command",
  command = "make test",
}
