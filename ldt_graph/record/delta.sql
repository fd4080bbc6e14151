-- The changed keys of a dataset as a file says them: their rows, and a tombstone for each that has none left.
CREATE OR REPLACE TEMP TABLE _delta AS
WITH fresh AS (SELECT {columns} FROM {name} SEMI JOIN _keys USING (key) WHERE dataset = ?)
FROM fresh
UNION ALL BY NAME
SELECT key FROM _held ANTI JOIN fresh USING (key);
