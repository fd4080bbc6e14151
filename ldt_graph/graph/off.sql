-- Who is off: what says so of a thing of a class for which it counts, unless the thing states what counts instead.
-- Parameters: the attributes and values that say so; attributes that count for some classes only, and place by place the
-- classes; attributes, and place by place those that count instead. Reads: said(id, predicate, object), entity_class.
WITH saying AS (SELECT unnest($off_attributes::VARCHAR[]) AS predicate, unnest($off_values::VARCHAR[]) AS object),
confined AS (SELECT unnest($attributes::VARCHAR[]) AS predicate, unnest($classes::VARCHAR[]) AS class),
yielding AS (SELECT unnest($older::VARCHAR[]) AS predicate, unnest($newer::VARCHAR[]) AS newer)
SELECT DISTINCT s.id
FROM said s JOIN saying USING (predicate, object)
WHERE (s.predicate NOT IN (SELECT predicate FROM confined)
       OR EXISTS (FROM entity_class c JOIN confined f USING (class) WHERE c.id = s.id AND f.predicate = s.predicate))
  AND NOT EXISTS (FROM said t JOIN yielding y ON t.predicate = y.newer WHERE t.id = s.id AND y.predicate = s.predicate)
