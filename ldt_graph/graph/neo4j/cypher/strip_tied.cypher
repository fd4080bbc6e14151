// Strip the old nodes that others hold on to of what is ours.
MATCH (o:Entity)-[x]-()
WHERE NOT o:_Next AND o._ldt IS NOT NULL AND x._how IS NULL
WITH DISTINCT o AS n LIMIT $batch
CALL (n) { MATCH (n)-[r]-() WHERE r._how IS NOT NULL DELETE r }
REMOVE n:`LABELS`
SET n = {iri: n.iri}
