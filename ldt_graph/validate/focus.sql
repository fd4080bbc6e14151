-- What shapes are about, as some datasets say it (SHACL, section 2.1.3): pairs of a shape and a node.
INSERT INTO focus
SELECT a.shape, s.subject, CASE WHEN starts_with(s.subject, '_:') THEN 'bnode' ELSE 'iri' END, NULL, NULL
FROM statements s JOIN aim a ON a.word = 'class' AND s.object = a.iri
WHERE s.predicate = $type AND s.dataset IN (SELECT unnest($datasets::VARCHAR[])) /*subject*/
UNION
SELECT a.shape, s.subject, CASE WHEN starts_with(s.subject, '_:') THEN 'bnode' ELSE 'iri' END, NULL, NULL
FROM statements s JOIN aim a ON a.word = 'subjects' AND s.predicate = a.iri
WHERE s.dataset IN (SELECT unnest($datasets::VARCHAR[])) /*subject*/
UNION
SELECT a.shape, s.object, s.kind, s.datatype, s.lang
FROM statements s JOIN aim a ON a.word = 'objects' AND s.predicate = a.iri
WHERE s.dataset IN (SELECT unnest($datasets::VARCHAR[])) /*object*/
UNION
SELECT shape, iri, kind, datatype, lang FROM aim WHERE word = 'node' /*iri*/;
