-- Of each doubtful use one line: how often it is made, and the first cell that says it.
INSERT INTO violations BY NAME
WITH place AS (
    SELECT d.id, min(struct_pack(source := coalesce(s.source, ''), row := coalesce(s.row, 0), rule := s.rule, key := s.key)) AS first
    FROM doubtful d JOIN statements s ON s.dataset = d.dataset AND s.predicate = d.predicate
        AND (d.class IS NULL OR s.object = d.class) AND (s.kind = 'literal') = d.literal
    WHERE s.origin = 'observed' GROUP BY d.id
),
read AS (
    SELECT p.id, cell_of(r.predicate_cells, NULL, d.predicate) AS predicate, cell_of(r.object_cells, NULL, d.predicate) AS object, r.map
    FROM place p JOIN doubtful d USING (id) LEFT JOIN reads r ON r.dataset = d.dataset AND r.rule = p.first.rule
)
SELECT d.dataset, 'term' AS stage, 'warning' AS severity, d.rule, nullif(p.first.source, '') AS source, nullif(p.first.row, 0) AS row,
       CASE WHEN d.class IS NULL AND NOT d.value_only THEN coalesce(r.predicate, r.object) ELSE r.object END AS "column", d.name AS value,
       d.message || CASE WHEN d.class IS NULL AND r.predicate IS NULL OR r.object IS NULL
                         THEN coalesce(' The mapping''s ' || r.map || ' says so.', '') ELSE '' END AS message, p.first.rule AS branch, p.first.key AS key,
       CASE WHEN d.class IS NULL THEN d.predicate END AS path
FROM doubtful d JOIN place p USING (id) LEFT JOIN read r USING (id)
ORDER BY d.id;
CREATE OR REPLACE TEMP TABLE unknown_class AS SELECT DISTINCT class FROM doubtful WHERE class IS NOT NULL;
DROP TABLE doubtful;
