-- What each name means: its one IRI, or how many it could be.
CREATE OR REPLACE TEMP TABLE known AS
WITH found AS (
    SELECT w.target, w.name, w.place, w.part, i.dataset, i.iri FROM wanted w JOIN identifier i ON i.name = w.name
    UNION ALL
    SELECT w.target, w.name, w.place, w.part, i.dataset, i.iri FROM wanted w JOIN identifier i ON i.iri = w.name
    UNION ALL
    SELECT w.target, w.name, w.place, w.part, i.dataset, i.iri
    FROM (SELECT *, strpos(name, ':') AS colon FROM wanted WHERE contains(name, ':')) w
    JOIN identifier i ON i.dataset = left(w.name, w.colon - 1) AND i.name = substr(w.name, w.colon + 1)
)
SELECT target, name, min(iri) AS iri, count(DISTINCT iri) AS n,
       string_agg(DISTINCT dataset, ', ' ORDER BY dataset) AS datasets
FROM found f
WHERE place IN ('*', dataset) AND (part = '' OR EXISTS (FROM part p WHERE p.name = f.part AND p.iri = f.iri))
GROUP BY target, name;

CREATE OR REPLACE TEMP TABLE linked AS
SELECT l.*, CASE s.n WHEN 1 THEN s.iri END AS subject_iri, CASE o.n WHEN 1 THEN o.iri END AS object_iri,
       (subject_target IS NULL OR coalesce(s.n, 0) = 1) AND (object_target IS NULL OR coalesce(o.n, 0) = 1) AS holds
FROM (SELECT links.*, links.rowid AS number FROM links SEMI JOIN relinked USING (dataset, key)) l
LEFT JOIN known s ON s.target = l.subject_target AND s.name = l.subject
LEFT JOIN known o ON o.target = l.object_target AND o.name = l.object;

INSERT INTO statements
SELECT dataset, coalesce(subject_iri, subject), predicate, coalesce(object_iri, object), kind, datatype, lang,
       'observed', key, source, row, rule, 0
FROM linked WHERE holds ORDER BY number;

INSERT INTO set_aside
SELECT dataset, coalesce(subject_iri, subject), predicate,
       coalesce(object_iri, object), CASE WHEN object_target IS NOT NULL AND object_iri IS NULL THEN 'literal' ELSE kind END,
       datatype, lang, 'observed', key, source, row, rule, 0, 'link'
FROM linked WHERE NOT holds ORDER BY number;

INSERT INTO violations BY NAME
WITH ends AS (
    SELECT dataset, source, row, key, rule, predicate, subject_column AS "column", subject_target AS target, subject AS name FROM linked WHERE NOT holds
    UNION
    SELECT dataset, source, row, key, rule, predicate, object_column, object_target, object FROM linked WHERE NOT holds
),
told AS (
    SELECT e.dataset, e."column", e.target, e.name, count(DISTINCT (e.source, e.row)) AS cells,
           min(struct_pack(source := coalesce(e.source, ''), row := coalesce(e.row, 0), rule := e.rule, key := e.key, predicate := e.predicate)) AS first
    FROM ends e LEFT JOIN known k USING (target, name)
    WHERE e.target IS NOT NULL AND coalesce(k.n, 0) <> 1
    GROUP BY ALL
),
piece AS (
    SELECT name, mark, unnest(list_filter(list_transform(string_split(name, mark), lambda x: trim(x)), lambda x: x <> '')) AS piece
    FROM (SELECT DISTINCT name FROM told), (VALUES ('|'), (';'), (','), ('/'), ('+'), (' ')) m (mark)
    WHERE contains(name, mark)
),
several AS (
    SELECT name, min(mark) AS mark
    FROM (
        SELECT p.name, p.mark FROM piece p LEFT JOIN (SELECT DISTINCT name FROM identifier WHERE name IN (SELECT piece FROM piece)) i ON i.name = p.piece
        GROUP BY p.name, p.mark HAVING count(*) > 1 AND count(*) = count(i.name)
    )
    GROUP BY name
)
SELECT t.dataset, 'reference' AS stage, 'violation' AS severity,
       CASE WHEN k.n IS NULL THEN 'reference:dangling' ELSE 'reference:ambiguous' END AS rule,
       nullif(t.first.source, '') AS source, nullif(t.first.row, 0) AS row, t."column", t.name AS value,
       CASE WHEN k.n IS NULL THEN 'No entity ' || t.name || ' in '
                || CASE split_part(t.target, '#', 1) WHEN '*' THEN 'any dataset' WHEN '' THEN 'no dataset: the row names none'
                   ELSE 'dataset ' || t.target END || '.'
                || CASE WHEN s.mark IS NULL THEN '' ELSE ' Its parts name one each: references = { "' || t."column" || '" = { to = "' || t.target || '", separator = "' || s.mark || '" } }.' END
            ELSE k.n || ' entities are called ' || t.name || ' (' || k.datasets || ').' END
       || CASE t.cells WHEN 1 THEN '' ELSE ' ' || t.cells - 1 || CASE t.cells WHEN 2 THEN ' more cell says so.' ELSE ' more cells say so.' END END AS message,
       t.first.key AS key, t.first.rule AS branch, t.first.predicate AS path, nullif(split_part(t.target, '#', 2), '') AS expected
FROM told t LEFT JOIN known k USING (target, name) LEFT JOIN several s USING (name)
ORDER BY t.first, t."column", t.name;

DROP TABLE linked; DROP TABLE relinked; DROP TABLE known; DROP TABLE wanted; DROP TABLE identifier; DROP TABLE part; DROP TABLE part_class;
