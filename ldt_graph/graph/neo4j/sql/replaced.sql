-- Of each relation the places that it left, beside those that it came to; a left-over is a relation that went or came.
-- Reads placed_before, placed_after.
CREATE OR REPLACE TABLE replaced AS
WITH numbered AS (
    SELECT *, coalesce(rule, '') AS known, row_number() OVER (
        PARTITION BY side, subject, predicate, object, dataset, origin, rule ORDER BY source NULLS FIRST, row NULLS FIRST
    ) AS n
    FROM (
        SELECT 'gone' AS side, * FROM (FROM placed_before EXCEPT FROM placed_after)
        UNION ALL SELECT 'came' AS side, * FROM (FROM placed_after EXCEPT FROM placed_before)
    )
)
SELECT subject, object, predicate, dataset, origin, known, n,
       g.rule AS rule, g.source AS source, g.row AS row, c.source AS new_source, c.row AS new_row,
       g.side IS NOT NULL AND c.side IS NOT NULL AS moved
FROM (FROM numbered WHERE side = 'gone') g
FULL JOIN (FROM numbered WHERE side = 'came') c USING (subject, object, predicate, dataset, origin, known, n)
