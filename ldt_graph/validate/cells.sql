-- Lead every finding to its cell, in whatever dataset that is: the row of the value, else of the path, else of the entity;
-- of a value or of what nothing describes, the row that names it.
INSERT INTO violations BY NAME
WITH finding AS (SELECT row_number() OVER () AS id, * FROM (FROM found ORDER BY ALL)),
stated AS (
    SELECT f.id, s.dataset, s.source, s.row, s.rule, m.below IS NOT NULL AS of_path,
           CASE WHEN m.below IS NOT NULL AND s.object = f.value THEN 0 WHEN m.below IS NOT NULL THEN 1
                WHEN f.path IS NULL AND s.object = f.value AND s.predicate <> $type THEN 2
                WHEN s.predicate = $type THEN 3 ELSE 4 END AS distance, s.predicate
    FROM finding f JOIN statements s ON s.subject = f.focus
    LEFT JOIN path_below m ON m.above = f.path AND m.below = s.predicate
    WHERE f.kind <> 'literal'
    UNION ALL
    SELECT f.id, s.dataset, s.source, s.row, s.rule, true, 5, s.predicate
    FROM finding f JOIN statements s ON s.object = f.focus AND s.kind = f.kind
    WHERE NOT EXISTS (FROM statements t WHERE t.subject = f.focus AND f.kind <> 'literal')
),
nearest AS (
    SELECT id, arg_min(stated, (distance, dataset, coalesce(source, ''), coalesce(row, 0), predicate, rule)) AS cell
    FROM stated GROUP BY id
),
read AS (SELECT dataset, rule, arg_min("column", position) AS "column" FROM rules WHERE part = 'object' GROUP BY ALL)
SELECT coalesce(n.cell.dataset, f.dataset) AS dataset, 'validate' AS stage, f.severity, f.rule, f.focus AS subject,
       n.cell.source AS source, n.cell.row AS row, coalesce(r."column", CASE WHEN NOT contains(f.path, '<') THEN regexp_extract(f.path, '[^#/]*$') END) AS "column", f.value, f.message,
       CASE WHEN n.cell.of_path THEN n.cell.rule END AS branch, f.path, f.component
FROM finding f LEFT JOIN nearest n USING (id)
LEFT JOIN read r ON r.dataset = n.cell.dataset AND r.rule = n.cell.rule AND n.cell.of_path
ORDER BY n.cell.source, n.cell.row, f.rule, f.value;
