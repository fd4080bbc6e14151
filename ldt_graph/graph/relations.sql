-- The relations between a version's entities. How one is known, but for its row, is a number into `how`; few are
-- distinct. `place` ranks what comes before the row in the order of the network's columns, `id` all of it.
-- Parameters: $type. Reads: statements, entity(id, iri).
CREATE OR REPLACE TEMP TABLE how AS
SELECT (row_number() OVER (ORDER BY predicate, origin DESC, dataset, source NULLS FIRST, rule NULLS FIRST) - 1)::INTEGER AS id,
       dense_rank() OVER (ORDER BY predicate, origin DESC, dataset, source NULLS FIRST) AS place,
       predicate, origin, dataset, source, rule
FROM (SELECT DISTINCT predicate, origin, dataset, source, rule FROM statements WHERE kind = 'iri' AND predicate <> $type);

SELECT DISTINCT s.id::INTEGER AS subject, o.id::INTEGER AS object, h.place, coalesce(x.row, -1) AS row, h.id AS how
FROM statements x
JOIN entity s ON x.subject = s.iri
JOIN entity o ON x.object = o.iri
JOIN how h ON (h.predicate, h.origin, h.dataset) = (x.predicate, x.origin, x.dataset)
          AND h.source IS NOT DISTINCT FROM x.source AND h.rule IS NOT DISTINCT FROM x.rule
WHERE x.kind = 'iri'
ORDER BY ALL;
