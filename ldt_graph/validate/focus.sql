-- What shapes are about, as some datasets say it (SHACL, section 2.1.3): pairs of a shape and a node. A statement for each kind
-- of target; what is appended twice is made one below.
INSERT INTO focus
SELECT DISTINCT a.shape, s.subject, CASE WHEN starts_with(s.subject, '_:') THEN 'bnode' ELSE 'iri' END, NULL, NULL
FROM statements s JOIN aim a ON a.word = 'class' AND s.object = a.iri
WHERE s.predicate = $type AND s.dataset IN (SELECT unnest($datasets::VARCHAR[])) /*only*/;
INSERT INTO focus
SELECT DISTINCT a.shape, s.subject, CASE WHEN starts_with(s.subject, '_:') THEN 'bnode' ELSE 'iri' END, NULL, NULL
FROM statements s JOIN aim a ON a.word = 'subjects' AND s.predicate = a.iri
WHERE s.dataset IN (SELECT unnest($datasets::VARCHAR[])) /*only*/;
INSERT INTO focus
SELECT DISTINCT a.shape, s.object, s.kind, s.datatype, s.lang
FROM statements s JOIN aim a ON a.word = 'objects' AND s.predicate = a.iri
WHERE s.dataset IN (SELECT unnest($datasets::VARCHAR[])) /*only*/;
INSERT INTO focus
SELECT shape, iri, kind, datatype, lang FROM aim WHERE word = 'node' /*only*/;
