-- Lead every finding to its cell, in whatever dataset that is: the row of the value, else of the path, else of the entity.
INSERT INTO violations
WITH finding AS (SELECT row_number() OVER () AS id, * FROM (SELECT DISTINCT * FROM found ORDER BY ALL)),
stated AS (
    SELECT f.id, s.dataset, s.source, s.row, s.rule, s.predicate,
           CASE WHEN s.predicate = f.path AND s.object = f.value THEN 0 WHEN s.predicate = f.path THEN 1
                WHEN s.predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' THEN 2 ELSE 3 END AS distance
    FROM finding f JOIN statements s ON s.subject = f.focus
),
nearest AS (
    SELECT id, arg_min(stated, (distance, dataset, coalesce(source, ''), coalesce(row, 0), predicate, rule)) AS cell
    FROM stated GROUP BY id
),
read AS (SELECT rule, predicate, arg_min("column", position) AS "column" FROM rules WHERE part = 'object' GROUP BY ALL)
SELECT n.cell.dataset, 'validate', f.severity, f.rule, f.focus, n.cell.source, n.cell.row,
       coalesce(r."column", regexp_extract(f.path, '[^#/]*$')), f.value, f.message
FROM finding f JOIN nearest n USING (id)
LEFT JOIN read r ON r.rule = n.cell.rule AND n.cell.predicate = f.path
ORDER BY n.cell.source, n.cell.row, f.rule, f.value;
