-- What things state by the attribute that their class holds or draws, the largest of several values.
-- Parameters: the classes and, place by place, their attributes. Reads: said(id, predicate, object), entity_class.
SELECT s.id, s.predicate, max(TRY_CAST(s.object AS DOUBLE)) AS amount
FROM said s
WHERE TRY_CAST(s.object AS DOUBLE) > 0 AND isfinite(TRY_CAST(s.object AS DOUBLE))
  AND EXISTS (
      FROM entity_class c JOIN (SELECT unnest(?::VARCHAR[]) AS class, unnest(?::VARCHAR[]) AS attribute) p USING (class)
      WHERE c.id = s.id AND p.attribute = s.predicate
  )
GROUP BY ALL
ORDER BY ALL
