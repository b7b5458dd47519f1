-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- One file: all tests share one server with its certificates and ports.

local kxtest = require "kxtest"

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"

local function read_all(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write_all(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function sh(command)
  local status = os.execute(command)
  assert(status == true or status == 0, command)
end

-- An authority, certificates that it signed, and one that signed itself: NAME.pem and NAME.key.
local certificates = [[
cd '%s'
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "$@"; }
sign() { # name, days, alternative name
  new -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  echo "subjectAltName=$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" \
    -extfile "$1.ext" -out "$1.pem"
}
{
  new -x509 -days 30 -subj "/CN=authority" -keyout ca.key -out ca.pem
  new -x509 -days 30 -subj "/CN=127.0.0.1" -addext "subjectAltName=IP:127.0.0.1" \
    -keyout selfsigned.key -out selfsigned.pem
  sign good 30 IP:127.0.0.1
  sign wronghost 30 DNS:elsewhere.example
  sign expired -1 IP:127.0.0.1
} > openssl.log 2>&1
mkfifo report
]]

describe("http", function()
  local folder, server, ports, ca

  setup(function()
    folder = output("mktemp -d"):gsub("%s+$", "")
    sh(certificates:format(folder))
    ca = folder .. "/ca.pem"
    local command = "exec /usr/bin/python3 -W ignore '%s/../support/servers/http_server.py'"
      .. " '%s' '%s/report'"
    server = assert(io.popen(command:format(here, folder, folder), "w"))
    ports = {}
    for name, port in read_all(folder .. "/report"):gmatch("(%w+)=(%d+)") do ports[name] = port end
  end)

  teardown(function()
    if server then server:close() end
    if folder then sh("rm -r '" .. folder .. "'") end
  end)

  local open = {}

  after_each(function()
    for i = #open, 1, -1 do table.remove(open, i):close() end
  end)

  local function client(url, options)
    local config = { url = url }
    for k, v in pairs(options or {}) do config[k] = v end
    local made = assert(kxtest.http_open(config))
    open[#open + 1] = made
    return made
  end

  local function plain(path, options, name)
    return client("http://127.0.0.1:" .. ports[name or "plain"] .. path, options)
  end

  local function tls(name, options, path)
    local config = { ca_file = ca }
    for k, v in pairs(options or {}) do config[k] = v end
    return client("https://127.0.0.1:" .. ports[name] .. (path or "/echo"), config)
  end

  -- The next n calls that end, in the order in which they end.
  local function await(http, n)
    local list, turns = {}, 0
    while #list < n do
      turns = turns + 1
      assert(turns < 100000, "calls do not end")
      assert(http:wait(1000))
      for call in function() return http:ended() end do list[#list + 1] = call end
    end
    return list
  end

  local function post(http, body, headers)
    assert(http:start(body or "{}", headers))
    return await(http, 1)[1]
  end

  -- What the client's listener has counted: connections, closed ones, the most at once, requests.
  local function figures(http)
    local list = {}
    for key, n in post(http).reply:gmatch("(%w+)=(%d+)") do list[key] = tonumber(n) end
    return list
  end

  local function counted(name)
    return figures(plain("/count", nil, name))
  end

  -- A port on which nothing listens.
  local function dead_port()
    local http = plain("/last", nil, "fresh8")
    if post(http).outcome == "answered" then http:close() end
    return ports.fresh8
  end

  local function descriptors()
    collectgarbage()
    collectgarbage()
    local pid = read_all("/proc/self/stat"):match("^%d+")
    sh("ls /proc/" .. pid .. "/fd > " .. folder .. "/list") -- popen would open one more
    return select(2, read_all(folder .. "/list"):gsub("\n", ""))
  end

  describe("the configuration", function()
    local function refused(config)
      local http, message, code = kxtest.http_open(config)
      assert.is_nil(http)
      assert.equal("config", code)
      return message
    end

    it("takes the host as the Host header has it, and the path", function()
      for url, want in pairs {
        ["https://firehose.eu-west-1.amazonaws.com"] = "firehose.eu-west-1.amazonaws.com /",
        ["https://h.example:443/"] = "h.example /",
        ["http://h.example:80/a/b"] = "h.example /a/b",
        ["https://h.example:80/"] = "h.example:80 /",
        ["http://h.example:443"] = "h.example:443 /",
        ["http://[::1]:4567/"] = "[::1]:4567 /",
      } do
        local http = client(url)
        assert.equal(want, http:host() .. " " .. http:path(), url)
      end
    end)

    it("is refused, and `endpoint` is named, unless it is http(s) and a host", function()
      for _, url in ipairs {
        "", "h.example", "localhost:4567", "ftp://h.example/", "file:///etc/passwd", "http://",
        "https://h.example:99999/", "http://h .example/", "https://h.example/?a=b",
        "https://h.example/#a",
      } do
        assert.matches("^endpoint: ", refused { url = url }, url)
      end
    end)

    it("is refused with a user in the URL, without repeating the password", function()
      local message = refused { url = "https://user:hunter2@h.example/" }
      assert.matches("^endpoint: .*user", message)
      assert.is_nil(message:find("hunter2", 1, true))
    end)

    it("is refused, and `ca_file` is named, unless that file holds a certificate", function()
      local empty = folder .. "/empty"
      write_all(empty, "no certificate\n")
      for _, path in ipairs { folder .. "/nothing", folder, empty } do
        local message = refused { url = "https://h.example/", ca_file = path }
        assert.matches("^ca_file: ", message)
        assert.is_truthy(message:find(path, 1, true))
      end
    end)

    it("is refused, and `proxy` is named, if that is not a proxy URL", function()
      for _, proxy in ipairs {
        "http://", "ftp://u:hunter2@p:1", "http://u:hunter2@p:port", "a b",
      } do
        local message = refused { url = "https://h.example/", proxy = proxy }
        assert.matches("^proxy: ", message)
        assert.is_nil(message:find("hunter2", 1, true))
      end
    end)

    it("takes the usual proxies", function()
      for _, proxy in ipairs {
        "http://p:3128", "p:3128", "socks5h://u:p@p:1080", "http://[::1]:1",
      } do
        assert.is_truthy(client("https://h.example/", { proxy = proxy }))
      end
    end)
  end)

  describe("a call", function()
    it("is a POST with the headers and the body of the caller", function()
      local http = plain("/echo")
      local type = "Content-Type: application/x-amz-json-1.1"
      local call = post(http, "abc", { type, "X-Amz-Date: 1" })
      assert.same({ "answered", 200, "", true },
        { call.outcome, call.status, call.why, call.idle })
      local seen = {}
      for line in call.reply:gmatch("[^\n]+") do seen[#seen + 1] = line end
      assert.equal("POST " .. http:path() .. " HTTP/1.1", table.remove(seen, 1))
      assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        table.remove(seen))
      table.sort(seen)
      assert.same({ "Accept: */*", "Content-Length: 3", type,
        "Host: " .. http:host(), "X-Amz-Date: 1" }, seen)
    end)

    it("may have an empty body", function()
      local call = post(plain("/echo"), "")
      assert.is_truthy(call.reply:find("\nContent-Length: 0\n", 1, true))
    end)

    it("returns the status, the date, the request id and the error type", function()
      local call = post(plain("/status/400"))
      assert.same({ "answered", 400, 784111777, "abc-123", "ResourceNotFoundException:http://x/" },
        { call.outcome, call.status, call.date, call.request_id, call.error_type })
    end)

    it("returns the time to wait that a header asks for, in each of its forms", function()
      local date = "Date: Sun, 06 Nov 1994 08:49:37 GMT"
      for _, case in ipairs {
        { 7000, "Retry-After: 7" }, { 0, "retry-after:0" }, { 250, "x-amz-retry-after: 250" },
        { 7000, "x-amz-retry-after: 250", "Retry-After: 7" },
        { 7000, "Retry-After: 7", "x-amz-retry-after: 250" },
        { 60000, date, "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT" },
        { 0, date, "Retry-After: Sun, 06 Nov 1994 08:40:37 GMT" },
        { -1, "Retry-After: -5" }, { -1, "Retry-After: soon" }, { -1, "Retry-After:" },
        { -1, "x-amz-retry-after: 1.5" }, { -1, "Retry-After: 99999999999999999999" },
      } do
        local path = "/later"
        for i = 2, #case do
          path = path .. "/" .. case[i]:gsub("[^%w]", function(c)
            return ("%%%02X"):format(c:byte())
          end)
        end
        assert.equal(case[1], post(plain(path)).retry_after_ms, path)
      end
    end)

    it("leaves them empty if the answer has none", function()
      local call = post(plain("/echo"))
      assert.same({ -1, -1, "", "" },
        { call.date, call.retry_after_ms, call.request_id, call.error_type })
    end)

    it("takes nothing from an interim answer", function()
      local call = post(plain("/continue"))
      assert.same({ 200, "", "late" }, { call.status, call.request_id, call.reply })
    end)

    it("does not follow a redirect", function()
      assert.equal(307, post(plain("/redirect")).status)
    end)

    it("can be megabytes, several at a time", function()
      local http = plain("/echo", { max_connections = 3 })
      local body = ("0123456789abcdef"):rep(5 * 1024 * 64)
      write_all(folder .. "/body", body)
      local digest = output("sha256sum < " .. folder .. "/body"):match("^%x+")
      for _ = 1, 4 do assert(http:start(body)) end
      for _, call in ipairs(await(http, 4)) do
        assert.is_truthy(call.reply:find("\nContent-Length: 5242880\n", 1, true))
        assert.equal(digest, call.reply:match("%x+$"))
        assert.is_nil(call.reply:find("\nExpect", 1, true))
      end
    end)

    it("takes an answer of 1 MiB, and says that one byte more is too long", function()
      local call = post(plain("/big/1048576"))
      assert.same({ "answered", 1048576 }, { call.outcome, #call.reply })
      call = post(plain("/big/1048577"))
      assert.equal("unknown", call.outcome)
      assert.matches("^answer longer than 1048576 bytes from 127%.0%.0%.1:%d+$", call.why)
    end)
  end)

  describe("connections", function()
    it("are kept from call to call", function()
      local http = plain("/echo", nil, "fresh1")
      for _ = 1, 20 do assert.equal("answered", post(http).outcome) end
      local now = counted "fresh1"
      assert.same({ 2, 21 }, { now.connections, now.requests }) -- the second is the counting one
    end)

    it("carry several calls at once", function()
      local http = plain("/gate/4", { max_connections = 4 }, "fresh2")
      for _ = 1, 4 do assert(http:start("{}")) end
      for _, call in ipairs(await(http, 4)) do assert.equal("through", call.reply) end
    end)

    it("are never more than allowed; other calls wait for one", function()
      local http = plain("/echo", { max_connections = 2 }, "fresh3")
      for _ = 1, 20 do assert(http:start("{}")) end
      for _, call in ipairs(await(http, 20)) do assert.equal("answered", call.outcome) end
      local now = counted "fresh3"
      assert.equal(21, now.requests)
      assert.is_true(now.peak <= 3, now.peak) -- the third is the counting one
    end)

    it("that the server has closed are replaced", function()
      local http = plain("/leave", nil, "fresh4")
      local looks = 0
      for n = 1, 3 do
        assert.equal("bye", post(http).reply)
        repeat looks = looks + 1 until counted("fresh4").closed == n
      end
      assert.equal(3 + looks + 1, counted("fresh4").connections) -- looking makes some too
    end)

    it("that the server closes on a second call are replaced; the call is made once", function()
      local http = plain("/fickle", nil, "fresh5")
      assert.equal("first on its connection", post(http).reply)
      local call = post(http)
      assert.equal("unknown", call.outcome)
      assert.matches("the connection was closed", call.why)
      assert.equal("first on its connection", post(http).reply)
      assert.equal(4, counted("fresh5").requests) -- the fourth is the counting one
    end)

    it("are not inherited by child processes", function()
      local http = plain("/echo")
      post(http)
      local port = (":%04X "):format(tonumber(ports.plain))
      local ours = {}
      for line in io.lines("/proc/net/tcp") do
        local to, inode = line:match("^ *%d+: %S+ %x+(:%x+ )%S+ %S+ %S+ %S+ +%d+ +%d+ (%d+)")
        if to == port then ours[#ours + 1] = "socket:[" .. inode .. "]" end
      end
      local function among(listing)
        local n = 0
        for _, name in ipairs(ours) do n = n + (listing:find(name, 1, true) and 1 or 0) end
        return n
      end
      local pid = read_all("/proc/self/stat"):match("^%d+")
      assert.equal(1, among(output("exec ls -l /proc/" .. pid .. "/fd")))
      assert.equal(0, among(output("exec ls -l /proc/self/fd")))
    end)

    it("leave no descriptor behind", function()
      client("http://127.0.0.1/"):close()
      local before = descriptors()
      for _, http in ipairs { plain("/echo"), plain("/reset/0"), tls("good"), tls("expired") } do
        for _ = 1, 3 do post(http) end
        http:start("{}")
        http:progress()
        http:close()
      end
      assert.equal(before, descriptors())
    end)
  end)

  describe("a call that was not sent", function()
    local function not_sent(http, pattern)
      local call = post(http)
      assert.equal("not sent", call.outcome)
      assert.matches(pattern, call.why)
      assert.equal(0, call.status)
      return call
    end

    it("was refused", function()
      local port = dead_port()
      local call = not_sent(client("http://127.0.0.1:" .. port), "^could not connect to ")
      assert.equal("could not connect to 127.0.0.1:" .. port .. ": Connection refused", call.why)
      assert.is_false(call.tls_failed)
    end)

    it("was refused, and keeps nothing of the call before it", function()
      local http = plain("/farewell", nil, "fresh9")
      assert.equal(784111777, post(http).date)
      local call = not_sent(http, "Connection refused$")
      assert.same({ -1, "", "", "" }, { call.date, call.request_id, call.error_type, call.reply })
    end)

    it("had a host without an address", function()
      local name = ("x"):rep(64) .. ".invalid" -- the label is too long, so no server is asked
      not_sent(client("http://" .. name), "^could not connect to x+%.invalid: .*resolve")
    end)

    it("waited for a TLS handshake that did not come", function()
      local http = tls("mute", { connect_timeout_ms = 200 })
      not_sent(http, "^could not connect to 127%.0%.0%.1:%d+: .*time")
    end)

    it("met a server without TLS", function()
      assert.is_false(not_sent(tls("plain"), "^could not connect to ").tls_failed)
    end)

    it("met a TLS older than 1.2", function()
      assert.is_false(not_sent(tls("oldtls"), "^could not connect to ").tls_failed)
    end)

    for name, why in pairs {
      wronghost = "match", expired = "expired", selfsigned = "self.signed",
    } do
      it("met a certificate that does not verify: " .. name, function()
        local call = not_sent(tls(name), "^could not connect to 127%.0%.0%.1:%d+: .*" .. why)
        assert.is_true(call.tls_failed)
      end)
    end

    it("met an authority that only `ca_file` knows", function()
      assert.equal("answered", post(tls("good")).outcome)
      local http = client("https://127.0.0.1:" .. ports.good .. "/echo")
      assert.is_true(not_sent(http, "certificate").tls_failed)
    end)

    it("met a `ca_file` that replaces the system's authorities", function()
      local http = tls("good", { ca_file = folder .. "/selfsigned.pem" })
      assert.is_true(not_sent(http, "certificate").tls_failed)
    end)
  end)

  describe("a call of unknown outcome", function()
    local function unknown(http, pattern, body)
      local call = post(http, body)
      assert.equal("unknown", call.outcome)
      assert.matches("^no usable answer from 127%.0%.0%.1:%d+: " .. pattern, call.why)
      return call
    end

    it("met a server that hangs", function()
      unknown(plain("/hang", { request_timeout_ms = 500 }), ".*timed out")
    end)

    it("was cut off while it was sent", function()
      unknown(plain("/reset/100"), ".", ("x"):rep(5 * 1024 * 1024))
    end)

    it("was cut off after it was sent", function()
      unknown(plain("/vanish"), "Empty reply")
    end)

    it("got half an answer", function()
      unknown(plain("/short"), ".")
      unknown(plain("/chunks"), ".")
    end)

    it("got an answer that is not HTTP", function()
      unknown(plain("/garbage"), ".")
    end)

    it("was sent on a kept connection, and could not be sent again", function()
      local http = plain("/last", nil, "fresh6")
      assert.equal("last", post(http).reply)
      unknown(http, ".")
    end)

    it("leaves a client that can make the next call", function()
      local http = plain("/fickle", nil, "fresh7")
      assert.equal("answered", post(http).outcome)
      unknown(http, ".")
      assert.equal("answered", post(http).outcome)
    end)
  end)

  describe("a proxy", function()
    local function proxy(name, user)
      return "http://" .. (user or "") .. "127.0.0.1:" .. ports[name]
    end

    -- The head of the last CONNECT.
    local function connect_head()
      return post(client("http://127.0.0.1:" .. ports.proxy)).reply
    end

    it("is asked for a tunnel to an https endpoint, and sees nothing of the call", function()
      local http = tls("good", { proxy = proxy("proxy", "user:secret@") })
      local call = post(http, "abc", { "X-Amz-Security-Token: token" })
      assert.equal("answered", call.outcome)
      assert.equal(-1, call.date)
      assert.is_truthy(call.reply:find("X-Amz-Security-Token: token", 1, true))
      assert.is_nil(call.reply:find("Proxy-Authorization", 1, true))
      local head = connect_head()
      assert.matches("^CONNECT 127%.0%.0%.1:" .. ports.good, head)
      assert.is_truthy(head:find("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=", 1, true))
      assert.is_nil(head:find("X-Amz", 1, true))
    end)

    it("that refuses is distinguished from the endpoint, and nothing was sent", function()
      local call = post(tls("good", { proxy = proxy("refusing", "user:secret@") }))
      assert.equal("not sent", call.outcome)
      assert.matches("^could not connect to 127%.0%.0%.1:" .. ports.good .. ": .*407", call.why)
      assert.is_nil(call.why:find("secret", 1, true))
      assert.same({ -1, "" }, { call.date, call.request_id })
    end)

    it("that does not run is distinguished from the endpoint", function()
      local gone = dead_port()
      local call = post(tls("good", { proxy = "http://user:secret@127.0.0.1:" .. gone }))
      assert.equal("not sent", call.outcome)
      assert.matches(" through the proxy: Connection refused: .*" .. gone, call.why)
      assert.is_nil(call.why:find("secret", 1, true))
    end)

    describe("of the environment", function()
      after_each(function()
        kxtest.http_setenv("https_proxy")
        kxtest.http_setenv("no_proxy")
      end)

      it("is used, unless no_proxy says otherwise", function()
        kxtest.http_setenv("https_proxy", proxy("refusing"))
        assert.equal("not sent", post(tls("good")).outcome)
        kxtest.http_setenv("no_proxy", "127.0.0.1")
        assert.equal("answered", post(tls("good")).outcome)
      end)

      it("is replaced by the configured one; \"\" means none", function()
        kxtest.http_setenv("https_proxy", proxy("refusing"))
        assert.equal("answered", post(tls("good", { proxy = "" })).outcome)
        assert.equal("answered", post(tls("good", { proxy = proxy("proxy") })).outcome)
        kxtest.http_setenv("no_proxy", "127.0.0.1")
        assert.equal("not sent", post(tls("good", { proxy = proxy("refusing") })).outcome)
      end)

      it("is not quoted if it cannot be used", function()
        for _, url in ipairs { "ftp://user:secret@p:1", "http://user:secret@p:port" } do
          kxtest.http_setenv("https_proxy", url)
          local call = post(tls("good"))
          assert.equal("not sent", call.outcome)
          assert.is_nil(call.why:find("secret", 1, true))
        end
      end)
    end)
  end)

  describe("waiting", function()
    local reader, writer

    before_each(function() reader, writer = kxtest.http_pipe() end)

    after_each(function()
      kxtest.http_close_fd(reader)
      kxtest.http_close_fd(writer)
    end)

    -- None of these tests would end if the wait lasted for its whole timeout.
    local forever = 1000000

    it("ends when a watched descriptor is readable, and says which", function()
      local http = plain("/hang", { request_timeout_ms = forever })
      local quiet, other = kxtest.http_pipe()
      kxtest.http_poke(writer)
      assert.same({ false, true }, { http:wait(forever, quiet, reader) })
      http:start("{}")
      for _ = 1, 3 do
        assert.same({ true, false }, { http:wait(forever, reader, quiet) })
      end
      kxtest.http_close_fd(quiet)
      kxtest.http_close_fd(other)
    end)

    it("ends when the other side of a watched descriptor hangs up", function()
      kxtest.http_close_fd(writer)
      assert.is_true(client("http://127.0.0.1/"):wait(forever, reader))
      kxtest.http_close_fd(reader)
      reader, writer = kxtest.http_pipe()
    end)

    it("ends when a call can progress, even if a descriptor is watched", function()
      local http = plain("/echo")
      http:start("{}")
      local call
      while not call do
        assert.is_false(http:wait(forever, reader))
        call = http:ended()
      end
      assert.equal("answered", call.outcome)
    end)

    it("ends at once while an ended call waits to be taken", function()
      local http = client("http://127.0.0.1:" .. dead_port())
      http:start("{}")
      for _ = 1, 20 do http:wait(forever, reader) end
      assert.equal("not sent", http:ended().outcome)
    end)

    it("ends when its time is up", function()
      assert.is_true(client("http://127.0.0.1/"):wait(1))
      assert.is_false(client("http://127.0.0.1/"):wait(0, reader))
      assert.is_false(client("http://127.0.0.1/"):wait(-1, reader))
    end)
  end)

  describe("an abort", function()
    it("takes a call out of flight, and only that one", function()
      local http = plain("/gate/2", { max_connections = 4 }, "fresh7")
      local first = http:start("{}")
      for _ = 1, 3 do http:wait(10) end
      http:abort(first)
      assert(http:start("{}"))
      assert(http:start("{}"))
      for _, call in ipairs(await(http, 2)) do assert.equal("through", call.reply) end
      assert.is_nil(http:ended())
    end)

    it("may come first of all, and twice", function()
      local http = plain("/echo")
      local call = http:start(("x"):rep(1024 * 1024))
      http:abort(call)
      http:abort(call)
      assert.equal("answered", post(http).outcome)
    end)

    it("may come in the middle of a body", function()
      local http = tls("good")
      local call = http:start(("x"):rep(5 * 1024 * 1024))
      for _ = 1, 5 do http:wait(10) end
      http:abort(call)
      assert.equal("answered", post(http).outcome)
    end)

    it("forgets a call that had ended", function()
      local http = client("http://127.0.0.1:" .. dead_port())
      local calls = {}
      for i = 1, 4 do calls[i] = http:start("{}") end
      for _ = 1, 50 do http:wait(1000) end
      local kept = http:ended().call
      local left = {}
      for _, call in ipairs(calls) do left[#left + 1] = call ~= kept and call or nil end
      http:abort(left[3])
      http:abort(left[1])
      local another = http:start("{}")
      for _ = 1, 50 do http:wait(1000) end
      assert.equal(left[2], http:ended().call)
      assert.equal(another, http:ended().call)
      assert.is_nil(http:ended())
      assert.equal("not sent", post(http).outcome)
    end)
  end)

  describe("SIGPIPE", function()
    it("is not raised by a server that resets while we write", function()
      kxtest.http_sigpipe(true)
      for _ = 1, 5 do
        local http = plain("/reset/100")
        assert.equal("unknown", post(http, ("x"):rep(5 * 1024 * 1024)).outcome)
        http:close()
        http = tls("good", nil, "/reset/100")
        assert.equal("unknown", post(http, ("x"):rep(5 * 1024 * 1024)).outcome)
        http:close()
      end
    end)

    it("is not raised by closing a dead TLS connection", function()
      kxtest.http_sigpipe(true)
      local counter = tls("good", nil, "/count")
      for turn = 1, 2 do
        local http = tls("good", nil, "/bury")
        local closed = figures(counter).closed
        assert.equal("bye", post(http).reply)
        repeat until figures(counter).closed > closed
        if turn == 1 then assert.equal("bye", post(http).reply) end
        http:close()
      end
    end)

    it("keeps its handler, its mask and a signal that was pending", function()
      local before = { kxtest.http_sigpipe() }
      post(tls("good"))
      assert.same(before, { kxtest.http_sigpipe() })
      assert.is_false(before[1])
    end)
  end)

  it("names libcurl and its TLS library", function()
    assert.matches("^libcurl/%d+%.%d+%.%d+ %S+/%S+$", kxtest.http_version())
  end)
end)
