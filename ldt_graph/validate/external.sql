INSERT INTO violations
SELECT s.dataset, 'reference', 'warning', 'reference:external', s.subject, s.source, s.row,
       regexp_extract(s.predicate, '[^#/]*$'), s.object,
       regexp_extract(s.predicate, '[^#/]*$') || ' names ' || s.object || ', which is outside this twin; impact does not follow it.'
FROM statements s SEMI JOIN relation r ON s.predicate = r.iri ANTI JOIN known k ON k.iri = s.object
WHERE s.kind = 'iri' AND s.origin = 'observed' AND NOT starts_with(s.object, $base)
  AND NOT starts_with(s.object, 'https://w3id.org/ldt-graph#')
ORDER BY s.source, s.row, s.predicate, s.object;
