-- What the entities asked for are related to, beside themselves. Reads statements, asked(iri).
CREATE TEMP TABLE other AS
SELECT DISTINCT object AS iri FROM statements
WHERE kind = 'iri' AND dataset <> $ontology AND predicate <> $type AND object NOT IN (SELECT iri FROM asked)
