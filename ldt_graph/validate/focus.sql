-- What shapes are about, as some datasets say it (SHACL, section 2.1.3): a file of shapes, a shape of it and a node. A
-- statement for each kind of target; what is appended twice is made one below.
INSERT INTO focus
SELECT DISTINCT a.file, a.shape, s.subject, CASE WHEN starts_with(s.subject, '_:') THEN 'bnode' ELSE 'iri' END, NULL, NULL
FROM statements s JOIN aim a ON a.word = 'class' AND s.object = a.iri AND s.dataset = a.dataset
WHERE s.predicate = $type /*only*/;
INSERT INTO focus
SELECT DISTINCT a.file, a.shape, s.subject, CASE WHEN starts_with(s.subject, '_:') THEN 'bnode' ELSE 'iri' END, NULL, NULL
FROM statements s JOIN aim a ON a.word = 'subjects' AND s.predicate = a.iri AND s.dataset = a.dataset
WHERE true /*only*/;
INSERT INTO focus
SELECT DISTINCT a.file, a.shape, s.object, s.kind, s.datatype, s.lang
FROM statements s JOIN aim a ON a.word = 'objects' AND s.predicate = a.iri AND s.dataset = a.dataset
WHERE true /*only*/;
INSERT INTO focus
SELECT DISTINCT file, shape, iri, kind, datatype, lang FROM aim WHERE word = 'node' /*only*/;
