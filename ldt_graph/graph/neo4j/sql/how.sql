-- How relations are known, but for their row: numbered in a fixed order.
CREATE OR REPLACE TABLE how AS
SELECT row_number() OVER (ORDER BY predicate, dataset, origin, source, rule) - 1 AS code, *
FROM (SELECT DISTINCT predicate, dataset, origin, source, rule FROM rel)
ORDER BY code
