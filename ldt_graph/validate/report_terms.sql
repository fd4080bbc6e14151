-- Of each doubtful use one line: how often it is made, and the first cell that says it.
INSERT INTO violations BY NAME
WITH place AS (
    SELECT d.id, min(struct_pack(source := coalesce(s.source, ''), row := coalesce(s.row, 0), rule := s.rule)) AS first
    FROM doubtful d JOIN statements s ON s.dataset = d.dataset AND s.predicate = d.predicate
        AND (d.class IS NULL OR s.object = d.class) AND (s.kind = 'literal') = d.literal
    WHERE s.origin = 'observed' GROUP BY d.id
),
read AS (
    SELECT dataset, rule, arg_min("column", position) FILTER (part = 'predicate') AS predicate,
           arg_min("column", position) FILTER (part = 'object') AS object, any_value(map) AS map
    FROM rules GROUP BY ALL
)
SELECT d.dataset, 'term' AS stage, 'warning' AS severity, d.rule, nullif(p.first.source, '') AS source, nullif(p.first.row, 0) AS row,
       CASE WHEN d.class IS NULL AND NOT d.value_only THEN coalesce(r.predicate, r.object) ELSE r.object END AS "column", d.name AS value,
       d.message || CASE WHEN d.class IS NULL AND r.predicate IS NULL OR r.object IS NULL
                         THEN coalesce(' The mapping''s ' || r.map || ' says so.', '') ELSE '' END AS message, p.first.rule AS branch
FROM doubtful d JOIN place p USING (id) LEFT JOIN read r ON r.dataset = d.dataset AND r.rule = p.first.rule
ORDER BY d.id;
DROP TABLE doubtful;
