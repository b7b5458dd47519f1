-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

local function parts(overrides)
  local all = { tls = false, host = "", port = 6379, path = "", db = 0, user = "", password = "",
                master = "", sentinels = {} }
  for name, value in pairs(overrides) do all[name] = value end
  return all
end

local good = {
  ["redis://localhost"] = { host = "localhost" },
  ["redis://localhost/"] = { host = "localhost" },
  ["REDIS://Localhost"] = { host = "Localhost" },
  ["redis://127.0.0.1:6380/2"] = { host = "127.0.0.1", port = 6380, db = 2 },
  ["redis://h:1"] = { host = "h", port = 1 },
  ["redis://h:65535/0"] = { host = "h", port = 65535 },
  ["redis://h/2147483647"] = { host = "h", db = 2147483647 },
  ["redis://:pw@h"] = { host = "h", password = "pw" },
  ["redis://me:pw@h:7/1"] = { host = "h", port = 7, db = 1, user = "me", password = "pw" },
  ["redis://me:a:b@c@h"] = { host = "h", user = "me", password = "a:b@c" },
  ["redis://:@h"] = { host = "h" },
  ["redis://m%65:%2F%3f%23%40%25%20@h"] = { host = "h", user = "me", password = "/?#@% " },
  ["redis://:%C3%A9@h"] = { host = "h", password = "\195\169" },
  ["redis://%68ost"] = { host = "host" },
  ["rediss://h"] = { tls = true, host = "h" },
  ["RedisS://me:pw@h:6380/1"] =
    { tls = true, host = "h", port = 6380, db = 1, user = "me", password = "pw" },
  ["redis://[::1]"] = { host = "::1" },
  ["redis://:pw@[fe80::1%25eth0]:6380/3"] =
    { host = "fe80::1%eth0", port = 6380, db = 3, password = "pw" },
  ["unix:///run/redis.sock"] = { path = "/run/redis.sock" },
  ["unix:///run/a b%20@c:d.sock?db=4"] = { path = "/run/a b%20@c:d.sock", db = 4 },
  ["unix://me:pw@/run/redis.sock?db=15"] =
    { path = "/run/redis.sock", db = 15, user = "me", password = "pw" },
  ["unix://:p%2Fw@/s"] = { path = "/s", password = "p/w" },
  ["redis+sentinel://h/m"] = { master = "m", sentinels = { "h 26379" } },
  ["redis+sentinel://h:1/my%20master/"] = { master = "my master", sentinels = { "h 1" } },
  ["redis+sentinel://a,b:7,[::1],[::2]:9/m/3"] =
    { master = "m", db = 3, sentinels = { "a 26379", "b 7", "::1 26379", "::2 9" } },
  ["Redis+Sentinel://me:p,w@a,b/m"] =
    { master = "m", user = "me", password = "p,w", sentinels = { "a 26379", "b 26379" } },
  ["rediss+sentinel://:p%2Fw@a/m/1"] =
    { tls = true, master = "m", db = 1, password = "p/w", sentinels = { "a 26379" } },
}

-- Each contains SECRET in place of a password.
local bad = {
  ["redis://:SECRET@"] = "the host is missing",
  ["redis://:SECRET@:6379"] = "the host is missing",
  ["redis://:SECRET@h:0"] = "the port is not",
  ["redis://:SECRET@h:65536"] = "the port is not",
  ["redis://:SECRET@h:99999999999999999999"] = "the port is not",
  ["redis://:SECRET@h:"] = "the port is not",
  ["redis://:SECRET@h:x"] = "the port is not",
  ["redis://:SECRET@h:-1"] = "the port is not",
  ["redis://:SECRET@h/x"] = "the database is not",
  ["redis://:SECRET@h/-1"] = "the database is not",
  ["redis://:SECRET@h/1/"] = "the database is not",
  ["redis://:SECRET@h/2147483648"] = "the database is not",
  ["redis://:SECRET@h?db=1"] = "nothing may follow",
  ["redis://:SECRET@h/1?x"] = "nothing may follow",
  ["redis://:SECRET@h/1#x"] = "nothing may follow",
  ["redis://:SEC/RET@h"] = "%2F",
  ["redis://:SEC?RET@h"] = "%2F",
  ["redis://:SEC#RET@h/1"] = "%2F",
  ["redis://SECRET@h"] = "a password is written",
  ["redis://SECRET:@h"] = "the user has no password",
  ["redis://:SECRET%@h"] = "%XX",
  ["redis://:SECRET%4@h"] = "%XX",
  ["redis://:SECRET%zz@h"] = "%XX",
  ["redis://:SECRET%00@h"] = "%XX",
  ["redis://:SECRET@::1"] = "brackets",
  ["redis://:SECRET@[::1"] = "] after",
  ["redis://:SECRET@[::1]6379"] = "the port is not",
  ["redis://:SECRET@[]"] = "the host is missing",
  ["redis://:SECRET@a b"] = "hosts cannot have",
  ["redis://:SECRET@h%2Fx"] = "hosts cannot have",
  ["redis://:SECRET\n@h"] = "control character",
  ["redis://:SECRET@h\0"] = "control character",
  ["redis://:SECRET\127@h"] = "control character",
  ["unix://:SECRET@"] = "path is missing",
  ["unix://SECRET/run/redis.sock"] = "does not begin with /",
  ["unix://SECRET@/run/redis.sock"] = "a password is written",
  ["unix://:SECRET@/s?db="] = "the database is not",
  ["unix://:SECRET@/s?db=x"] = "the database is not",
  ["unix://:SECRET@/s?x=1"] = "only db=N",
  ["unix://:SECRET@/s?"] = "only db=N",
  ["rediss://:SECRET@"] = "the host is missing",
  ["redis://:SECRET@a,b"] = "hosts cannot have",
  ["redis+sentinel://:SECRET@"] = "the name of the master",
  ["redis+sentinel://:SECRET@h"] = "the name of the master",
  ["redis+sentinel://:SECRET@h/"] = "the name of the master",
  ["redis+sentinel://:SECRET@h//1"] = "the name of the master",
  ["redis+sentinel://:SECRET@/m"] = "the host is missing",
  ["redis+sentinel://:SECRET@h,/m"] = "the host is missing",
  ["redis+sentinel://:SECRET@h,,i/m"] = "the host is missing",
  ["redis+sentinel://:SECRET@h:0,i/m"] = "the port is not",
  ["redis+sentinel://:SECRET@h/m/x"] = "the database is not",
  ["redis+sentinel://:SECRET@h/m/1/2"] = "the database is not",
  ["redis+sentinel://:SECRET@h/m?db=1"] = "nothing may follow",
  ["redis+sentinel://:SEC/RET@h/m"] = "%2F",
  ["redis+sentinel://SECRET@h/m"] = "a password is written",
  ["redis+sentinel://:SECRET@h/%zz"] = "%XX",
  ["redis+sentinel://:SECRET@a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a/m"] = "more than 16",
  ["redis-sentinel://:SECRET@h/0?sentinelMasterId=m"] = "redis+sentinel://",
  ["http://:SECRET@h"] = "does not begin with",
  ["SECRET@h"] = "does not begin with",
  ["redis:/:SECRET@h"] = "does not begin with",
  ["/run/SECRET.sock"] = "does not begin with",
  [":SECRET"] = "does not begin with",
}

describe("redis_url", function()
  it("splits every form of URL", function()
    for url, expected in pairs(good) do
      assert.same(parts(expected), (kx.redis_url_parse(url)))
    end
  end)

  it("says what is wrong with a URL, and how to write one", function()
    for url, phrase in pairs(bad) do
      local parsed, message, code = kx.redis_url_parse(url)
      assert.is_nil(parsed)
      assert.equal("config", code)
      assert.is_truthy(message:find(phrase, 1, true), url .. ": " .. message)
      assert.is_truthy(message:find("redis://[[user]:password@]host[:port][/db]", 1, true))
    end
  end)

  it("never repeats a secret and leaves none behind", function()
    for url in pairs(bad) do
      local _, message, _, zero = kx.redis_url_parse(url)
      assert.is_nil(message:find("SEC", 1, true) or message:find("RET", 1, true))
      assert.is_true(zero)
    end
  end)

  it("refuses an empty text", function()
    assert.is_nil((kx.redis_url_parse("")))
    assert.is_nil((kx.redis_url_parse("redis://")))
    assert.is_nil((kx.redis_url_parse("unix://")))
  end)

  it("accepts parts of the greatest length, and refuses longer ones", function()
    local limits = {
      { "redis://%s", "host", 255 },
      { "redis://:%s@h", "password", 511 },
      { "redis://%s:p@h", "user", 511 },
      { "unix:///%s", "path", 106 },
    }
    for _, limit in ipairs(limits) do
      local form, part, room = limit[1], limit[2], limit[3]
      local parsed = assert(kx.redis_url_parse(form:format(("x"):rep(room))))
      assert.is_truthy(parsed[part]:find(("x"):rep(room), 1, true))
      local refused, message = kx.redis_url_parse(form:format(("x"):rep(room + 1)))
      assert.is_nil(refused)
      assert.is_truthy(message:find("long", 1, true))
    end
  end)
end)
