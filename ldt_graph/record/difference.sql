-- Rows whose 64-bit hash occurs as often on both sides cancel out; only the others are compared, by `compared`.
-- Of rows that are equal in it, one side shows as many as it has more than the other.
CREATE OR REPLACE TEMP TABLE _differs AS
    SELECT h FROM (SELECT hash({compared}) AS h, 1 AS side FROM _new UNION ALL SELECT hash({compared}), -1 FROM _old)
    GROUP BY h HAVING sum(side) <> 0;
CREATE OR REPLACE TABLE difference AS
WITH both_sides AS (
    SELECT '+' AS sign, * FROM _new WHERE hash({compared}) IN (FROM _differs)
    UNION ALL SELECT '-', * FROM _old WHERE hash({compared}) IN (FROM _differs)
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY sign, {compared} ORDER BY source, row, key, rule, level) AS _number,
        count(*) FILTER (sign = '+') OVER (PARTITION BY {compared}) AS _added,
        count(*) FILTER (sign = '-') OVER (PARTITION BY {compared}) AS _removed
    FROM both_sides
)
SELECT sign, {columns} FROM numbered WHERE _number > CASE sign WHEN '+' THEN _removed ELSE _added END;
DROP TABLE _differs; DROP TABLE _old; DROP TABLE _new; DROP TABLE IF EXISTS _keys;
