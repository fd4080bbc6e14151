-- Relations as numbers, in the order of the nodes that they start from.
SELECT h.code, s.id AS a, o.id AS b, coalesce(r.row, -1) AS row
FROM rel r
JOIN entity s ON r.subject = s.iri
JOIN entity o ON r.object = o.iri
JOIN how h ON (h.predicate, h.dataset, h.origin) = (r.predicate, r.dataset, r.origin)
          AND h.source IS NOT DISTINCT FROM r.source AND h.rule IS NOT DISTINCT FROM r.rule
ORDER BY a, code, b, row
