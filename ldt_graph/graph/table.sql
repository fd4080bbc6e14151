-- A version's entities as columns, in IRI order. Parameters: $between. Reads: entity, entity_class.
SELECT e.iri, e.identifier, e.name, e.type, c.types, e.domain, e.dataset, e.geometry, e.searched
FROM entity e
JOIN (SELECT id, array_to_string(list(DISTINCT name ORDER BY name), $between) AS types FROM entity_class GROUP BY id) c USING (id)
ORDER BY e.id;

-- What they are said to be in figures and words. Parameters: $identifier, $name, $wkt. Reads: statements, entity.
SELECT DISTINCT e.id::INTEGER AS id, s.predicate, s.object, s.datatype, s.lang
FROM statements s JOIN entity e ON s.subject = e.iri
WHERE s.kind = 'literal' AND s.origin = 'observed' AND s.predicate NOT IN ($identifier, $name, $wkt)
ORDER BY 1;
