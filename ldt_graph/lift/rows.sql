-- The dataset's rows against those that `source_rows` held: which keys have other cells, and which rows stand elsewhere.
CREATE OR REPLACE TEMP TABLE seen_row AS FROM (/*rows*/);
-- Most keys have one row; only the others are numbered.
CREATE OR REPLACE TEMP TABLE several AS SELECT key FROM seen_row GROUP BY key HAVING count(*) > 1;
CREATE OR REPLACE TEMP TABLE numbered AS
    SELECT key, 1 AS n, hash, source, row FROM seen_row ANTI JOIN several USING (key)
    UNION ALL
    SELECT key, row_number() OVER (PARTITION BY key ORDER BY source, row, hash), hash, source, row
    FROM seen_row SEMI JOIN several USING (key);
CREATE OR REPLACE TEMP TABLE held_row AS SELECT * EXCLUDE (dataset) FROM source_rows WHERE dataset = $dataset;
CREATE OR REPLACE TEMP TABLE touched AS
    SELECT DISTINCT key FROM numbered s FULL JOIN held_row h USING (key, n) WHERE s.hash IS DISTINCT FROM h.hash;
CREATE OR REPLACE TEMP TABLE moved AS
    SELECT key, h.source, h.row, s.source AS new_source, s.row AS new_row
    FROM numbered s JOIN held_row h USING (key, n)
    WHERE s.source <> h.source OR s.row <> h.row;
DELETE FROM source_rows WHERE dataset = $dataset;
INSERT INTO source_rows SELECT $dataset, n, key, hash, source, row FROM numbered;
DROP TABLE seen_row; DROP TABLE several; DROP TABLE numbered; DROP TABLE held_row;
