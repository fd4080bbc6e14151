-- The relations between a version's entities, texts coded by their rank in `word`; a statement of several rows
-- is several. Sorted as `Relations` describes. Parameters: $type. Reads: statements, entity(id, iri).
CREATE OR REPLACE TEMP TABLE word AS
SELECT (row_number() OVER (ORDER BY text) - 1)::INTEGER AS id, text
FROM (SELECT DISTINCT unnest([predicate, dataset, source, rule]) AS text FROM statements WHERE kind = 'iri')
WHERE text IS NOT NULL;

SELECT DISTINCT s.id::INTEGER AS subject, o.id::INTEGER AS object, p.id AS predicate, (x.origin = 'inferred')::TINYINT AS inferred,
       d.id AS dataset, coalesce(f.id, -1) AS source, coalesce(x.row, -1) AS row, coalesce(r.id, -1) AS rule
FROM statements x
JOIN entity s ON x.subject = s.iri
JOIN entity o ON x.object = o.iri
JOIN word p ON p.text = x.predicate
JOIN word d ON d.text = x.dataset
LEFT JOIN word f ON f.text = x.source
LEFT JOIN word r ON r.text = x.rule
WHERE x.kind = 'iri' AND x.predicate <> $type
ORDER BY ALL;
