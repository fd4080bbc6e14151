-- Relations that went with a thing which was set aside are counted under what is told of it; a thing that a row describes
-- but gives no class is told there; of others, one line for whatever is missing, with its first cell.
CREATE OR REPLACE TEMP TABLE gone AS
    SELECT CASE WHEN points_nowhere THEN object ELSE subject END AS missing, count(*) AS relations FROM lost GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE cause AS
    SELECT min(v.rowid) AS id, v.subject, any_value(g.relations) AS relations
    FROM violations v JOIN gone g ON g.missing = v.subject WHERE v.stage = 'validate' AND v.severity = 'violation' GROUP BY v.subject;
UPDATE violations v SET message = message || ' ' || c.relations
    || CASE c.relations WHEN 1 THEN ' relation to or from it was' ELSE ' relations to or from it were' END || ' set aside with it.'
FROM cause c WHERE v.rowid = c.id;
CREATE OR REPLACE TEMP TABLE classless AS
    SELECT g.missing, any_value(g.relations) AS relations,
           arg_min(struct_pack(dataset := s.dataset, source := s.source, row := s.row, key := s.key, rule := b.rule,
                               "column" := cell_of(b.object_cells, NULL, NULL)), (s.dataset, coalesce(s.source, ''), coalesce(s.row, 0))) AS cell
    FROM gone g JOIN statements s ON s.subject = g.missing JOIN reads r USING (dataset, rule)
    JOIN reads b ON b.dataset = s.dataset AND b.map = r.map AND b.predicate = $type AND b.object_cells IS NOT NULL
    WHERE g.missing NOT IN (SELECT subject FROM cause) GROUP BY g.missing;
INSERT INTO violations BY NAME
SELECT cell.dataset AS dataset, 'reference' AS stage, 'violation' AS severity, 'reference:no-class' AS rule, missing AS subject, cell.source AS source,
       cell.row AS row, cell.key AS key, cell."column" AS "column", missing || ' has no class: it is nothing of the twin, and ' || relations
       || CASE relations WHEN 1 THEN ' relation to or from it was' ELSE ' relations to or from it were' END || ' set aside.' AS message,
       cell.rule AS branch, $type AS path
FROM classless ORDER BY cell, missing;

INSERT INTO violations BY NAME
WITH told AS (
    SELECT dataset, predicate, points_nowhere, CASE WHEN points_nowhere THEN object ELSE subject END AS missing, count(*) AS times,
           min(struct_pack(source := coalesce(source, ''), row := coalesce(row, 0), rule := rule, subject := subject, key := key)) AS first
    FROM lost GROUP BY ALL
)
SELECT t.dataset, 'reference' AS stage, 'violation' AS severity, 'reference:dangling' AS rule, t.first.subject AS subject,
       nullif(t.first.source, '') AS source, nullif(t.first.row, 0) AS row,
       coalesce(CASE WHEN points_nowhere THEN cell_of(r.object_cells, t.missing, t.predicate) ELSE cell_of(r.subject_cells, t.missing, NULL) END,
                local_of(t.predicate)) AS "column", t.missing AS value,
       regexp_extract(t.predicate, '[^#/]*$') || CASE WHEN points_nowhere THEN ' names ' ELSE ' is said of ' END || t.missing
       || ', which no source describes or which was set aside'
       || CASE t.times WHEN 1 THEN '.' ELSE '; so do ' || t.times - 1 || ' more.' END AS message,
       t.first.rule AS branch, t.predicate AS path, t.first.key AS key
FROM told t LEFT JOIN reads r ON r.dataset = t.dataset AND r.rule = t.first.rule
WHERE t.missing NOT IN (SELECT subject FROM cause UNION ALL SELECT missing FROM classless)
ORDER BY t.first, t.predicate, t.missing;
DROP TABLE gone; DROP TABLE cause; DROP TABLE classless;
