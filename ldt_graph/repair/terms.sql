-- Terms that a cell says; those that the mapping itself says are not of the data.
SELECT v.rowid, v.rule, v.value FROM violations v
WHERE v.stage = 'term' AND v.fix IS NULL AND v."column" IS NOT NULL AND v.value IS NOT NULL
  AND starts_with(v.rule, 'term:unknown-') AND NOT contains(v.message, 'The mapping''s ')
ORDER BY v.rowid
