std = "min"
max_line_length = 100

exclude_files = { "build", "node_modules" }
include_files = {
  "lua/**/*.lua", "spec/**/*.lua", "bench/**/*.lua", "examples/**/*.lua", "tools/**/*.lua",
  "bin/kinesis-exporter", ".busted", ".luacheckrc", "rockspec/*.rockspec",
}

for _, name in ipairs { "nginx.lua", "nginx", "log", "status/snapshot.lua" } do
  files["lua/kinesis_exporter/" .. name] = { std = "min+ngx_lua" }
end
files["spec"] = { std = "+busted" }
files["**/*.rockspec"] = { std = "+rockspec", max_line_length = false }
files[".luacheckrc"] = { std = "+luacheckrc" }
