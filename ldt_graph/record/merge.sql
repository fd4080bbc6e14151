-- The newest file wins. `first` is the oldest relation; `_over` holds the rows of all newer ones, which are few,
-- each with its relation's number. Which file wins a key is decided before any condition drops a row.
WITH _over AS MATERIALIZED ({over}),
     _wins AS (SELECT key, max(_file) AS _file FROM _over GROUP BY key)
SELECT {columns} FROM ({first}) ANTI JOIN _wins USING (key)
UNION ALL
SELECT {columns} FROM _over SEMI JOIN _wins USING (key, _file)
