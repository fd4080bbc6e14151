// Of the entities that went, strip those that others hold on to of what is ours.
UNWIND $rows AS iri
MATCH (n:Entity {iri: iri}) WHERE EXISTS { (n)--() }
REMOVE n:`LABELS`
SET n = {iri: iri}
RETURN count(n) AS kept
