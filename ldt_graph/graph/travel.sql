-- What road links and nodes state of how they are passed, the largest of several values; what is true is 1.
-- Parameters: the classes and, place by place, their attributes; the attributes of anything.
-- Reads: said(id, predicate, object), entity_class.
WITH stated AS (
    SELECT id, predicate,
           TRY_CAST(CASE lower(object) WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE object END AS DOUBLE) AS amount
    FROM said
)
SELECT s.id, s.predicate, max(s.amount) AS amount
FROM stated s
WHERE s.amount >= 0 AND isfinite(s.amount)
  AND (EXISTS (
      FROM entity_class c JOIN (SELECT unnest(?::VARCHAR[]) AS class, unnest(?::VARCHAR[]) AS attribute) p USING (class)
      WHERE c.id = s.id AND p.attribute = s.predicate
  ) OR s.predicate IN (SELECT unnest(?::VARCHAR[])))
GROUP BY ALL
ORDER BY ALL
