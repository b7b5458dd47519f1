-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The SQL of kinesis_exporter.redshift, with $words to be filled in. An operator
-- reads it before it runs, so that what it does is told in it.
-- @module kinesis_exporter.redshift.sql

local sql = {}

sql.create = [[
-- Tables for the events that kinesis-exporter exports. Running this again changes nothing.
BEGIN;

CREATE SCHEMA IF NOT EXISTS $schema;

-- An event is the same as another when the first seven columns agree; of two such, the one with
-- the larger time_gen is the truth. What an event lacks is '' and never NULL: no NULL equals
-- another, so an event without, say, a user would never be found again. There is room for ids of
-- 255 characters of any script. Times are UTC.
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

-- What was loaded when: how many lines there were, and how many of them were no events.
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
-- Merges events into a table: one row for each identity, the newest. Loading a path once more, or
-- in another order, or while somebody else loads it, gives the same rows. Everything is one
-- transaction: what fails changes nothing, run it again.
--
-- $usage
BEGIN;

-- The first statement, because the transaction sees the tables as they are at the first one that
-- reads or writes. Whoever loads at the same time waits here until we are done, and then sees what
-- we inserted. Without the lock both would look for an identity, both would find none, and both
-- would insert it; or, where isolation is serializable, one of them would fail. Who reads the
-- events waits too, as long as the load takes.
LOCK $events, $paths;

-- The events as they arrive: text, because COPY is not said to read times as they are written here
-- while a cast is, and a little wider than what fits, so that what does not fit can be told.
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

-- Lines that COPY itself cannot read, because they hold a NUL character (U+0000) or are not JSON,
-- do not come as far as the count below: STL_LOAD_ERRORS shows them. From the 1000th on the load
-- fails, because then the files are hardly what they should be.
COPY kinesis_exporter_arriving (service, cinstance, uinstance, metric, response_code, value, period,
  "timestamp", time_gen)
FROM $path
IAM_ROLE $role$region
FORMAT AS JSON 'auto' TRUNCATECOLUMNS MAXERROR 1000 COMPUPDATE OFF STATUPDATE OFF;
]]

-- A database has no text with a NUL character: a line with one (\u0000, where the backslash is not
-- itself escaped) becomes an event without fields, which is left out.
--
-- Two control characters that no JSON text holds make CSV a format of lines taken as they are;
-- in the text format backslashes would be lost.
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

-- From here on the text is the same for Redshift and for PostgreSQL.

-- One line that is no event must not keep back its hour for ever: lines without service, period or
-- times, with an id that is too long, or whose value is no number, are left out, and counted below.
-- A counter that had expired before it was read has the value null; it must not replace a number.
-- Days that no calendar has, a 30 February, do make the load fail.
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

-- Of each identity that arrives, the newest row: exactly one, also when two are equally new. A
-- counter only grows, so that of those the larger value is the later.
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

-- What the events table has as new, or newer, need not be imported.
DELETE FROM kinesis_exporter_newest USING $events
WHERE $same
  AND $table.time_gen >= kinesis_exporter_newest.time_gen;

-- What is left is new, or replaces an older row.
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
-- Identities that the events table has more than one row of: must be 0.
SELECT COUNT(*) AS duplicates FROM (
  SELECT service FROM $events
  GROUP BY service, cinstance, uinstance, metric, response_code, period, "timestamp"
  HAVING COUNT(*) > 1
) AS repeated;

-- What was loaded last.
SELECT path, loaded_at, lines, left_out FROM $paths
WHERE events_table = $name
ORDER BY loaded_at DESC, path DESC LIMIT 1;

-- Where lines were left out because they are no events, the latest first.
SELECT path, loaded_at, lines, left_out FROM $paths
WHERE events_table = $name AND left_out > 0
ORDER BY loaded_at DESC, path DESC LIMIT 20;
]]

-- 1000 to 2999, so that the cast below takes it.
sql.date = "[12][0-9]{3}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"

-- Rows of a service lie together, and in the order of time: loads and most queries look at the
-- latest ones.
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
