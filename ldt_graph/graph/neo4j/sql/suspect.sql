-- Relations that went and came at once: their places decide whether they only moved. Reads difference(sign, ...).
CREATE OR REPLACE TEMP TABLE suspect AS
SELECT subject, predicate, object, dataset, origin, rule
FROM difference WHERE kind = 'iri' AND predicate <> $type AND dataset <> $ontology
GROUP BY ALL HAVING count(DISTINCT sign) = 2
