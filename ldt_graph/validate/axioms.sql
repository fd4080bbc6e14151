-- What contradicts an axiom: its statement, and the class or relation that it meets. Reads constraint(id, kind, term, read)
-- and constraint_other(id, other, literal), constraint_fits(id, datatype). A value of a datatype that fits is not looked at.
CREATE OR REPLACE TEMP TABLE meant_by AS
    SELECT c.id, c.kind AS asked, s.dataset, s.subject, s.predicate, s.object, s.kind, s.datatype, s.source, s.row, s.rule
    FROM statements s JOIN (SELECT DISTINCT id, kind, read FROM "constraint") c ON s.predicate = c.read
    LEFT JOIN constraint_fits f ON f.id = c.id AND f.datatype = s.datatype
    WHERE f.id IS NULL AND (c.kind <> 'irreflexive' OR s.subject = s.object);
CREATE OR REPLACE TEMP TABLE typed AS SELECT subject, object AS class FROM statements
    WHERE predicate = $type AND kind = 'iri' AND object IN (SELECT other FROM constraint_other UNION SELECT term FROM "constraint");
CREATE OR REPLACE TEMP TABLE contradiction AS
WITH of_class AS (
    SELECT m.*, CASE m.asked WHEN 'domain' THEN m.subject ELSE m.object END AS thing
    FROM meant_by m WHERE m.asked IN ('domain', 'range') AND (m.asked = 'domain' OR m.kind <> 'literal')
),
outside AS (
    SELECT o.* FROM of_class o
    WHERE NOT EXISTS (FROM typed t JOIN constraint_other a ON a.other = t.class WHERE t.subject = o.thing AND a.id = o.id)
)
SELECT id, dataset, subject, predicate, object, source, row, rule, thing FROM outside o
-- Of a class that nothing declares, that is told already.
WHERE EXISTS (FROM statements t WHERE t.subject = o.thing AND t.predicate = $type AND t.object NOT IN (SELECT class FROM unknown_class))
UNION ALL
SELECT id, dataset, subject, predicate, object, source, row, rule, object FROM meant_by m
WHERE asked = 'range' AND kind = 'literal' AND EXISTS (FROM constraint_other a WHERE a.id = m.id AND a.literal IS NOT NULL)
  AND NOT EXISTS (
    FROM constraint_other a WHERE a.id = m.id AND (m.datatype = a.other OR CASE a.literal
        WHEN 'number' THEN TRY_CAST(m.object AS DOUBLE) IS NOT NULL
        WHEN 'whole' THEN TRY_CAST(m.object AS DOUBLE) = round(TRY_CAST(m.object AS DOUBLE))
        WHEN 'boolean' THEN m.object IN ('true', 'false', '1', '0')
        WHEN 'date' THEN TRY_CAST(left(m.object, 10) AS DATE) IS NOT NULL
        ELSE true END))
UNION ALL
SELECT id, dataset, subject, predicate, object, source, row, rule, object FROM meant_by WHERE asked = 'irreflexive'
UNION ALL
SELECT m.id, m.dataset, m.subject, m.predicate, m.object, m.source, m.row, m.rule, m.object
FROM meant_by m JOIN constraint_other a USING (id) JOIN statements s ON s.predicate = a.other
    -- Of two rows that contradict each other the later one is told; a relation to itself is another matter.
    AND CASE m.asked WHEN 'asymmetric' THEN s.subject = m.object AND s.object = m.subject AND s.subject <> s.object
                 AND NOT (s.origin = 'observed' AND (s.source, s.row) > (m.source, m.row))
             ELSE s.subject = m.subject AND s.object = m.object END
WHERE m.asked IN ('asymmetric', 'disjoint-relations')
UNION ALL
SELECT c.id, s.dataset, s.subject, s.predicate, s.object, s.source, s.row, s.rule, s.subject
FROM "constraint" c JOIN constraint_other a USING (id) JOIN typed x ON x.class = c.term JOIN typed y ON y.class = a.other AND y.subject = x.subject
JOIN statements s ON s.subject = x.subject AND s.predicate = $type AND s.origin = 'observed'
WHERE c.kind = 'disjoint';

INSERT INTO violations BY NAME
WITH told AS (
    SELECT id, dataset, count(DISTINCT (subject, object)) AS times, count(DISTINCT thing) AS things,
           min(struct_pack(source := coalesce(source, ''), row := coalesce(row, 0), subject := subject, object := object,
                           thing := thing, rule := rule, predicate := predicate)) AS first
    FROM contradiction GROUP BY ALL
),
said AS (
    SELECT t.id, t.dataset, min(struct_pack(rule := s.rule, key := s.key, turned := s.subject <> t.first.subject)) AS cell
    FROM told t JOIN statements s ON s.dataset = t.dataset AND s.origin = 'observed'
        AND coalesce(s.source, '') = t.first.source AND coalesce(s.row, 0) = t.first.row
        AND ((s.subject = t.first.subject AND s.object = t.first.object) OR (s.subject = t.first.object AND s.object = t.first.subject))
    GROUP BY ALL
),
-- Of a domain the row's own thing is not in question, but its relation; a thing that the row only names may be the wrong one.
elsewhere AS (
    SELECT t.id, t.dataset FROM told t JOIN (SELECT DISTINCT id FROM "constraint" WHERE kind = 'domain') c USING (id)
    WHERE NOT EXISTS (FROM statements s WHERE s.subject = t.first.subject AND s.predicate = $type AND s.dataset = t.dataset
                      AND s.source = t.first.source AND s.row = t.first.row)
)
SELECT t.dataset, 'axiom' AS stage, 'warning' AS severity, 'axiom:' || c.kind AS rule, t.first.subject AS subject,
       nullif(t.first.source, '') AS source, nullif(t.first.row, 0) AS row,
       -- An inverse relation says it the other way round: its row's subject is the object here.
       CASE WHEN CASE WHEN e.id IS NOT NULL THEN NOT said.cell.turned ELSE c.kind = 'range' AND said.cell.turned END
            THEN cell_of(r.subject_cells, NULL, NULL)
            WHEN c.kind = 'domain' AND e.id IS NULL THEN coalesce(cell_of(r.predicate_cells, NULL, t.first.predicate), cell_of(r.object_cells, t.first.object, t.first.predicate))
            ELSE cell_of(r.object_cells, t.first.object, t.first.predicate) END AS "column",
       CASE WHEN e.id IS NOT NULL THEN t.first.subject ELSE t.first.object END AS value,
       CASE c.kind WHEN 'disjoint' THEN t.first.subject || ' is of classes that exclude each other'
            WHEN 'irreflexive' THEN t.first.subject || ' stands in ' || c.name || ' to itself'
            ELSE t.first.subject || ' ' || c.name || ' ' || t.first.object END
       || ', against the axiom ' || c.axiom
       || CASE greatest(CASE c.kind WHEN 'disjoint' THEN t.things ELSE t.times END, 1) WHEN 1 THEN '.'
               ELSE '; so it is ' || CASE c.kind WHEN 'disjoint' THEN t.things ELSE t.times END || ' times.' END AS message,
       said.cell.rule AS branch, said.cell.key AS key, t.first.predicate AS path
FROM told t JOIN (SELECT DISTINCT id, kind, name, axiom FROM "constraint") c USING (id)
LEFT JOIN said USING (id, dataset) LEFT JOIN elsewhere e USING (id, dataset)
LEFT JOIN reads r ON r.dataset = t.dataset AND r.rule = said.cell.rule
ORDER BY t.first, c.id;
DROP TABLE contradiction; DROP TABLE meant_by; DROP TABLE typed;
