-- The first waiver that fits marks a violation. A stage that does not say the row's key leaves it to the statements.
UPDATE violations SET key = k.key
    FROM (
        SELECT dataset, source, row, min(key) AS key
        FROM (SELECT dataset, source, row, key FROM statements UNION ALL SELECT dataset, source, row, key FROM set_aside)
        SEMI JOIN (SELECT dataset, source, row FROM violations WHERE key IS NULL AND row IS NOT NULL) USING (dataset, source, row)
        GROUP BY ALL
    ) k
    WHERE violations.key IS NULL AND violations.dataset = k.dataset AND violations.source = k.source AND violations.row = k.row;
INSERT INTO fitting
    SELECT v.rowid AS violation, w.id AS waiver, w.reason
    FROM violations v JOIN waiver w
        ON w.holds AND v.stage <> 'waiver'
        AND (w.dataset IS NULL OR v.dataset GLOB w.dataset)
        AND (w.shape IS NULL OR v.rule GLOB w.shape OR trim(v.rule, '<>') GLOB w.shape)
        AND (w."column" IS NULL OR coalesce(v."column", '') GLOB w."column")
        AND (w.key IS NULL OR coalesce(v.key, '') GLOB w.key OR regexp_replace(coalesce(v.key, ''), '^[^/]*/', '') GLOB w.key
             OR coalesce(v.subject, '') GLOB w.key OR regexp_extract(coalesce(v.subject, ''), '[^/#]*$') GLOB w.key);
UPDATE violations SET waived = f.reason
    FROM (SELECT violation, arg_min(reason, waiver) AS reason FROM fitting GROUP BY violation) f WHERE violations.rowid = f.violation;
