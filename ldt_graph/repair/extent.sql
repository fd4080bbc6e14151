-- Positions outside the extent; of two columns of degrees which of them the line is about (0: the longitude), of a geometry in one cell nothing.
WITH two AS (
    SELECT dataset, rule, list("column" ORDER BY position) AS cells FROM rules WHERE part = 'object' AND "column" IS NOT NULL GROUP BY ALL
)
SELECT v.rowid, v.value, CASE WHEN len(t.cells) = 2 THEN list_position(t.cells, v."column") - 1 END AS turn
FROM violations v LEFT JOIN two t ON t.dataset = v.dataset AND t.rule = v.branch
WHERE v.rule = $rule AND v.fix IS NULL AND v.dataset IN (SELECT unnest($degrees::VARCHAR[]))
  AND (len(t.cells) IS DISTINCT FROM 2 OR starts_with(v.value, 'POINT('))
ORDER BY v.rowid;
