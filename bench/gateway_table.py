# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""From what bench/nginx measured to tables and a verdict an aim."""

import statistics

import table

RECORD_CPU, REPORT_CPU = 0.35, 0.2  # over the empty handler's, as shares of it
P99, P99_EXPORTING = 1.2, 1.5
WAITS_FOR_REDIS_SECONDS = 0.2
NAMES = {
    "empty": "empty handlers",
    "record": "ours: `record`",
    "report": "ours: `report`",
    "timer": "a timer and lua-resty-redis per request",
    "table": "a table, emptied by a timer with lua-resty-redis",
}


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def shown(runs, key, digits, scale=1.0):
    """The median, and the range if there is one."""
    values = [run[key] / scale for run in runs]
    text = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return text
    return f"{text} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def over(found, name, key="cpu_us"):
    """By how much it is over the empty handlers', as a share of those: the median of
    the rounds."""
    return statistics.median(mine[key] / empty[key] - 1
                             for mine, empty in zip(found[name], found["empty"]))


def times(found, name, key):
    return statistics.median(mine[key] / empty[key]
                             for mine, empty in zip(found[name], found["empty"]))


def cpu_cells(found, name):
    runs = found[name]
    extra = "" if name == "empty" else f"{over(found, name):+.0%}"
    return f"{shown(runs, 'cpu_us', 2)} | {median(runs, 'engine_us'):.2f} | {extra}"


def saturated_markdown(found):
    lines = ["| each request | requests/s | CPU us a request, worker process "
             "| of that the engine's thread | over empty | Redis CPU us a request | p50 us | p99 us |",
             "|---|" + "---:|" * 7]
    for name, runs in found.items():
        lines.append(f"| {NAMES[name]} | {shown(runs, 'rate', 0)} | {cpu_cells(found, name)} "
                     f"| {median(runs, 'redis_us'):.2f} | {median(runs, 'p50_us'):,.0f} "
                     f"| {shown(runs, 'p99_us', 0)} |")
    return "\n".join(lines)


def paced_markdown(found):
    lines = ["| each request | CPU us a request, worker process | of that the engine's thread "
             "| over empty | p50 us | p99 us | p99 of empty's |", "|---|" + "---:|" * 6]
    for name, runs in found.items():
        lines.append(f"| {NAMES[name]} | {cpu_cells(found, name)} | {median(runs, 'p50_us'):,.0f} "
                     f"| {shown(runs, 'p99_us', 0)} | {times(found, name, 'p99_us'):.2f} |")
    return "\n".join(lines)


def lost_text(runs):
    lost = [run["lost"] for run in runs]
    if None in lost:
        return ""
    twice = -sum(n for n in lost if n < 0)
    text = f"{sum(n for n in lost if n > 0):,}"
    return text + (f", and {twice:,} stored twice" if twice else "")


def stopped_markdown(found):
    lines = ["| each request | p50 us | p99 us | max ms | errors | events sent | lost |",
             "|---|" + "---:|" * 6]
    for name, runs in found.items():
        lines.append(f"| {NAMES[name]} | {median(runs, 'p50_us'):,.0f} "
                     f"| {shown(runs, 'p99_us', 0)} "
                     f"| {max(run['max_us'] for run in runs) / 1000:,.1f} "
                     f"| {sum(run['errors'] for run in runs):,} "
                     f"| {sum(run['answered'] for run in runs):,} | {lost_text(runs)} |")
    return "\n".join(lines)


def exporting_markdown(runs, events):
    lines = ["| the worker | p50 us | p99 us | max ms |", "|---|" + "---:|" * 3]
    labels = {"idle": "answers requests", "busy": f"exports {events:,} events meanwhile, "
              f"in {shown(runs, 'seconds', 2)} s"}
    for key, label in labels.items():
        part = [run[key] for run in runs]
        lines.append(f"| {label} | {median(part, 'p50_us'):,.0f} | {shown(part, 'p99_us', 0)} "
                     f"| {max(run['max_us'] for run in part) / 1000:,.1f} |")
    return "\n".join(lines)


def cpu_verdict(saturated, name, bound):
    share = over(saturated, name)
    return table.verdict(f"`{name}` costs at most {bound} of the empty handlers' CPU",
                         share <= bound, f"{share:.2f} at saturation")


def p99_verdict(paced, name):
    factor = times(paced, name, "p99_us")
    return table.verdict(f"p99 with `{name}` within {P99} of the empty handlers'",
                         factor <= P99, f"{factor:.2f} at the fixed rate")


def stopped_verdict(found, name):
    worst = max(run["max_us"] for run in found[name]) / 1e6
    lost = [run["lost"] for run in found[name]]
    errors = sum(run["errors"] for run in found[name])
    return table.verdict(f"no request waits for Redis, nothing is lost: `{name}`",
                         worst < WAITS_FOR_REDIS_SECONDS and not any(lost) and not errors,
                         f"at most {1000 * worst:.1f} ms, {errors} errors, "
                         f"{lost_text(found[name])} lost")


def exporting_verdict(runs):
    factor = statistics.median(run["busy"]["p99_us"] / run["idle"]["p99_us"] for run in runs)
    return table.verdict(f"p99 during an export within {P99_EXPORTING} of the same worker's "
                         "without one", factor <= P99_EXPORTING, f"{factor:.2f}")


def verdicts(saturated, paced, stopped, exporting):
    return [cpu_verdict(saturated, "record", RECORD_CPU),
            cpu_verdict(saturated, "report", REPORT_CPU),
            *(p99_verdict(paced, name) for name in ("record", "report")),
            *(stopped_verdict(stopped, name) for name in ("record", "report")),
            exporting_verdict(exporting)]
