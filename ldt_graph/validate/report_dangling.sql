-- Relations that went with a thing which was set aside are counted under what is told of it; of others, one line for
-- whatever is missing, with its first cell.
CREATE OR REPLACE TEMP TABLE cause AS
WITH gone AS (
    SELECT CASE WHEN points_nowhere THEN object ELSE subject END AS subject, count(*) AS relations FROM lost GROUP BY ALL
)
SELECT min(v.rowid) AS id, subject, any_value(g.relations) AS relations
FROM violations v JOIN gone g USING (subject) WHERE v.stage = 'validate' AND v.severity = 'violation' GROUP BY subject;
UPDATE violations v SET message = message || ' ' || c.relations
    || CASE c.relations WHEN 1 THEN ' relation to or from it was' ELSE ' relations to or from it were' END || ' set aside with it.'
FROM cause c WHERE v.rowid = c.id;

INSERT INTO violations BY NAME
WITH told AS (
    SELECT dataset, predicate, points_nowhere, CASE WHEN points_nowhere THEN object ELSE subject END AS missing, count(*) AS times,
           min(struct_pack(source := coalesce(source, ''), row := coalesce(row, 0), rule := rule, subject := subject)) AS first
    FROM lost GROUP BY ALL
),
read AS (SELECT dataset, rule, part, arg_min("column", position) AS "column" FROM rules GROUP BY ALL)
SELECT t.dataset, 'reference' AS stage, 'violation' AS severity, 'reference:dangling' AS rule, t.first.subject AS subject,
       nullif(t.first.source, '') AS source, nullif(t.first.row, 0) AS row,
       coalesce(r."column", regexp_extract(t.predicate, '[^#/]*$')) AS "column", t.missing AS value,
       regexp_extract(t.predicate, '[^#/]*$') || CASE WHEN points_nowhere THEN ' names ' ELSE ' is said of ' END || t.missing
       || ', which no source describes or which was set aside'
       || CASE t.times WHEN 1 THEN '.' ELSE '; so do ' || t.times - 1 || ' more.' END AS message,
       t.first.rule AS branch, t.predicate AS path
FROM told t LEFT JOIN read r
    ON r.dataset = t.dataset AND r.rule = t.first.rule AND r.part = CASE WHEN points_nowhere THEN 'object' ELSE 'subject' END
WHERE t.missing NOT IN (SELECT subject FROM cause)
ORDER BY t.first, t.predicate, t.missing;
DROP TABLE cause;
