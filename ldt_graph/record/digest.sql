-- A sum over the hashes of each key's rows: equal for equal rows, in whatever order they come.
SELECT key, count(*) AS rows, sum(hash({columns})) AS hashes FROM ({rows}) GROUP BY key
