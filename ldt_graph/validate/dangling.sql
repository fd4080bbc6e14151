-- Relations that touch an IRI of the twin which nothing describes.
CREATE OR REPLACE TEMP TABLE lost AS
    SELECT s.rowid AS id, s.dataset, s.subject, s.predicate, s.object, s.source, s.row, s.key, s.rule,
           o.iri IS NULL AND starts_with(s.object, $base) AS points_nowhere
    FROM statements s
    LEFT JOIN known a ON a.iri = s.subject
    LEFT JOIN known o ON o.iri = s.object
    WHERE s.kind = 'iri' AND s.predicate <> 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'
      AND ((o.iri IS NULL AND starts_with(s.object, $base)) OR (a.iri IS NULL AND starts_with(s.subject, $base)));
