-- From a version as it was recorded back to what was lifted and linked, before stages set some of it aside.
INSERT INTO statements SELECT * EXCLUDE (stage) FROM set_aside WHERE stage IN ('validate', 'reference');
-- What lacks a relation that was set aside may be told in the line of that relation: it is looked at again.
CREATE OR REPLACE TEMP TABLE unsound AS
    SELECT subject FROM set_aside WHERE stage IN ('link', 'reference') UNION SELECT object FROM set_aside WHERE stage IN ('link', 'reference');
CREATE OR REPLACE TEMP TABLE unlinked AS SELECT DISTINCT dataset, key FROM set_aside WHERE stage = 'link';
DELETE FROM set_aside WHERE stage <> 'lift';
-- What was said of a cell by stages that run again is taken off it, and its entities are looked at again.
CREATE OR REPLACE TEMP TABLE told_with AS
    SELECT rowid AS id, source, row FROM violations WHERE stage IN ('source', 'lift') AND (contains(message, ' Besides: ') OR contains(message, ' So it is set aside: '));
INSERT INTO unsound
    SELECT DISTINCT subject FROM violations WHERE subject IS NOT NULL AND stage <> 'ontology'
    UNION SELECT s.subject FROM statements s SEMI JOIN told_with t ON t.source = s.source AND t.row = s.row;
UPDATE violations SET severity = CASE WHEN contains(message, ' So it is set aside: ') THEN 'warning' ELSE severity END, path = NULL,
    message = split_part(split_part(message, ' Besides: ', 1), ' So it is set aside: ', 1)
WHERE rowid IN (SELECT id FROM told_with);
DROP TABLE told_with;
DELETE FROM violations WHERE stage = 'source' AND dataset IN (SELECT unnest($read::VARCHAR[]));

CREATE OR REPLACE TEMP TABLE gone AS SELECT unnest($gone::VARCHAR[]) AS dataset;
INSERT INTO removed SELECT * FROM statements SEMI JOIN gone USING (dataset);
INSERT INTO lifted SELECT dataset, NULL FROM gone;
DELETE FROM statements WHERE dataset IN (FROM gone);
DELETE FROM violations WHERE dataset IN (FROM gone);
DELETE FROM set_aside WHERE dataset IN (FROM gone);
DELETE FROM source_rows WHERE dataset IN (FROM gone);
DELETE FROM links WHERE dataset IN (FROM gone);
DELETE FROM rules WHERE dataset IN (FROM gone);

-- What the record takes as a whole: datasets that are gone, and those whose rows moved, since their places are others.
CREATE OR REPLACE TEMP TABLE moved_dataset AS FROM gone;
CREATE OR REPLACE TEMP TABLE read_dataset AS SELECT unnest($read::VARCHAR[]) AS dataset, NULL::VARCHAR AS key UNION SELECT dataset, NULL FROM gone;
