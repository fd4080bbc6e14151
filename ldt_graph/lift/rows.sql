-- The dataset's rows as they are now, each with its number among those of its key.
CREATE OR REPLACE TEMP TABLE seen_row AS FROM (/*rows*/);
-- Most keys have one row; only the others are numbered.
CREATE OR REPLACE TEMP TABLE several AS SELECT key FROM seen_row GROUP BY key HAVING count(*) > 1;
CREATE OR REPLACE TEMP TABLE held_row AS SELECT * EXCLUDE (dataset) FROM source_rows WHERE dataset = $dataset;
DELETE FROM source_rows WHERE dataset = $dataset;
INSERT INTO source_rows
    SELECT $dataset, n, key, hash, source, row FROM (
        SELECT 1 AS n, * FROM seen_row ANTI JOIN several USING (key)
        UNION ALL
        SELECT row_number() OVER (PARTITION BY key ORDER BY source, row, hash) AS n, *
        FROM seen_row SEMI JOIN several USING (key)
    ) ORDER BY source, row, key, n;
DROP TABLE seen_row; DROP TABLE several;
