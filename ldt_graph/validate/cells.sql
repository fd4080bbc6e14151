-- Lead every finding to its cell: the row of the value, else of the path, else of the entity.
INSERT INTO violations
WITH stated AS (
    SELECT f.rowid AS id, s.dataset, s.source, s.row, s.rule, s.predicate,
           CASE WHEN s.predicate = f.path AND s.object = f.value THEN 0 WHEN s.predicate = f.path THEN 1
                WHEN s.predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' THEN 2 ELSE 3 END AS distance
    FROM found f JOIN statements s ON s.subject = f.focus AND s.dataset = $dataset
),
nearest AS (
    SELECT id, arg_min(stated, (distance, coalesce(source, ''), coalesce(row, 0), predicate)) AS cell FROM stated GROUP BY id
),
mapped AS (SELECT rule, predicate, min("column") AS "column" FROM columns GROUP BY ALL)
SELECT coalesce(n.cell.dataset, $dataset), 'validate', f.severity, f.rule, f.focus, n.cell.source, n.cell.row,
       coalesce(m."column", regexp_extract(f.path, '[^#/]*$')), f.value, f.message
FROM found f LEFT JOIN nearest n ON n.id = f.rowid
LEFT JOIN mapped m ON m.rule = n.cell.rule AND m.predicate = f.path
ORDER BY n.cell.source, n.cell.row, f.rule, f.value;
