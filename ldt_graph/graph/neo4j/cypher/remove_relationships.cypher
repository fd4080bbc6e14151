UNWIND $rows AS row
MATCH (a:Entity {iri: row[0]})-[r:`TYPE`]->(b:Entity {iri: row[1]})
WHERE r._how = row[2] AND coalesce(r.row, -1) = row[3]
DELETE r
