-- Relations to something outside the twin: one line for each relation of a dataset, with its first cell.
INSERT INTO violations BY NAME
WITH told AS (
    SELECT s.dataset, s.predicate, s.rule, count(*) AS times, count(DISTINCT s.object) AS things,
           min(struct_pack(source := coalesce(s.source, ''), row := coalesce(s.row, 0), object := s.object, subject := s.subject, key := s.key)) AS first
    FROM statements s SEMI JOIN relation r ON s.predicate = r.iri ANTI JOIN known k ON k.iri = s.object
    WHERE s.kind = 'iri' AND s.origin = 'observed' AND NOT starts_with(s.object, $base)
      AND NOT starts_with(s.object, 'https://w3id.org/ldt-graph#')
    GROUP BY ALL
)
SELECT t.dataset, 'reference' AS stage, 'warning' AS severity, 'reference:external' AS rule, t.first.subject AS subject,
       nullif(t.first.source, '') AS source, nullif(t.first.row, 0) AS row,
       coalesce(cell_of(r.object_cells, t.first.object, t.predicate), local_of(t.predicate)) AS "column", t.first.object AS value,
       regexp_extract(t.predicate, '[^#/]*$') || ' names ' || t.first.object || ', which is outside this twin'
       || CASE WHEN t.times = 1 THEN '' ELSE ' (so do ' || t.times - 1 || ' more, ' || t.things || ' things in all)' END
       || '; impact does not follow it.' AS message, t.rule AS branch, t.predicate AS path, t.first.key AS key
FROM told t LEFT JOIN reads r USING (dataset, rule)
ORDER BY t.first, t.predicate;
