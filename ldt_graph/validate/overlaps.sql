-- People who are stated twice: of a place, and of what lies in it; of an asset, and of what it supplies.
CREATE OR REPLACE TEMP TABLE overlap AS
WITH stated AS (
    SELECT subject, max(TRY_CAST(object AS DOUBLE)) AS people,
           arg_min(struct_pack(dataset := dataset, source := source, row := row, rule := rule, key := key),
                   (dataset, coalesce(source, ''), coalesce(row, 0), rule)) AS cell
    FROM statements
    WHERE predicate IN (SELECT unnest($population::VARCHAR[])) AND TRY_CAST(object AS DOUBLE) > 0 AND origin = 'observed'
    GROUP BY subject
),
lived_in AS (SELECT DISTINCT subject FROM statements WHERE predicate = $type AND object IN (SELECT unnest($lived_in::VARCHAR[]))),
pair AS (
    SELECT DISTINCT s.subject AS home, s.object AS whole, s.predicate IN (SELECT unnest($around::VARCHAR[])) AS around
    FROM statements s SEMI JOIN stated h ON h.subject = s.subject SEMI JOIN stated w ON w.subject = s.object
    WHERE s.predicate IN (SELECT unnest($relations::VARCHAR[])) AND s.subject <> s.object
),
each AS (
    SELECT w.subject, w.people, w.cell, p.around, count(*) AS homes, sum(h.people) AS inside
    FROM pair p JOIN stated w ON w.subject = p.whole JOIN stated h ON h.subject = p.home
    WHERE p.around OR NOT EXISTS (FROM lived_in l WHERE l.subject = p.whole)
    GROUP BY ALL
),
name AS (SELECT subject, min(object) AS name FROM statements WHERE predicate = $identifier GROUP BY subject)
SELECT e.*, coalesce(n.name, e.subject) AS name,
       row_number() OVER (PARTITION BY cell.dataset, cell.rule, around ORDER BY cell, e.subject) AS nth,
       count(*) OVER (PARTITION BY cell.dataset, cell.rule, around) AS times
FROM each e LEFT JOIN name n USING (subject);

INSERT INTO violations BY NAME
SELECT o.cell.dataset AS dataset, 'people' AS stage, 'warning' AS severity,
       CASE WHEN around THEN 'people:stated-twice' ELSE 'people:served' END AS rule, o.subject, o.cell.source AS source,
       o.cell.row AS row, cell_of(r.object_cells, NULL, NULL) AS "column", people::BIGINT::VARCHAR AS value,
       name || ' states ' || people::BIGINT || ' people, and ' || homes
       || CASE WHEN around THEN ' in it state ' ELSE ' that it supplies state ' END || inside::BIGINT
       || ': each person is counted once, where they live'
       || CASE WHEN times > 1 THEN '. So it is with ' || (times - 1) || ' more.' ELSE '.' END AS message,
       o.cell.rule AS branch, o.cell.key AS key
FROM overlap o LEFT JOIN reads r ON r.dataset = o.cell.dataset AND r.rule = o.cell.rule
WHERE nth = 1
ORDER BY o.cell, o.around, o.subject;
DROP TABLE overlap;
