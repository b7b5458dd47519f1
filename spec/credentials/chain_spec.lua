-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Where credentials are found: where botocore finds them, in the same files, variables and servers.
-- And what the errors say when there are none. It is one file although it is long: botocore starts
-- slowly, so one call of it answers all cases.

local aws = require "aws_world"
local certificates = require "certificates"
local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local helper = require "helper"
local processes = require "processes"

local SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

local profiles = [[
[default]
region = eu-north-1
s3 =
  addressing_style = path
  aws_access_key_id = NOTHERE

[profile keys]
aws_access_key_id = AKCONFIG
aws_secret_access_key = secret of config
aws_session_token: token of config
[profile both]
aws_access_key_id = AKBOTHCONFIG
aws_secret_access_key = other
; a comment
[profile "with space"]
AWS_ACCESS_KEY_ID = AKSPACE
aws_secret_access_key = a=b # c
[profile process]
credential_process = cat PLACE/process.json
[profile failing]
credential_process = echo %s >&2; exit 3
[profile silent]
credential_process = true
[profile version]
credential_process = echo '{"Version": 2}'
[profile half]
aws_access_key_id = AKHALF
[profile role]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = base
external_id = an id & more
role_session_name = a-session
duration_seconds = 900
[profile base]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = %s
[profile chained]
role_arn = arn:aws:iam::123456789012:role/other
source_profile = role
[profile itself]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = itself
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = %s
[profile loop]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = pool
[profile pool]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = loop
[profile lost]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = nowhere
[profile empty]
region = eu-west-3
[profile of-empty]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = empty
[profile sourceless]
role_arn = arn:aws:iam::123456789012:role/some
[profile two]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = base
credential_source = Environment
[profile odd]
role_arn = arn:aws:iam::123456789012:role/some
credential_source = Moon
[profile of-container]
role_arn = arn:aws:iam::123456789012:role/some
credential_source = EcsContainer
[profile of-instance]
role_arn = arn:aws:iam::123456789012:role/some
credential_source = Ec2InstanceMetadata
[profile web]
role_arn = arn:aws:iam::123456789012:role/web
web_identity_token_file = PLACE/token
[profile of-web]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = web
[profile sso]
sso_session = work
sso_account_id = 123456789012
sso_role_name = Some Role
[profile of-sso]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = sso-before-sessions
[profile of-session]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = sso
[profile sso-before-sessions]
sso_start_url = https://before.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = role
[profile sso-expired]
sso_session = old
sso_account_id = 123456789012
sso_role_name = role
[profile sso-half]
sso_session = work
sso_role_name = role
[profile sso-lost]
sso_session = nowhere
sso_account_id = 123456789012
sso_role_name = role
[profile sso-contrary]
sso_session = work
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = role
[profile sso-never]
sso_session = never
sso_account_id = 123456789012
sso_role_name = role
[sso-session work]
sso_start_url = https://work.awsapps.com/start
sso_region = eu-west-1
[sso-session old]
sso_start_url = https://old.awsapps.com/start
sso_region = eu-west-1
[sso-session never]
sso_start_url = https://never.awsapps.com/start
sso_region = eu-west-1
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile global]
role_arn = arn:aws:iam::123456789012:role/some
source_profile = base
sts_regional_endpoints = legacy
]]

local keys = [[
[both]
aws_access_key_id = AKBOTH
aws_secret_access_key = secret of both
[only]
aws_access_key_id=AKONLY
aws_secret_access_key=secret of only
aws_session_token=token of only
]]

describe("credentials #valgrind", function()
  local place, server

  local function write(name, text) helper.write_file(place .. "/" .. name, text) end

  -- What `aws sso login` leaves behind.
  local function sign_in(name, expires)
    write(".aws/sso/cache/" .. core.sha1(name) .. ".json",
      ('{"accessToken": "SSO-TOKEN", "expiresAt": "%s", "region": "eu-west-1"}'):format(expires))
  end

  setup(function()
    server = aws.start()
    place = helper.temporary_directory()
    assert(helper.run("mkdir -p " .. place .. "/.aws/sso/cache") == 0)
    sign_in("work", "2999-01-01T00:00:00Z")
    sign_in("https://before.awsapps.com/start", "2999-01-01T00:00:00UTC")
    sign_in("old", "2020-01-01T00:00:00Z")
    write("both-defaults", "[default]\naws_access_key_id = AK1\naws_secret_access_key = SK1\n"
      .. "[profile default]\naws_access_key_id = AK2\naws_secret_access_key = SK2\n")
    for i, order in ipairs { { '"dev"', "dev" }, { "dev", '"dev"' }, { "dev", "'dev'" } } do
      write("quotes-" .. i, ("[profile %s]\naws_access_key_id = AK1\naws_secret_access_key = SK1\n"
        .. "aws_session_token = T1\n[profile %s]\naws_access_key_id = AK2\n"
        .. "aws_secret_access_key = SK2\n"):format(order[1], order[2]))
    end
    write("config", (profiles:format(SECRET, SECRET, SECRET):gsub("PLACE", place)))
    write("keys", keys)
    write("token", "WEB-IDENTITY-TOKEN")
    write("process.json", '{"Version": 1, "AccessKeyId": "AKPROCESS", "SecretAccessKey": "\\u0041",'
      .. '"SessionToken": "t", "Expiration": "2999-01-01T00:00:00+01:00"}')
    write("broken", "[default]\naws_secret_access_key " .. SECRET .. "\n")
  end)

  teardown(function()
    server.stop()
    helper.remove_directory(place)
  end)

  after_each(aws.reset)

  -- An environment with the files above and the servers in a mode.
  local function environment(more)
    local env = {
      AWS_CONFIG_FILE = place .. "/config", AWS_SHARED_CREDENTIALS_FILE = place .. "/keys",
      AWS_ENDPOINT_URL_STS = server.url .. "/sts/ok/", AWS_EC2_METADATA_DISABLED = "true",
      AWS_ENDPOINT_URL_SSO = server.url .. "/sso/ok", HOME = place,
    }
    for name, value in pairs(more or {}) do env[name] = value or nil end
    return env
  end

  local function find(more, settings)
    aws.set(environment(more))
    return aws.find(settings)
  end

  local function fails(text, more, settings)
    local found, message, code = find(more, settings)
    assert.same({ nil, "credentials" }, { found, code })
    assert.truthy(message:find(text, 1, true), message)
    assert.falsy(message:find(SECRET, 1, true), message)
  end

  local function container(mode) return server.url .. "/container/" .. mode end
  local function imds(mode)
    return { AWS_EC2_METADATA_DISABLED = "false",
             AWS_EC2_METADATA_SERVICE_ENDPOINT = server.url .. "/imds/" .. mode }
  end

  describe("are those that botocore finds", function()
    local function cases()
      local list = {}
      local function case(what, env, profile)
        list[#list + 1] = { what = what, env = environment(env), profile = profile }
      end
      case("nothing", {})
      case("variables", { AWS_ACCESS_KEY_ID = "AK", AWS_SECRET_ACCESS_KEY = "SK" })
      case("variables with a token", { AWS_ACCESS_KEY_ID = "AK", AWS_SECRET_ACCESS_KEY = "SK",
                                       AWS_SESSION_TOKEN = "T" })
      case("half of the variables", { AWS_ACCESS_KEY_ID = "AK", AWS_PROFILE = "keys" })
      case("the other half", { AWS_SECRET_ACCESS_KEY = "SK", AWS_PROFILE = "keys" })
      case("variables and a profile in them", { AWS_ACCESS_KEY_ID = "AK", AWS_PROFILE = "keys",
                                                AWS_SECRET_ACCESS_KEY = "SK" })
      case("variables and a profile", { AWS_ACCESS_KEY_ID = "AK", AWS_SECRET_ACCESS_KEY = "SK" },
        "keys")
      case("two profiles", { AWS_DEFAULT_PROFILE = "only", AWS_PROFILE = "keys" })
      case("a web identity", { AWS_WEB_IDENTITY_TOKEN_FILE = place .. "/token",
                               AWS_ROLE_ARN = "arn:aws:iam::123456789012:role/x" })
      case("a web identity and a profile", { AWS_WEB_IDENTITY_TOKEN_FILE = place .. "/token",
                                             AWS_ROLE_ARN = "arn:aws:iam::123456789012:role/x",
                                             AWS_PROFILE = "keys" })
      case("a web identity and a role", { AWS_WEB_IDENTITY_TOKEN_FILE = "/nonexistent/token",
                                          AWS_ROLE_ARN = "arn:aws:iam::123456789012:role/x",
                                          AWS_PROFILE = "role" })
      case("a web identity without a role", { AWS_WEB_IDENTITY_TOKEN_FILE = place .. "/token" })
      case("a web identity that is absent", { AWS_WEB_IDENTITY_TOKEN_FILE = "/nonexistent/token",
                                              AWS_ROLE_ARN = "arn:aws:iam::123456789012:role/x" })
      case("a web identity but a given profile", { AWS_WEB_IDENTITY_TOKEN_FILE = "/nonexistent/t",
                                                   AWS_ROLE_ARN = "arn:aws:iam::1:role/x" }, "keys")
      case("a role that is refused", { AWS_PROFILE = "role",
                                       AWS_ENDPOINT_URL_STS = server.url .. "/sts/denied/" })
      case("a container", { AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok" })
      case("a container that refuses", { AWS_CONTAINER_CREDENTIALS_FULL_URI = container "denied" })
      case("a container and a profile", { AWS_PROFILE = "empty",
                                          AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok" })
      case("a container elsewhere", {
        AWS_CONTAINER_CREDENTIALS_FULL_URI = "http://192.0.2.1/credentials" })
      case("an instance", imds "ok")
      case("an instance out of order", imds "broken")
      case("an instance that says no", imds "denied")
      case("an instance with half an answer", imds "partial")
      case("an instance with expired ones", imds "expired")
      local valid = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() + 3600)
      case("variables that expire", { AWS_ACCESS_KEY_ID = "AK", AWS_SECRET_ACCESS_KEY = "SK",
                                      AWS_CREDENTIAL_EXPIRATION = valid })
      case("variables that have expired", { AWS_ACCESS_KEY_ID = "AK", AWS_SECRET_ACCESS_KEY = "SK",
                                            AWS_CREDENTIAL_EXPIRATION = "2020-01-01T00:00:00Z" })
      case("variables that expire some time", { AWS_ACCESS_KEY_ID = "AK",
                                                AWS_SECRET_ACCESS_KEY = "SK",
                                                AWS_CREDENTIAL_EXPIRATION = "soon" })
      case("a default profile called so", { AWS_CONFIG_FILE = place .. "/both-defaults" })
      for i = 1, 3 do
        case("a name in quotes and without, order " .. i,
          { AWS_CONFIG_FILE = place .. "/quotes-" .. i, AWS_PROFILE = "dev" })
      end
      case("a directory for a file", { AWS_CONFIG_FILE = place })
      case("SSO that refuses", { AWS_PROFILE = "sso",
                                 AWS_ENDPOINT_URL_SSO = server.url .. "/sso/denied" })
      case("a file that cannot be read", { AWS_CONFIG_FILE = place .. "/broken" })
      for _, name in ipairs { "keys", "both", "with space", "only", "process", "failing", "silent",
        "version", "half", "role", "chained", "itself", "loop", "lost", "of-empty", "sourceless",
        "two", "odd", "web", "of-web", "empty", "absent", "sso", "of-sso", "sso-before-sessions",
        "sso-half", "sso-lost", "sso-contrary", "sso-never" } do
        case("profile " .. name, { AWS_PROFILE = name })
      end
      case("a role of the container's", { AWS_PROFILE = "of-container",
        AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok" })
      local instance = imds "ok"
      instance.AWS_PROFILE = "of-instance"
      case("a role of the instance's", instance)
      return list
    end

    -- The two tell failures apart from finding nothing in their own ways.
    local function summary(found, message)
      if found then
        return { id = found.access_key_id, secret = found.secret_access_key,
                 token = found.session_token }
      end
      return message:find("none found", 1, true) and { none = true } or { error = true }
    end

    it("in every case", function()
      local list, ours, theirs = cases(), {}, {}
      for i, expected in ipairs(aws.botocore(list, place)) do
        if expected.error then expected = { error = true } end
        if expected.token == helper.json.null then expected.token = nil end
        theirs[list[i].what] = expected
      end
      for _, case in ipairs(list) do
        aws.set(case.env)
        local found, message = aws.find { profile = case.profile }
        ours[case.what] = summary(found, message)
      end
      assert.same(theirs, ours)
    end)
  end)

  it("come with the place where they were found", function()
    local function come_from(source, variables)
      assert.equal(source, find(variables).source)
    end
    come_from("the environment", { AWS_ACCESS_KEY_ID = "AK", AWS_SECRET_ACCESS_KEY = "SK" })
    come_from('profile "role"', { AWS_PROFILE = "role" })
    come_from("a web identity", { AWS_WEB_IDENTITY_TOKEN_FILE = place .. "/token",
                                  AWS_ROLE_ARN = "arn:aws:iam::123456789012:role/x" })
    come_from("the container's server", { AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok" })
    come_from("the instance's metadata", imds "ok")
  end)

  it("of SSO are asked for with the token of the sign-in", function()
    server.log()
    local found = find { AWS_PROFILE = "sso" }
    assert.equal("AKIDEXAMPLE", found.access_key_id)
    assert.truthy(found.expires > os.time() and found.expires < os.time() + 7200)
    assert.equal("/sso/ok/federation/credentials?account_id=123456789012&role_name=Some%20Role",
      server.log()[1].path)
    -- This botocore looks for the session in the profile of the role.
    assert.equal("AKIDEXAMPLE", find({ AWS_PROFILE = "of-session" }).access_key_id)
  end)

  it("of a role are asked for as the profile says", function()
    assert.truthy(find { AWS_PROFILE = "role" })
    local log = server.log()
    local asked = log[#log]
    assert.equal("POST", asked.method)
    for _, text in ipairs { "Action=AssumeRole&", "DurationSeconds=900&",
      "ExternalId=an%20id%20%26%20more&", "RoleSessionName=a-session&", "Version=2011-06-15",
      "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fsome" } do
      assert.truthy(asked.body:find(text, 1, true), asked.body)
    end
  end)

  it("of a web identity are asked for with the token as it is then", function()
    local variables = { AWS_WEB_IDENTITY_TOKEN_FILE = place .. "/turning",
                        AWS_ROLE_ARN = "arn:x", AWS_ROLE_SESSION_NAME = "pod" }
    server.log()
    for _, token in ipairs { "FIRST", "SECOND" } do
      write("turning", token)
      assert.truthy(find(variables))
    end
    local log = server.log()
    assert.truthy(log[1].body:find("WebIdentityToken=FIRST", 1, true))
    assert.truthy(log[2].body:find("WebIdentityToken=SECOND", 1, true))
    assert.truthy(log[2].body:find("RoleSessionName=pod", 1, true))
    assert.equal(helper.json.null, log[2].authorization)
  end)

  it("are refused where they could not stand in a header, by their name", function()
    for name, text in pairs { AWS_ACCESS_KEY_ID = "AK\n", AWS_SECRET_ACCESS_KEY = "SK\r",
                              AWS_SESSION_TOKEN = "T\n" } do
      local env = { AWS_ACCESS_KEY_ID = "AK", AWS_SECRET_ACCESS_KEY = "SK" }
      env[name] = text
      fails(name .. " must ", env)
    end
    fails("AWS_ACCESS_KEY_ID must be printable ASCII", { AWS_ACCESS_KEY_ID = "A K",
                                                         AWS_SECRET_ACCESS_KEY = "SK" })
    for name, env in pairs {
      AWS_PROFILE = { AWS_PROFILE = "keys\n" },
      AWS_CONFIG_FILE = { AWS_CONFIG_FILE = place .. "/config\n" },
      AWS_WEB_IDENTITY_TOKEN_FILE = { AWS_WEB_IDENTITY_TOKEN_FILE = place .. "/token\n",
                                      AWS_ROLE_ARN = "arn:aws:iam::123456789012:role/x" },
      AWS_ROLE_ARN = { AWS_WEB_IDENTITY_TOKEN_FILE = place .. "/token", AWS_ROLE_ARN = "r\n" },
      AWS_ENDPOINT_URL_STS = { AWS_PROFILE = "role",
                               AWS_ENDPOINT_URL_STS = server.url .. "/sts/ok\n" },
      AWS_CONTAINER_CREDENTIALS_FULL_URI = {
        AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok" .. "\n" },
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = {
        AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = place .. "/authorization\n" },
      AWS_EC2_METADATA_SERVICE_ENDPOINT = {
        AWS_EC2_METADATA_DISABLED = "false",
        AWS_EC2_METADATA_SERVICE_ENDPOINT = server.url .. "/imds/ok\n" },
    } do
      fails(name .. " must not hold a control character", env)
    end
  end)

  it("of a container are asked for with its token, the file's before the variable's", function()
    local variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok?a=b",
                        AWS_CONTAINER_AUTHORIZATION_TOKEN = "Basic of-variable" }
    server.log()
    assert.truthy(find(variables))
    variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = place .. "/authorization"
    write("authorization", "Basic of-file\n")
    assert.truthy(find(variables))
    write("authorization", "two\nlines")
    fails("control characters", variables)
    variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = "/nonexistent/file"
    fails("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", variables)
    local log = server.log()
    assert.equal("Basic of-variable", log[1].authorization)
    assert.equal("/container/ok?a=b", log[1].path)
    assert.equal("Basic of-file", log[2].authorization)
    assert.equal(2, #log)
  end)

  for _, url in ipairs { "http://example.org/x", "http://me@127.0.0.1/x", "ftp://127.0.0.1/x", "x",
                         "http://127.0.0.1.example.org/x", "http://169.254.169.254/x" } do
    it("are not asked for at " .. url, function()
      fails("AWS_CONTAINER_CREDENTIALS_FULL_URI ", { AWS_CONTAINER_CREDENTIALS_FULL_URI = url })
    end)
  end

  it("of an instance take the second version of the service", function()
    server.log()
    local found = find(imds "ok")
    assert.equal("AKIDEXAMPLE", found.access_key_id)
    assert.truthy(found.expires > os.time())
    local log, root = server.log(), "/imds/ok/latest/meta-data/iam/security-credentials/"
    assert.same({ "PUT", "/imds/ok/latest/api/token", root, root .. "some-role" },
      { log[1].method, log[1].path, log[2].path, log[3].path })
  end)

  it("of an instance that have expired are taken for a while", function()
    local found = find(imds "expired")
    assert.truthy(found.expires > os.time() + 15 * 60)
  end)

  it("of an instance are asked for as often as AWS_METADATA_SERVICE_NUM_ATTEMPTS says", function()
    local variables = imds "broken"
    variables.AWS_METADATA_SERVICE_NUM_ATTEMPTS = "4"
    server.log()
    fails("instance metadata: status 500", variables)
    assert.equal(4, #server.log())
  end)

  it("use no proxy on the way to container and instance", function()
    for _, variables in ipairs { imds "ok",
                                 { AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok" } } do
      assert.truthy(find(variables, { proxy = "http://127.0.0.1:1" }))
    end
  end)

  describe("of a role", function()
    local proxy

    setup(function()
      local words = { "/usr/bin/python3", processes.here() .. "servers/proxy.py", "{port}" }
      proxy = processes.start(words, function(own) return own.output():match "ready" end)
    end)

    teardown(function() proxy.stop() end)

    -- No farther than to the proxy, which says where it should have gone.
    local function asks(host, region, more)
      more.AWS_ENDPOINT_URL_STS, more.AWS_PROFILE = false, more.AWS_PROFILE or "role"
      local url = ("http://forbid:pa55word@127.0.0.1:%s"):format(proxy.port)
      fails("STS: ", more, { region = region, proxy = url })
      helper.wait_until(function()
        return proxy.output():find("CONNECT " .. host .. ":443 ", 1, true)
      end)
    end

    it("are asked for at the region's STS, through the proxy", function()
      asks("sts.eu-west-2.amazonaws.com", "eu-west-2", {})
      asks("sts.cn-north-1.amazonaws.com.cn", "cn-north-1", {})
    end)

    it("are asked for at the global STS if that is wished", function()
      asks("sts.amazonaws.com", "eu-west-3", { AWS_PROFILE = "global" })
      asks("sts.ap-east-1.amazonaws.com", "ap-east-1", { AWS_STS_REGIONAL_ENDPOINTS = "legacy" })
      asks("sts.eu-west-3.amazonaws.com", "eu-west-3", {
        AWS_PROFILE = "global", AWS_STS_REGIONAL_ENDPOINTS = "regional" })
    end)
  end)

  it("are asked for in TLS, of those that AWS_CA_BUNDLE names only", function()
    local made = certificates.make(place)
    local secure = aws.start(made.good)
    finally(secure.stop)
    local variables = { AWS_ENDPOINT_URL_STS = secure.url .. "/sts/ok/", AWS_PROFILE = "role" }
    fails("certificate", variables)
    variables.AWS_CA_BUNDLE = made.ca
    aws.set(environment(variables))
    assert.truthy(aws.find { ca_file = config.complete({}).ca_file })
  end)

  describe("that are not found", function()
    it("are told with all that was tried", function()
      for _, text in ipairs { "none found", "AWS_ACCESS_KEY_ID is not set", 'profile "default"',
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_DISABLED is true", "give the credentials option" } do
        fails(text, { AWS_CONFIG_FILE = false, AWS_SHARED_CREDENTIALS_FILE = false })
      end
    end)

    local function sts(mode) return { AWS_PROFILE = "role",
                                      AWS_ENDPOINT_URL_STS = server.url .. "/sts/" .. mode } end
    local function at(mode) return { AWS_CONTAINER_CREDENTIALS_FULL_URI = container(mode) } end

    it("are told with the provider's own failure", function()
      fails('profile "role": role arn:aws:iam::123456789012:role/some: STS refused it: '
        .. "AccessDenied: not you", sts "denied")
      fails("STS answered with status 500", sts "broken")
      fails("STS: no AccessKeyId in the answer", sts "garbage")
      fails("STS: no SecretAccessKey in the answer", sts "partial")
      fails("have expired", sts "expired")
      fails("container credentials: the server answered with status 403", at "denied")
      fails("container credentials: the server answered with status 500", at "broken")
      fails("container credentials: the answer is not a JSON object", at "garbage")
      fails("no SecretAccessKey in the answer", at "partial")
      fails("have expired", at "expired")
      fails("instance metadata: ", imds "garbage")
      local variables = imds "hang"
      variables.AWS_METADATA_SERVICE_NUM_ATTEMPTS = "1"
      fails("hop limit", variables)
      fails("credential_process: it ended with status 3", { AWS_PROFILE = "failing" })
      fails("credential_process: the answer is not a JSON object", { AWS_PROFILE = "silent" })
      fails("does not have Version 1", { AWS_PROFILE = "version" })
      fails("nobody can enter here", { AWS_PROFILE = "mfa" })
      fails("AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time", { AWS_ACCESS_KEY_ID = "AK",
                                                      AWS_SECRET_ACCESS_KEY = "SK",
                                                      AWS_CREDENTIAL_EXPIRATION = "soon" })
      fails(place .. ": Is a directory", { AWS_CONFIG_FILE = place })
      fails("longer than 1048576 bytes", { AWS_CONFIG_FILE = "/dev/zero" })
      fails('there is no profile "absent"', { AWS_PROFILE = "absent" })
      fails("leads back to itself", { AWS_PROFILE = "loop" })
      fails("/broken: line 2 ", { AWS_CONFIG_FILE = place .. "/broken" })
    end)

    it("are told with what is wrong with a sign-in", function()
      local function refuses(text, profile, mode)
        fails('profile "' .. profile .. '": SSO: ' .. text, {
          AWS_PROFILE = profile, AWS_ENDPOINT_URL_SSO = server.url .. "/sso/" .. (mode or "ok") })
      end
      refuses("nobody has signed in (aws sso login --profile sso-never signs in)", "sso-never")
      refuses("the sign-in has expired (aws sso login --profile sso-expired", "sso-expired")
      refuses("has no sso_account_id", "sso-half")
      refuses('sso_session "nowhere" does not exist', "sso-lost")
      refuses("sso_region is not the same in the profile and in its sso_session", "sso-contrary")
      refuses("status 403: does the user have this role?", "sso", "denied")
      refuses("the answer has no roleCredentials", "sso", "garbage")
      refuses("no SecretAccessKey in the answer", "sso", "partial")
      write(".aws/sso/cache/" .. core.sha1 "never" .. ".json",
        '{"accessToken": "OTHER", "expiresAt": "2999-01-01T00:00:00Z"}')
      refuses("the sign-in is no longer valid", "sso-never")
    end)

    it("are told when nobody answers in time", function()
      fails("STS: ", sts "hang", { request_timeout_ms = 200 })
      local found = find(sts "ok", { request_timeout_ms = 20000 })
      assert.equal("AKIDEXAMPLE", found.access_key_id)
    end)
  end)

  it("are looked for without waiting when nothing may wait", function()
    aws.set(environment { AWS_CONTAINER_CREDENTIALS_FULL_URI = container "ok" })
    local found, _, _, steps = aws.find(nil, 0)
    assert.truthy(found)
    assert.truthy(steps > 1, steps)
  end)
end)
