# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""From measurements to a table and a verdict an aim. Every figure in the verdicts is
computed from the measurements given."""

import statistics

OF_BARE, OF_BOTO3, INBOX_OF_BARE, PEAK_MIB = 0.85, 3.5, 2.0, 64
OF_REDIS = 0.7
CALLS_FULL = 200000  # events that are enough for every call that may be in flight
SAME_WITHIN = 0.10  # the peaks at the smallest and the largest backlog
JOB, REDIS_ALONE = "job", "SUNION + MGET"


class Row:
    """The repeats of one exporter in one scenario."""

    def __init__(self, scenario, exporter, runs):
        self.scenario, self.exporter, self.runs = scenario, exporter, runs
        self.rates = [scenario.events / run["seconds"] for run in runs]
        self.rate = statistics.median(self.rates)
        self.cpu = statistics.median(run["cpu_seconds"] for run in runs)
        self.peak = max(run["peak_mib"] for run in runs)
        self.redis = statistics.median(run["redis_cpu_seconds"] for run in runs)
        self.endpoint = statistics.median(run["endpoint_cpu_seconds"] for run in runs)

    def thousands(self):
        return f"{self.rate / 1000:,.0f} ({min(self.rates) / 1000:,.0f} to " \
               f"{max(self.rates) / 1000:,.0f})"


def ratio(rows, row, to):
    other = next((r for r in rows if r.scenario == row.scenario and r.exporter == to), None)
    return row.rate / other.rate if other else None


def shown(value):
    return "" if value is None else f"{value:.2f}"


def markdown(rows):
    lines = ["| events | endpoint | exporter | 1,000 events/s (range) | CPU s "
             "| Redis CPU s | peak MiB | delivered = stored | of bare | of boto3 |",
             "|---:|---|---|" + "---:|" * 4 + "---|---:|---:|"]
    for row in rows:
        lines.append(f"| {row.scenario.events:,} | {row.scenario.label} | {row.exporter} "
                     f"| {row.thousands()} | {row.cpu:.2f} | {row.redis:.2f} | {row.peak:.1f} "
                     f"| yes, {len(row.runs)} of {len(row.runs)} "
                     f"| {shown(ratio(rows, row, 'bare'))} | {shown(ratio(rows, row, 'boto3'))} |")
    return "\n".join(lines)


def memory_markdown(rows):
    lines = ["| events | exporter | peak MiB | seconds |", "|---:|---|---:|---:|"]
    for row in rows:
        lines.append(f"| {row.scenario.events:,} | {row.exporter} | {row.peak:.1f} "
                     f"| {statistics.median(run['seconds'] for run in row.runs):.2f} |")
    return "\n".join(lines)


def job_markdown(rows):
    lines = ["| changed keys | exporter | 1,000 events/s (range) | CPU s | Redis CPU s | peak MiB "
             "| seconds | of Redis alone |", "|---:|---|" + "---:|" * 6]
    for row in rows:
        seconds = statistics.median(run["seconds"] for run in row.runs)
        lines.append(f"| {row.scenario.events:,} | {row.exporter} | {row.thousands()} "
                     f"| {row.cpu:.2f} | {row.redis:.2f} | {row.peak:.1f} | {seconds:.2f} "
                     f"| {shown(ratio(rows, row, REDIS_ALONE))} |")
    return "\n".join(lines)


def endpoint_line(rows):
    """What the endpoint could have taken: its own share must not be the limit."""
    plain = [r for r in rows if r.scenario.events * 2 > max(s.scenario.events for s in rows)]
    rates = {tls: [r.scenario.events / r.endpoint for r in plain if r.scenario.tls == tls]
             for tls in (False, True)}
    parts = [f"{min(found) / 1e6:.1f} million events/s {'over TLS' if tls else 'in the clear'}"
             for tls, found in rates.items() if found]
    return "The endpoint alone, by the CPU time it took, at least: " + ", ".join(parts) + "."


def verdict(aim, met, found):
    return f"- {'met' if met else 'MISSED'}: {aim} ({found})"


def at_least(rows, exporter, to, bound, aim):
    found = [(ratio(rows, r, to), r.scenario) for r in rows if r.exporter == exporter]
    found = [(value, scenario) for value, scenario in found if value is not None]
    if not found:
        return f"- not measured: {aim}"
    low, where = min(found, key=lambda pair: pair[0])
    high = max(found, key=lambda pair: pair[0])[0]
    return verdict(aim, low >= bound,
                   f"{low:.2f} to {high:.2f} in {len(found)} scenarios, lowest at "
                   f"{where.events:,} events, {where.label}")


def below_peak(rows):
    aim = f"peak memory below {PEAK_MIB} MiB"
    ours = [r for r in rows if r.exporter.startswith("ours")]
    if not ours:
        return f"- not measured: {aim}"
    worst = max(ours, key=lambda r: r.peak)
    return verdict(aim, worst.peak < PEAK_MIB,
                   f"at most {worst.peak:.1f} MiB, {worst.exporter}, "
                   f"{worst.scenario.events:,} events, {worst.scenario.label}")


def same_peak(rows, exporter, aim):
    mine = sorted((r for r in rows if r.exporter == exporter), key=lambda r: r.scenario.events)
    if len(mine) < 2:
        return f"- not measured: {aim}"
    small, large = mine[0], mine[-1]
    return verdict(aim, abs(large.peak / small.peak - 1) <= SAME_WITHIN,
                   f"{small.peak:.1f} MiB at {small.scenario.events:,}, "
                   f"{large.peak:.1f} MiB at {large.scenario.events:,}; "
                   f"the same means within {SAME_WITHIN:.0%}")


def same_peak_at_any_backlog(rows, exporter):
    return same_peak(rows, exporter,
                     f"{exporter}: the same peak at the smallest and at the largest backlog")


def verdicts(rows, memory):
    return [
        at_least(rows, "ours", "bare", OF_BARE, f"at least {OF_BARE} of the bare loop's rate"),
        at_least(rows, "ours", "boto3", OF_BOTO3, f"at least {OF_BOTO3} times boto3's rate"),
        at_least(rows, "ours, inbox", "bare", INBOX_OF_BARE,
                 f"from the inbox at least {INBOX_OF_BARE:.0f} times the bare loop's rate"),
        below_peak(rows + memory),
        same_peak_at_any_backlog(memory, "ours"),
        same_peak_at_any_backlog(memory, "ours, inbox"),
    ]


def job_verdicts(rows, memory):
    enough = [row for row in memory if row.scenario.events >= CALLS_FULL]
    return [
        at_least(rows, JOB, REDIS_ALONE, OF_REDIS,
                 f"a job at least {OF_REDIS} of the rate of SUNION and MGET alone"),
        same_peak(enough, JOB, "a job's memory does not grow with the number of changed keys"),
    ]
