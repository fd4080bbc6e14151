INSERT INTO violations
WITH read AS (SELECT rule, part, arg_min("column", position) AS "column" FROM rules GROUP BY ALL)
SELECT l.dataset, 'reference', 'violation', 'reference:dangling', l.subject, l.source, l.row,
       coalesce(m."column", regexp_extract(l.predicate, '[^#/]*$')),
       CASE WHEN points_nowhere THEN l.object ELSE l.subject END,
       regexp_extract(l.predicate, '[^#/]*$') || CASE WHEN points_nowhere THEN ' names ' || l.object ELSE ' is said of ' || l.subject END
       || ', which no source describes or which was set aside.'
FROM lost l LEFT JOIN read m ON m.rule = l.rule AND m.part = CASE WHEN points_nowhere THEN 'object' ELSE 'subject' END
ORDER BY l.source, l.row, l.predicate, l.object;
