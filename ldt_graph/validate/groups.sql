-- Supply groups that ask for more members than they have, and those of which members were set aside.
CREATE OR REPLACE TEMP TABLE supply_group AS
WITH stated AS (
    SELECT subject, max(TRY_CAST(object AS BIGINT)) AS required,
           arg_min(struct_pack(dataset := dataset, source := source, row := row, rule := rule, key := key),
                   (-TRY_CAST(object AS BIGINT), dataset, coalesce(source, ''), coalesce(row, 0), rule)) AS cell
    FROM statements
    WHERE predicate IN (SELECT unnest($required::VARCHAR[])) AND TRY_CAST(object AS BIGINT) IS NOT NULL AND origin = 'observed'
    GROUP BY subject
),
member AS (
    SELECT m.subject, count(DISTINCT m.object) AS members
    FROM statements m SEMI JOIN (SELECT subject FROM statements WHERE predicate = $type) t ON t.subject = m.object
    WHERE m.predicate IN (SELECT unnest($member::VARCHAR[])) AND m.kind = 'iri' GROUP BY m.subject
),
lost AS (
    SELECT subject, count(DISTINCT object) AS lost, min(object) AS first,
           min(struct_pack(dataset := dataset, source := source, row := row, rule := rule, key := key)) AS cell
    FROM set_aside a SEMI JOIN (SELECT subject FROM statements WHERE predicate = $type) t USING (subject)
    WHERE predicate IN (SELECT unnest($member::VARCHAR[]))
      AND NOT EXISTS (FROM statements s WHERE s.subject = a.subject AND s.predicate = a.predicate AND s.object = a.object)
    GROUP BY subject
),
name AS (SELECT subject, min(object) AS name FROM statements WHERE predicate = $identifier GROUP BY subject)
SELECT coalesce(s.subject, l.subject) AS subject, coalesce(n.name, s.subject, l.subject) AS name, s.required, coalesce(m.members, 0) AS members,
       l.lost, l.first, s.cell AS said, l.cell AS lost_cell
FROM stated s FULL JOIN lost l USING (subject)
LEFT JOIN member m ON m.subject = coalesce(s.subject, l.subject) LEFT JOIN name n ON n.subject = coalesce(s.subject, l.subject)
WHERE l.lost IS NOT NULL OR s.required > coalesce(m.members, 0);

INSERT INTO violations BY NAME
WITH told AS (
    SELECT lost_cell AS cell, 'group:member-set-aside' AS code, subject, first AS value,
           'Group ' || name || ' lost ' || lost || CASE lost WHEN 1 THEN ' member' ELSE ' members' END
           || ' that was set aside: it has ' || members || coalesce(' and needs ' || required, ' and needs all of them') || '.' AS message
    FROM supply_group WHERE lost IS NOT NULL
    UNION ALL
    SELECT said, 'group:too-few-members', subject, required::VARCHAR,
           'Group ' || name || ' needs ' || required || ' members and has ' || members || ': what requires it is off from the start.'
    FROM supply_group WHERE required > members
)
SELECT t.cell.dataset AS dataset, 'group' AS stage, 'warning' AS severity, t.code AS rule, t.subject, t.cell.source AS source, t.cell.row AS row,
       cell_of(r.object_cells, NULL, NULL) AS "column", t.value, t.message, t.cell.rule AS branch, t.cell.key AS key
FROM told t LEFT JOIN reads r ON r.dataset = t.cell.dataset AND r.rule = t.cell.rule
ORDER BY t.cell, t.code, t.subject;
DROP TABLE supply_group;
