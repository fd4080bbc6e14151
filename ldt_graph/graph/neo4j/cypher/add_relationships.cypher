UNWIND $rows AS row
MATCH (a:Entity {iri: row[0]}) MATCH (b:Entity {iri: row[1]})
CREATE (a)-[r:`TYPE`]->(b) SET r = row[2]
