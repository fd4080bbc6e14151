-- What the class and property hierarchies say of the delta. The hop tables are closed: one join reaches the top.
SELECT d.dataset, d.subject, h.above AS predicate, d.object, d.kind, d.datatype, d.lang, d.key, d.source, d.row,
       h.rule, d.level + h.hops AS level
FROM delta d JOIN property_hop h ON d.predicate = h.below
UNION ALL
SELECT d.dataset, d.subject, d.predicate, h.above AS object, d.kind, d.datatype, d.lang, d.key, d.source, d.row,
       h.rule, d.level + h.hops AS level
FROM delta d JOIN class_hop h ON d.object = h.below
WHERE d.predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' AND d.kind = 'iri'
