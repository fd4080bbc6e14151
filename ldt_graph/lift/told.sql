-- Two branches may read one cell: what is wrong with it is told once.
DELETE FROM violations v USING violations w
WHERE v.dataset = $dataset AND v.stage = 'lift' AND w.dataset = $dataset AND w.stage = 'lift' AND w.rowid < v.rowid AND v.source = w.source
    AND v.row = w.row AND v."column" = w."column" AND v.rule = w.rule AND v.value IS NOT DISTINCT FROM w.value;
