-- The places of the suspects in one version, as far as both their ends are entities.
-- Reads suspect; statements: of both their ends, in this version.
SELECT DISTINCT s.subject, s.predicate, s.object, s.dataset, s.origin, s.rule, s.source, s.row
FROM statements s
JOIN suspect x ON (s.subject, s.predicate, s.object, s.dataset, s.origin) = (x.subject, x.predicate, x.object, x.dataset, x.origin)
              AND s.rule IS NOT DISTINCT FROM x.rule
WHERE s.subject IN (SELECT subject FROM statements WHERE predicate = $type)
  AND s.object IN (SELECT subject FROM statements WHERE predicate = $type)
