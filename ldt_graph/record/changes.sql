-- The keys that two sides say differently, or that one of them alone says.
INSERT INTO changed
SELECT DISTINCT {dataset}, coalesce(o.key, n.key)
FROM ({old}) o FULL JOIN ({new}) n ON o.key IS NOT DISTINCT FROM n.key
WHERE o.rows IS DISTINCT FROM n.rows OR o.hashes IS DISTINCT FROM n.hashes;
