// Tie to the new nodes what others tied to the old ones, $batch relationships at most.
MATCH (o:Entity)-[r]-()
WHERE NOT o:_Next AND o._ldt IS NOT NULL AND r._how IS NULL
WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b
OPTIONAL MATCH (a2:_Next {iri: CASE WHEN a:Entity THEN a.iri END})
OPTIONAL MATCH (b2:_Next {iri: CASE WHEN b:Entity THEN b.iri END})
WITH r, a, b, a2, b2 WHERE a2 IS NOT NULL OR b2 IS NOT NULL LIMIT $batch
CALL (r, a, b, a2, b2) {
    WITH coalesce(a2, a) AS s, coalesce(b2, b) AS e
    CREATE (s)-[c:$(type(r))]->(e) SET c = properties(r)
}
DELETE r
