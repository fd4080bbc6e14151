-- The rows that describe an entity which an earlier row of the same triples map describes.
CREATE OR REPLACE TEMP TABLE duplicate AS
WITH typing AS (
    SELECT rule, any_value(map) AS map,
           arg_min("column", position) FILTER (part = 'subject') AS "column"
    FROM rules WHERE dataset = $dataset AND map IN (SELECT unnest($maps::VARCHAR[])) GROUP BY rule
),
typed AS (
    SELECT DISTINCT t.map, t."column", s.subject, s.source, s.row FROM statements s JOIN typing t USING (rule)
    WHERE s.dataset = $dataset AND s.predicate = $type AND ($whole OR s.subject IN (
        SELECT subject FROM statements WHERE dataset = $dataset AND key IN (SELECT key FROM touched) AND predicate = $type))
),
firsts AS (
    SELECT map, subject, min((source, row)) AS place FROM typed GROUP BY ALL HAVING count(*) > 1
)
SELECT t.subject, t.source, t.row, t."column", f.place[2] AS first
FROM typed t JOIN firsts f USING (map, subject) WHERE (t.source, t.row) <> f.place
