UNWIND $rows AS row
MATCH (n:Entity {iri: row[0]})
SET n += row[1]
