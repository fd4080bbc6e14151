-- Against the rows that the version before held: which keys have other cells, and which rows stand elsewhere.
CREATE OR REPLACE TEMP TABLE touched AS
    SELECT DISTINCT key
    FROM (SELECT key, n, hash FROM source_rows WHERE dataset = $dataset) s FULL JOIN held_row h USING (key, n)
    WHERE s.hash IS DISTINCT FROM h.hash;
CREATE OR REPLACE TEMP TABLE moved AS
    SELECT key, h.source, h.row, s.source AS new_source, s.row AS new_row
    FROM (SELECT key, n, source, row FROM source_rows WHERE dataset = $dataset) s JOIN held_row h USING (key, n)
    WHERE s.source <> h.source OR s.row <> h.row;
DROP TABLE held_row;
