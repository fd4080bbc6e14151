// The old nodes that others still hold on to: how many, and what they are labelled.
MATCH (o:Entity)-[r]-()
WHERE NOT o:_Next AND o._ldt IS NOT NULL AND r._how IS NULL
WITH collect(DISTINCT o) AS tied
RETURN size(tied) AS kept,
       reduce(all = [], n IN tied | all + [l IN labels(n) WHERE NOT l IN all]) AS labels
