-- Values that break a shape or are not of their datatype, with what the datatype and the predicate are where that is known.
SELECT v.rowid, v.stage, v.rule, v.value,
       coalesce(nullif(regexp_extract(coalesce(v.expected, ''), '(?:^|[#:])([A-Za-z]+)$', 1), ''), regexp_extract(v.message, 'not of type (\w+)', 1)) AS datatype,
       v.branch, p.predicate
FROM violations v
LEFT JOIN (SELECT dataset, rule, any_value(predicate) AS predicate FROM rules GROUP BY ALL) p ON p.dataset = v.dataset AND p.rule = v.branch
WHERE v.fix IS NULL AND v.value IS NOT NULL AND (v.stage = 'validate' OR v.rule IN ('lift:datatype', 'source:coordinate'))
ORDER BY v.rowid
