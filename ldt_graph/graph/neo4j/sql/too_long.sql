-- The first entity whose IRI or identifier is longer than an index takes.
SELECT iri, dataset, CASE WHEN strlen(iri) > $most THEN 'IRI' ELSE 'identifier' END, greatest(strlen(iri), strlen(identifier))
FROM node WHERE strlen(iri) > $most OR strlen(identifier) > $most
ORDER BY iri LIMIT 1
