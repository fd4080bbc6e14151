// Statements of the reader, each under its name. LABEL, SELECTION, TYPES, CONDITION, ENTITIES and BODY stand for what the graph puts there;
// values are parameters. `n` is a node of the twin, `ns` a list of them: columns come packed, one list each.

// stamp
OPTIONAL MATCH (t:Twin) WITH t LIMIT 1 RETURN properties(t) AS twin

// whole
MATCH (t:Twin) MATCH (s:_Ldt)
WITH [s.sequence, t.version, t.label] AS before_, timestamp() - coalesce(s.since, 0) AS age_
CALL () { BODY }
MATCH (t2:Twin) MATCH (s2:_Ldt)
RETURN *, [s2.sequence, t2.version, t2.label] AS after_

// entities
[n IN ns | n.iri] AS iri, [n IN ns | n.identifier] AS identifier, [n IN ns | n.name] AS name,
[n IN ns | n.type] AS type, [n IN ns | n.domain] AS domain, [n IN ns | n.dataset] AS dataset,
[n IN ns | labels(n)] AS labels, [n IN ns | n._untyped] AS untyped, [n IN ns | n._record] AS record

// find
// A lower bound, and the index hands out the nodes in their order: nothing is sorted.
CALL () { SELECTION RETURN count(n) AS total }
CALL () { SELECTION AND n.iri > $after WITH n ORDER BY n.iri LIMIT $limit WITH collect(n) AS ns RETURN ENTITIES }
RETURN total, iri, identifier, name, type, domain, dataset, labels, untyped, record

// count
SELECTION WITH coalesce(n[$by], '') AS key, count(*) AS number RETURN collect([key, number]) AS counts

// describe
OPTIONAL MATCH (n:LABEL {iri: $iri}) WITH collect(n) AS ns RETURN ENTITIES

// relations out
UNWIND $iris AS iri MATCH (n:LABEL {iri: iri})-[r]->(m) WHERE r._how IS NOT NULL
RETURN collect([iri, m.iri, r._how, r.row]) AS rows

// relations in
UNWIND $iris AS iri MATCH (n:LABEL {iri: iri})<-[r]-(m) WHERE r._how IS NOT NULL
RETURN collect([iri, m.iri, r._how, r.row]) AS rows

// resolve
CALL () {
  MATCH (n:LABEL {iri: $name}) RETURN n
  UNION MATCH (n:LABEL {identifier: $name}) RETURN n
  UNION MATCH (n:LABEL {identifier: $local}) WHERE n.dataset = $dataset RETURN n
}
RETURN collect([n.iri, n.dataset, n.identifier]) AS rows

// violations
MATCH (v:_Violations) WITH v ORDER BY v.part RETURN collect(v.data) AS data

// labels
CALL db.labels() YIELD label RETURN collect(label) AS labels

// places
MATCH (n:LABEL) WHERE n._ldt >= $low AND n._ldt < $high AND n._record STARTS WITH '["'
RETURN collect(n._ldt) AS ldt, collect(n._record) AS record

// nodes
MATCH (n:LABEL) WHERE CONDITION WITH collect(n) AS ns
RETURN [n IN ns | n._ldt] AS ldt, [n IN ns | n.iri] AS iri, [n IN ns | n.identifier] AS identifier,
       [n IN ns | n.name] AS name, [n IN ns | n.type] AS type, [n IN ns | n.dataset] AS dataset,
       [n IN ns | n.domain] AS domain, [n IN ns | n._network] AS network

// edges
MATCH (n:LABEL)-[r:TYPES]->(m) WHERE CONDITION AND r._how IS NOT NULL
RETURN collect(n._ldt) AS a, collect(m._ldt) AS b, collect(r._how) AS how, collect(coalesce(r.row, -1)) AS row
