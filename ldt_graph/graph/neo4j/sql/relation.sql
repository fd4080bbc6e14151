-- A row per relation of the entities asked for: equal rows stay two, as they differ in their place.
-- Reads statements, entity, asked(iri).
CREATE OR REPLACE TABLE rel AS
SELECT DISTINCT s.subject, s.object, s.predicate, s.dataset, s.origin, s.source, s.row, s.rule
FROM statements s JOIN asked a ON s.subject = a.iri
JOIN entity f ON s.subject = f.iri JOIN entity t ON s.object = t.iri
WHERE s.kind = 'iri' AND s.predicate <> $type
