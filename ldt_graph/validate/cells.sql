-- Lead every finding to its cell, in whatever dataset that is: each row that states the value; of an absent one the row of
-- the entity and the column that its mapping would read; of values too many the one that stands alone, or last; of a value
-- or of what nothing describes, the row that names it.
INSERT INTO violations BY NAME
WITH finding AS (SELECT row_number() OVER () AS id, * FROM (FROM found ORDER BY ALL)),
own AS (
    SELECT f.id, f.focus, f.path, f.value, s.dataset, s.source, s.row, s.key, s.rule, s.predicate, s.object, m.below IS NOT NULL AS of_path,
           contains(f.path, '<') OR f.path IS NULL AS far, f.value = f.focus AS itself,
           s.object = f.value AND coalesce(lower(s.lang), '') = coalesce(f.lang, lower(s.lang), '')
               AND coalesce(s.datatype, '') = coalesce(f.datatype, s.datatype, '') AS states
    FROM finding f JOIN told s ON s.subject = f.focus
    LEFT JOIN path_below m ON m.above = f.path AND m.below = s.predicate
    WHERE f.kind <> 'literal'
),
-- Of values too many, how often each is said.
often AS (SELECT id, object, count(*) AS n FROM own WHERE of_path AND value IS NULL GROUP BY ALL),
said AS (
    SELECT o.*, CASE WHEN states AND of_path THEN 0 WHEN of_path OR (states AND far AND predicate <> $type) THEN 1
                     WHEN predicate = $type THEN 5 ELSE 6 END AS distance,
           CASE WHEN of_path AND value IS NULL THEN struct_pack(n := t.n, back := -coalesce(row, 0)) END AS odd
    FROM own o LEFT JOIN often t ON t.id = o.id AND t.object = o.object
),
-- Datasets whose attributes are rows: what is told of one entity stands in several tables.
spread AS (SELECT DISTINCT dataset FROM reads WHERE starts_with(predicate_cells[1], '{')),
-- `cells` made the term that names the column; else the column is called like `other`.
candidate AS (
    SELECT s.id, s.distance, s.odd, s.dataset, s.source, s.row, s.key, s.rule, s.predicate,
           CASE WHEN s.distance < 2 THEN r.object_cells WHEN s.path IS NULL AND (s.itself OR s.value IS NULL) THEN r.subject_cells END AS cells,
           CASE WHEN s.distance < 2 THEN s.object END AS term, CASE WHEN s.distance < 2 THEN s.predicate END AS called,
           CASE WHEN s.distance < 2 THEN s.predicate ELSE s.path END AS other, CASE WHEN s.distance < 2 THEN s.rule END AS branch
    FROM said s LEFT JOIN reads r USING (dataset, rule)
    UNION ALL
    SELECT o.id, 2, NULL, t.dataset, t.source, t.row, t.key, t.rule, t.predicate, r.object_cells, t.object, t.predicate, t.predicate, t.rule
    FROM own o JOIN /*beyond*/ t ON t.subject = o.object AND t.object = o.value LEFT JOIN reads r ON r.dataset = t.dataset AND r.rule = t.rule
    WHERE o.far AND t.predicate <> $type AND o.value <> o.focus
    UNION ALL
    SELECT o.id, CASE WHEN o.predicate = $type THEN 3 ELSE 4 END, NULL, o.dataset, o.source, o.row, o.key, b.rule, b.predicate,
           b.object_cells, NULL, b.predicate, o.path, b.rule
    FROM own o JOIN reads r USING (dataset, rule)
    JOIN path_below m ON m.above = o.path
    JOIN reads b ON b.dataset = o.dataset AND b.predicate = m.below
        AND (b."table" = r."table" OR b.dataset IN (FROM spread)) AND (b.map = r.map OR b.subject_cells = r.subject_cells)
    WHERE o.value IS NULL
    UNION ALL
    -- Of a path by several relations, what the mapping reads of one of them and the row does not say.
    SELECT o.id, CASE WHEN o.predicate = $type THEN 3 ELSE 4 END, NULL, o.dataset, o.source, o.row, o.key, b.rule, b.predicate,
           b.object_cells, NULL, b.predicate, NULL, b.rule
    FROM own o JOIN reads r USING (dataset, rule)
    JOIN path_below m ON contains(o.path, '<' || m.above || '>')
    JOIN reads b ON b.dataset = o.dataset AND b.predicate = m.below AND b."table" = r."table" AND (b.map = r.map OR b.subject_cells = r.subject_cells)
    WHERE o.value IS NULL AND contains(o.path, '<') AND b.object_cells IS NOT NULL
      AND NOT EXISTS (FROM /*beyond*/ t WHERE t.dataset = o.dataset AND t.rule = b.rule AND t.source = o.source AND t.row = o.row)
    UNION ALL
    SELECT f.id, 7, NULL, s.dataset, s.source, s.row, s.key, s.rule, s.predicate, r.object_cells, s.object, s.predicate, NULL, s.rule
    FROM finding f JOIN /*naming*/ s ON s.object = f.focus AND s.kind = f.kind LEFT JOIN reads r ON r.dataset = s.dataset AND r.rule = s.rule
    WHERE NOT EXISTS (FROM told t WHERE t.subject = f.focus AND f.kind <> 'literal')
),
near AS (FROM candidate c SEMI JOIN (SELECT id, min(distance) AS distance FROM candidate GROUP BY id) n USING (id, distance)),
placed AS (
    SELECT DISTINCT id, dataset, source, row, key, branch, coalesce(cell_of(cells, term, called), local_of(other)) AS "column" FROM (
        FROM near WHERE distance = 0
        UNION ALL
        FROM near WHERE distance > 0
        QUALIFY row_number() OVER (
            PARTITION BY id ORDER BY distance, odd.n, odd.back, dataset, coalesce(source, ''), coalesce(row, 0), predicate, rule) = 1
    )
)
SELECT coalesce(p.dataset, f.dataset) AS dataset, 'validate' AS stage, f.severity, f.rule, f.focus AS subject, p.source, p.row, p.key,
       CASE WHEN p.id IS NULL THEN local_of(f.path) ELSE p."column" END AS "column", f.value, f.message, p.branch, f.path, f.component
FROM finding f LEFT JOIN placed p USING (id)
ORDER BY p.source, p.row, f.rule, f.value, p."column";
