// Only the place changes. Done twice it does nothing: no relationship of the same statement keeps, or comes to, the
// place that another one left.
UNWIND $rows AS row
MATCH (a:Entity {iri: row[0]})-[r:`TYPE`]->(b:Entity {iri: row[1]})
WHERE r._how = row[2] AND coalesce(r.row, -1) = row[3]
SET r._how = row[4], r.source = row[5], r.row = row[6]
RETURN count(r) AS moved
