-- The first row that describes an entity stays; of later ones all that they made, by every triples map, is set aside.
INSERT INTO violations BY NAME
SELECT DISTINCT $dataset AS dataset, 'lift' AS stage, 'violation' AS severity, 'lift:duplicate-id' AS rule, subject, source, row, "column", subject AS value,
       'Row ' || first || ' describes ' || subject || ' already; this row was set aside.' AS message
FROM duplicate ORDER BY source, row;
INSERT INTO set_aside
SELECT s.*, 'lift' FROM statements s SEMI JOIN duplicate d ON s.source = d.source AND s.row = d.row
WHERE s.dataset = $dataset;
INSERT INTO set_aside
SELECT dataset, subject, predicate, object, kind, datatype, lang, 'observed', key, source, row, rule, 0, 'lift'
FROM links l SEMI JOIN duplicate d ON l.source = d.source AND l.row = d.row WHERE l.dataset = $dataset;
DELETE FROM statements
WHERE dataset = $dataset AND (source, row) IN (SELECT (source, row) FROM duplicate);
DELETE FROM links
WHERE dataset = $dataset AND (source, row) IN (SELECT (source, row) FROM duplicate);
