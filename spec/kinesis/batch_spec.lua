-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local cjson = require "cjson"
local helper = require "helper"
local kx = require "kxtest"

local function options(more)
  local all = { sink = "firehose", stream = "s" }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

-- Packs pieces of whole events into as many batches as they need. Returns the batches, and the
-- events that are too large for a record.
local function pack_all(opts, pieces)
  local packer, batches, large = kx.packer(opts), {}, {}
  for _, piece in ipairs(pieces) do
    while #piece > 0 do
      local how, used = packer:pack(piece)
      piece = piece:sub(used + 1)
      if how == "full" then
        batches[#batches + 1] = packer:close()
        packer:clear()
      elseif how == "large" then
        large[#large + 1] = piece:match("^[^\n]*")
        piece = piece:gsub("^[^\n]*\n", "", 1)
      end
    end
  end
  local last = packer:close()
  if last.events > 0 then batches[#batches + 1] = last end
  return batches, large
end

local function text_of(batches)
  local parts = {}
  for _, batch in ipairs(batches) do
    for _, record in ipairs(batch.records) do parts[#parts + 1] = record.text end
  end
  return table.concat(parts)
end

local function repeated(event, n)
  return (event .. "\n"):rep(n)
end

describe("batch", function()
  it("fills a record to the byte", function()
    local one = pack_all(options { record_bytes = 30 }, { repeated("123456789", 3) })
    assert.equal(1, #one[1].records)
    local two = pack_all(options { record_bytes = 29 }, { repeated("123456789", 3) })
    assert.same({ 20, 10 }, { two[1].records[1].raw, two[1].records[2].raw })
  end)

  it("fills a batch to the byte", function()
    assert.equal(1, #pack_all(options { record_bytes = 20, batch_bytes = 40 },
      { repeated("123456789", 4) }))
    assert.equal(2, #pack_all(options { record_bytes = 20, batch_bytes = 39 },
      { repeated("123456789", 4) }))
  end)

  it("keeps to the limits of records in a batch and of events in a record", function()
    local batches = pack_all(options { batch_records = 2, events_per_record = 3 },
      { repeated("x", 14) })
    local events = {}
    for _, batch in ipairs(batches) do
      for _, record in ipairs(batch.records) do events[#events + 1] = record.events end
      assert.is_true(#batch.records <= 2)
    end
    assert.same({ 3, 3, 3, 3, 2 }, events)
  end)

  it("finds an event that is too large for a record, and continues after it", function()
    local batches, large = pack_all(options { record_bytes = 10 },
      { "small\n" .. ("L"):rep(10) .. "\n" .. ("f"):rep(9) .. "\n" })
    assert.same({ ("L"):rep(10) }, large)
    assert.equal("small\n" .. ("f"):rep(9) .. "\n", text_of(batches))
  end)

  it("gives back what was packed, under all cuts and limits", function()
    local seed = 7
    local function below(n)
      seed = seed * 48271 % 2147483647
      return seed % n
    end
    for round = 1, 60 do
      local pieces, all = {}, {}
      for i = 1, 1 + below(12) do
        pieces[i] = table.concat(helper.events(1 + below(9), round, i * 100), "\n") .. "\n"
        all[i] = pieces[i]
      end
      local opts = options {
        record_bytes = 300 + below(1500), batch_bytes = 2000 + below(3000),
        batch_records = 1 + below(5), events_per_record = below(6),
      }
      local batches, large = pack_all(opts, pieces)
      assert.same({}, large)
      assert.equal(table.concat(all), text_of(batches))
      for _, batch in ipairs(batches) do
        assert.is_true(batch.raw <= opts.batch_bytes)
        for _, record in ipairs(batch.records) do
          assert.is_true(record.raw <= opts.record_bytes)
          assert.equal(record.raw, #record.text)
        end
      end
    end
  end)

  it("writes the body that PutRecordBatch takes", function()
    local batch = pack_all(options { stream = 'a"b', events_per_record = 1 }, { "{}\n[]\n" })[1]
    local body = cjson.decode(batch.body)
    assert.same({ DeliveryStreamName = 'a"b',
      Records = { { Data = "e30K" }, { Data = "W10K" } } }, body)
  end)

  it("writes the body that PutRecords takes, with a key for each record", function()
    local opts = options { sink = "streams", events_per_record = 1 }
    local body = cjson.decode(pack_all(opts, { "{}\n[]\n" })[1].body)
    assert.equal("s", body.StreamName)
    assert.equal("e30K", body.Records[1].Data)
    assert.equal(32, #body.Records[1].PartitionKey)
    assert.not_equal(body.Records[1].PartitionKey, body.Records[2].PartitionKey)
    opts.key = "fixed"
    body = cjson.decode(pack_all(opts, { "{}\n[]\n" })[1].body)
    assert.equal("fixed", body.Records[2].PartitionKey)
  end)

  it("keeps the refused records of a batch, byte for byte", function()
    local packer = kx.packer(options { events_per_record = 1 })
    packer:pack "first\nsecond\nthird\nfourth\n"
    packer:close()
    local left = packer:keep { false, true, false, true }
    assert.equal("second\nfourth\n", text_of { left })
    assert.same({ 2, 14 }, { left.events, left.raw })
    assert.equal(2, #cjson.decode(left.body).Records)
    left = packer:keep { false, true }
    assert.equal("fourth\n", text_of { left })
    assert.equal(1, #cjson.decode(left.body).Records)
  end)

  it("splits a batch by records, then a record by events, down to one event", function()
    local packer = kx.packer(options { events_per_record = 4 })
    packer:pack "a\nb\nc\nd\ne\nf\ng\nh\n"
    packer:close()
    local sizes = {}
    while packer:batch().events > 1 do
      assert.is_true(packer:split())
      local first, second = packer:batch(), packer:rest()
      cjson.decode(first.body)
      cjson.decode(second.body)
      sizes[#sizes + 1] = text_of { first } .. "|" .. text_of { second }
    end
    assert.same({ "a\nb\nc\nd\n|e\nf\ng\nh\n", "a\nb\nc\n|d\n", "a\nb\n|c\n", "a\n|b\n" }, sizes)
  end)
end)

describe("a batch whose memory runs out", function()
  after_each(function() kx.fail_allocation() end)

  local EVENTS = table.concat(helper.events(40), "\n") .. "\n"

  local function closed(opts)
    local packer = kx.packer(opts)
    packer:pack(EVENTS)
    return packer, packer:close()
  end

  -- Splits one such batch after the other. In each, one more allocation succeeds.
  local function split_in_spite_of_failures(opts)
    local n, split, _, code = 0
    repeat
      n = n + 1
      local packer, before = closed(opts)
      kx.fail_allocation(n)
      split, _, code = packer:split()
      kx.fail_allocation()
      if not split then
        assert.equal("memory", code)
        assert.same(before, packer:batch(), "allocation " .. n)
        assert.equal(0, packer:rest().events)
        assert.is_true(packer:split()) -- there is memory again
      end
      local first, second = packer:batch(), packer:rest()
      assert.is_true(EVENTS == text_of { first, second }, "allocation " .. n)
      assert.equal(40, first.events + second.events)
      assert.is_true(first.events > 0 and second.events > 0)
    until split
    assert.is_true(n > 2, n)
  end

  it("is split by records, or not changed", function()
    split_in_spite_of_failures(options { events_per_record = 4 })
  end)

  for _, sink in ipairs { "firehose", "streams" } do
    it("is split by events, or not changed: " .. sink, function()
      split_in_spite_of_failures(options { sink = sink })
    end)
  end

  it("does not give a part of the events for all of them", function()
    local packer = kx.packer(options())
    packer:pack "first\n"
    kx.fail_allocation(1)
    packer:pack(EVENTS)
    kx.fail_allocation()
    local batch = packer:close()
    assert.equal(41, batch.events)
    assert.is_nil(batch.records[1].text)
  end)
end)
