-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local negotiate = require "kinesis_exporter.nginx.negotiate"

describe("the format of the status", function()
  local function header(text) return (negotiate.choose(nil, text)) end

  it("is what the request's argument says, whatever is accepted", function()
    assert.equal("json", negotiate.choose("json", "text/html"))
    assert.equal("prometheus", negotiate.choose("prometheus"))
    assert.equal("html", negotiate.choose("html", "application/json"))
    assert.same({ nil, 400, "format must be html, json or prometheus" },
      { negotiate.choose("xml", "text/html") })
    assert.is_nil((negotiate.choose("")))
  end)

  it("is a page where nothing is said", function()
    assert.equal("html", header(nil))
    assert.equal("html", header " ")
    assert.equal("html", header "*/*")
  end)

  it("is what a browser, a script and Prometheus ask for", function()
    assert.equal("html", header("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"))
    assert.equal("json", header "application/json")
    assert.equal("json", header "application/json, text/plain, */*")
    assert.equal("prometheus", header("application/openmetrics-text;version=1.0.0;q=0.5,"
      .. "text/plain;version=0.0.4;q=0.4,*/*;q=0.1"))
    assert.equal("prometheus", header "text/plain")
  end)

  it("weighs qualities, the more specific range first", function()
    assert.equal("json", header "text/html;q=0.2, application/json;q=0.7")
    assert.equal("json", header "text/*;q=0.3, application/*;q=0.5")
    assert.equal("json", header "text/html;q=0, text/plain; q=0, */*")
    assert.equal("prometheus", header "TEXT/PLAIN;Q=1, text/html;q=0.9")
  end)

  it("says so when there is none", function()
    local found, status, why = negotiate.choose(nil, "image/png")
    assert.same({ 406, "the formats are text/html, application/json and text/plain (Prometheus)" },
      { status, why })
    assert.is_nil(found)
    assert.equal(406, select(2, negotiate.choose(nil, "text/html;q=0")))
  end)
end)
