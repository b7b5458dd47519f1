-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The SQL of kinesis_exporter.redshift. The $words are filled in. Operators read the SQL before
-- they run it, so its comments explain what it does.
-- @module kinesis_exporter.redshift.sql

local sql = {}

sql.create = [[
-- Tables for the events that kinesis-exporter exports. Running this again changes nothing.
BEGIN;

CREATE SCHEMA IF NOT EXISTS $schema;

-- Two events are the same when their first seven columns are equal; the one with the larger
-- time_gen is right. A missing field is '' and never NULL, because NULL does not equal NULL: an
-- event without a user, for example, would never be found again. Ids of 255 characters of any
-- script fit. Times are UTC.
CREATE TABLE IF NOT EXISTS $events (
  service       VARCHAR(1024) NOT NULL DEFAULT '',
  cinstance     VARCHAR(1024) NOT NULL DEFAULT '',
  uinstance     VARCHAR(1024) NOT NULL DEFAULT '',
  metric        VARCHAR(1024) NOT NULL DEFAULT '',
  response_code VARCHAR(1024) NOT NULL DEFAULT '',
  period        VARCHAR(16)   NOT NULL DEFAULT '',
  "timestamp"   TIMESTAMP     NOT NULL,
  value         BIGINT        NOT NULL,
  time_gen      TIMESTAMP     NOT NULL
)$attributes;

-- What was loaded and when: the number of lines, and how many of them were not events.
CREATE TABLE IF NOT EXISTS $paths (
  events_table  VARCHAR(64)   NOT NULL,
  path          VARCHAR(1024) NOT NULL,
  loaded_at     TIMESTAMP     NOT NULL DEFAULT $now,
  lines         BIGINT        NOT NULL,
  left_out      BIGINT        NOT NULL
);

COMMIT;
]]

sql.begin = [[
-- Merges events into a table, which keeps one row for each identity, the newest. The rows are the
-- same when a path is loaded again, in another order, or by two sessions at the same time.
-- Everything is one transaction: after a failure nothing has changed, and you can run it again.
--
-- $usage
BEGIN;

-- This is the first statement, because the transaction sees the tables as they are when its first
-- statement reads or writes. Another load waits here until this one has ended, and then sees its
-- rows. Without the lock both loads could look for an identity, find none, and insert it; or, with
-- serializable isolation, one of them would fail. Readers of the events wait, too, until the load
-- has ended.
LOCK $events, $paths;

-- The events as they arrive. Times are text, because a cast is documented to read this format of
-- times and COPY is not. The columns are a little wider than those of the events table, so that
-- values that are too long can be found.
CREATE TEMPORARY TABLE kinesis_exporter_arriving (
  service       VARCHAR(1028),
  cinstance     VARCHAR(1028),
  uinstance     VARCHAR(1028),
  metric        VARCHAR(1028),
  response_code VARCHAR(1028),
  value         VARCHAR(32),
  period        VARCHAR(32),
  "timestamp"   VARCHAR(32),
  time_gen      VARCHAR(32),
  fits          BOOLEAN DEFAULT FALSE
);
]]

sql.copy = {}

sql.copy.redshift = [[

-- COPY cannot read lines with a NUL character (U+0000) or lines that are not JSON. The count below
-- does not include them; STL_LOAD_ERRORS shows them. The load fails at the 1000th of these lines,
-- because then the files are probably wrong.
COPY kinesis_exporter_arriving (service, cinstance, uinstance, metric, response_code, value, period,
  "timestamp", time_gen)
FROM $path
IAM_ROLE $role$region
FORMAT AS JSON 'auto' TRUNCATECOLUMNS MAXERROR 1000 COMPUPDATE OFF STATUPDATE OFF;
]]

-- PostgreSQL's text cannot hold a NUL character. A line with one (\u0000 whose backslash is not
-- escaped) becomes an event without fields, which is left out.
--
-- Quote and delimiter are two control characters that JSON text never contains, so CSV takes each
-- line as it is. The text format would lose backslashes.
sql.copy.postgresql = [[

CREATE TEMPORARY TABLE kinesis_exporter_lines (line TEXT);

\copy kinesis_exporter_lines FROM pstdin WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')

INSERT INTO kinesis_exporter_arriving (service, cinstance, uinstance, metric, response_code, value,
  period, "timestamp", time_gen)
SELECT CAST(event->>'service' AS VARCHAR(1028)), CAST(event->>'cinstance' AS VARCHAR(1028)),
  CAST(event->>'uinstance' AS VARCHAR(1028)), CAST(event->>'metric' AS VARCHAR(1028)),
  CAST(event->>'response_code' AS VARCHAR(1028)), CAST(event->>'value' AS VARCHAR(32)),
  CAST(event->>'period' AS VARCHAR(32)), CAST(event->>'timestamp' AS VARCHAR(32)),
  CAST(event->>'time_gen' AS VARCHAR(32))
FROM (
  SELECT CAST(CASE WHEN line ~ '(^|[^\\])(\\\\)*\\u0000' THEN '{}' ELSE line END AS JSON) AS event
  FROM kinesis_exporter_lines WHERE TRIM(line) <> ''
) AS given;

DROP TABLE kinesis_exporter_lines;
]]

sql.merge = [[

-- From here the text is the same for Redshift and for PostgreSQL.

-- A line that is not an event must not block its hour. So lines without service, period or times,
-- with an id that is too long, or with a value that is not a number, are left out, and counted
-- below. A counter that had expired before it was read has the value null, which must not replace a
-- number. Days that do not exist, like 30 February, make the load fail.
UPDATE kinesis_exporter_arriving SET fits = TRUE
WHERE service <> '' AND OCTET_LENGTH(service) <= 1024
  AND COALESCE(OCTET_LENGTH(cinstance), 0) <= 1024
  AND COALESCE(OCTET_LENGTH(uinstance), 0) <= 1024
  AND COALESCE(OCTET_LENGTH(metric), 0) <= 1024
  AND COALESCE(OCTET_LENGTH(response_code), 0) <= 1024
  AND period ~ '^[a-z]{1,16}$'
  AND "timestamp" ~ '^$date ([01][0-9]|2[0-3]):[0-5][0-9]$'
  AND time_gen ~ '^$date ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$'
  AND (value ~ '^-?[0-9]{1,18}$'
    OR value ~ '^[0-9]{19}$' AND value <= '9223372036854775807');

DELETE FROM $paths
WHERE events_table = $name AND path = $path;

INSERT INTO $paths (events_table, path, lines, left_out)
SELECT $name, $path,
  COUNT(*), COALESCE(SUM(CASE WHEN fits THEN 0 ELSE 1 END), 0)
FROM kinesis_exporter_arriving;

DELETE FROM kinesis_exporter_arriving WHERE NOT fits$skipped;

-- The newest row of each arriving identity: exactly one, even when two rows have the same time_gen.
-- A counter only grows, so the larger value is the later one.
CREATE TEMPORARY TABLE kinesis_exporter_newest (LIKE $events);
INSERT INTO kinesis_exporter_newest (service, cinstance, uinstance, metric, response_code, period,
  "timestamp", value, time_gen)
SELECT service, cinstance, uinstance, metric, response_code, period,
  CAST("timestamp" AS TIMESTAMP), CAST(value AS BIGINT), CAST(time_gen AS TIMESTAMP)
FROM (
  SELECT service, cinstance, uinstance, metric, response_code, period, "timestamp", value, time_gen,
    ROW_NUMBER() OVER (
      PARTITION BY service, cinstance, uinstance, metric, response_code, period, "timestamp"
      ORDER BY time_gen DESC, CAST(value AS BIGINT) DESC
    ) AS nth
  FROM (
    SELECT service, COALESCE(cinstance, '') AS cinstance, COALESCE(uinstance, '') AS uinstance,
      COALESCE(metric, '') AS metric, COALESCE(response_code, '') AS response_code, period,
      "timestamp", value, time_gen
    FROM kinesis_exporter_arriving
  ) AS complete
) AS numbered
WHERE nth = 1;

-- Rows that the events table has with the same or a larger time_gen are not imported.
DELETE FROM kinesis_exporter_newest USING $events
WHERE $same
  AND $table.time_gen >= kinesis_exporter_newest.time_gen;

-- The remaining rows are new, or replace older rows.
DELETE FROM $events USING kinesis_exporter_newest
WHERE $same;

INSERT INTO $events (service, cinstance, uinstance, metric, response_code, period,
  "timestamp", value, time_gen)
SELECT service, cinstance, uinstance, metric, response_code, period, "timestamp", value, time_gen
FROM kinesis_exporter_newest;

DROP TABLE kinesis_exporter_newest;
DROP TABLE kinesis_exporter_arriving;

SELECT path, loaded_at, lines, left_out FROM $paths
WHERE events_table = $name AND path = $path;

COMMIT;
]]

sql.check = [[
-- The number of identities with more than one row: it must be 0.
SELECT COUNT(*) AS duplicates FROM (
  SELECT service FROM $events
  GROUP BY service, cinstance, uinstance, metric, response_code, period, "timestamp"
  HAVING COUNT(*) > 1
) AS repeated;

-- The last load.
SELECT path, loaded_at, lines, left_out FROM $paths
WHERE events_table = $name
ORDER BY loaded_at DESC, path DESC LIMIT 1;

-- The loads that left out lines because they are not events, the latest first.
SELECT path, loaded_at, lines, left_out FROM $paths
WHERE events_table = $name AND left_out > 0
ORDER BY loaded_at DESC, path DESC LIMIT 20;
]]

-- Years from 1000 to 2999, which the cast accepts.
sql.date = "[12][0-9]{3}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"

-- The rows of a service lie together and in the order of time, because loads and most queries read
-- the latest rows.
sql.attributes = {
  redshift = '\nDISTKEY (service)\nCOMPOUND SORTKEY ("timestamp", service)', postgresql = "",
}

sql.now = {
  redshift = "SYSDATE", postgresql = "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')",
}

sql.usage = {
  redshift = "psql -v ON_ERROR_STOP=1 -f this-file",
  postgresql = "psql -v ON_ERROR_STOP=1 -f this-file < events, a JSON object a line",
}

return sql
