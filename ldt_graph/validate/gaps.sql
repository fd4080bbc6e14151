-- What was set aside of a thing that is still there, said of the thing, so that whoever follows its relations knows.
INSERT INTO statements
WITH lost AS (
    SELECT s.*, f.name, f.joint FROM set_aside s JOIN followed f ON s.predicate = f.iri
    WHERE NOT EXISTS (FROM statements t WHERE t.subject = s.subject AND t.predicate = s.predicate AND t.object = s.object)
),
gap AS (
    SELECT dataset, subject AS entity, name || ' ' || object AS text, key, source, row, rule FROM lost
    UNION ALL
    SELECT dataset, object, name || ' from ' || subject, key, source, row, rule FROM lost WHERE joint AND object <> subject
)
SELECT g.dataset, g.entity, $gap, g.text, 'literal', NULL, NULL, 'observed', g.key, place.source, place.row, place.rule, 0
FROM (
    SELECT dataset, entity, text, key, min(struct_pack(source := source, row := row, rule := rule)) AS place
    FROM gap SEMI JOIN (SELECT subject FROM statements WHERE predicate = $type) t ON t.subject = gap.entity
    GROUP BY ALL
) g
ORDER BY ALL;
