-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- A status report as an HTML page. It needs no script and no other file.
-- @module kinesis_exporter.status.page

local chart = require "kinesis_exporter.status.chart"
local escape = require "kinesis_exporter.status.escape"

local page = {}

local html, count = escape.html, escape.count

local STYLE = [[
:root{--ink:#1c2430;--soft:#6a7585;--line:#e3e7ec;--back:#f5f7f9;--card:#fff;--good:#1a7f52;
--bad:#b3261e;--warn:#9a6700;--one:#3366cc;--two:#1a7f52}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#93a0b2;--line:#2b3442;--back:#12161c;
--card:#1a2029;--good:#4cc38a;--bad:#ff8a80;--warn:#e3b341;--one:#7aa2ff;--two:#4cc38a}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 3rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:0 0 .6rem}
header{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:baseline;margin-bottom:1.2rem}
header p{margin:0;color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(3,1fr);gap:.8rem}
@media(max-width:40rem){.cards{grid-template-columns:repeat(2,1fr)}}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.9rem 1.1rem;
margin-bottom:.8rem;overflow-wrap:anywhere}
.cards .card{margin:0}.cards{margin-bottom:.8rem}
.card p{margin:0;color:var(--soft);font-size:.85rem}
.value{font-size:1.6rem;line-height:1.3;font-variant-numeric:tabular-nums}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td{padding:.25rem 0;border-top:1px solid var(--line);vertical-align:top}
tr:first-child td{border-top:0}td+td{text-align:right;padding-left:1rem}
.log td+td{text-align:left}.log td{white-space:nowrap}.log td:last-child{white-space:normal}
svg{display:block;width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}
.grid{stroke:var(--line)}.one{stroke:var(--one)}.two{stroke:var(--two)}
.one,.two{fill:none;stroke-width:1.8;stroke-linejoin:round}
.area{fill:var(--one);opacity:.12}
.key{display:inline-block;width:.8rem;height:.2rem;vertical-align:middle;margin:0 .3rem 0 .8rem}
]]

local HEAD = [[<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content="10"><meta name="robots" content="noindex">
<title>%s</title><style>%s</style></head><body><main>
<header><h1>kinesis-exporter</h1><p>%s</p></header>
]]

local function time_of_day(seconds)
  return os.date("!%Y-%m-%d %H:%M:%S UTC", seconds)
end

local function head(report)
  local to = report.stream and ("to %s (%s)"):format(report.stream, report.sink) or "no stream"
  local line = ("%s · %s · version %s"):format(to, time_of_day(report.time), report.version)
  return HEAD:format(html(report.up and "kinesis-exporter" or "kinesis-exporter: down"), STYLE,
    html(line))
end

local function card(title, value, note, class)
  return ('<div class="card"><p>%s</p><div class="value %s">%s</div><p>%s</p></div>'):format(
    html(title), class or "", html(value), html(note or ""))
end

local function lock_card(report)
  if not report.lock then return card("Lock", "free", "no job is under way") end
  local ttl = report.lock_ttl_ms
  local left = ttl and ttl >= 0 and ("%d s left"):format(math.ceil(ttl / 1000)) or "without expiry"
  return card("Lock", "held", ("%s, %s"):format(report.lock, left))
end

local function bucket_time(name)
  local y, m, d, h, min, s = (name or ""):match "^(....)(..)(..)(..)(..)(..)$"
  return y and ("read up to %s-%s-%s %s:%s:%s"):format(y, m, d, h, min, s) or "no bucket was read"
end

local function trouble(n) return n > 0 and "warn" or "" end

local function cards(report)
  return table.concat({
    '<div class="cards">',
    card("Exporting", report.enabled and "on" or "off", "for all exporters that share this Redis",
      report.enabled and "good" or "warn"),
    lock_card(report),
    card("Backlog", count(report.pending), "events stored and not yet accepted"),
    card("Buckets", count(report.buckets), bucket_time(report.latest_bucket)),
    card("Rejected", count(report.rejected), "events that cannot be exported",
      trouble(report.rejected)),
    card("Failed jobs", count(report.failed_jobs), "tried three times",
      trouble(report.failed_jobs)),
    "</div>",
  }, "\n")
end

local function charts(samples)
  if #samples < 2 then
    return '<div class="card"><h2>The last hour</h2><p>Figures appear here while a worker has '
      .. 'called <code>start</code> of kinesis_exporter.nginx.</p></div>'
  end
  return ('<div class="card"><h2>Backlog, events</h2>%s</div>\n<div class="card"><h2>Events a '
    .. 'second<span class="key" style="background:var(--one)"></span>stored<span class="key" '
    .. 'style="background:var(--two)"></span>accepted by Kinesis</h2>%s</div>'):format(
    chart.levels(samples, "pending"), chart.rates(samples, { "stored", "accepted" }))
end

local function row(name, value)
  return ("<tr><td>%s</td><td>%s</td></tr>"):format(html(name), html(value))
end

local TOTALS = {
  { "events_stored", "events stored" }, { "events_accepted", "events accepted by Kinesis" },
  { "events_taken", "events made of counters" }, { "reports", "reports taken" },
  { "jobs", "jobs begun" }, { "calls", "calls to Kinesis" }, { "retries", "calls repeated" },
  { "throttled", "times asked to slow down" }, { "bytes_sent", "bytes sent" },
  { "events_dropped", "events refused, buffer full" },
  { "reports_dropped", "reports refused, buffer full" },
  { "counters_left_out", "times a counter could not be counted up" },
  { "store_failures", "writes to Redis that failed" }, { "emergencies", "emergencies" },
}

local function totals(report)
  local rows = {}
  for i, total in ipairs(TOTALS) do rows[i] = row(total[2], count(report.totals[total[1]] or 0)) end
  return ('<div class="card"><h2>All processes, since the beginning</h2><table>%s</table></div>')
    :format(table.concat(rows))
end

local function process(report)
  local of = report.process
  if not of.bytes_buffered then return "" end
  return ('<div class="card"><h2>This worker, process %s</h2><table>%s</table></div>'):format(
    html(of.pid), row("events in its buffer", count(of.events_buffered))
    .. row("bytes of its buffer in use", ("%s of %s"):format(count(of.bytes_buffered),
      count(of.buffer_bytes)))
    .. row("refused because the buffer was full", ("%s events, %s reports"):format(
      count(of.events_dropped), count(of.reports_dropped)))
    .. row("writes to Redis that failed", count(of.store_failures)))
end

local function errors(report)
  local rows = {}
  for i, item in ipairs(report.errors) do
    rows[i] = ('<tr><td>%s</td><td class="%s">%s</td><td>%s</td></tr>'):format(
      time_of_day(item.time), item.level == "error" and "bad" or "warn", html(item.level),
      html(item.message))
  end
  local body = #rows > 0 and '<table class="log">' .. table.concat(rows) .. "</table>"
    or "<p>none in this worker</p>"
  return '<div class="card"><h2>Last warnings and errors of this worker</h2>' .. body .. "</div>"
end

local function down(report)
  return ('<div class="card"><p>%s</p><div class="value bad">down</div><p>%s</p></div>'):format(
    html(report.code), html(report.error))
end

--- Writes a report.
-- @tparam table report of kinesis_exporter.status.snapshot
-- @treturn string HTML
function page.write(report)
  local parts = { head(report) }
  local function add(text) parts[#parts + 1] = text end
  if report.up then
    add(cards(report))
    add(charts(report.samples))
  else
    add(down(report))
  end
  add(errors(report))
  add(process(report))
  if report.up then add(totals(report)) end
  add "</main></body></html>\n"
  return table.concat(parts, "\n")
end

return page
