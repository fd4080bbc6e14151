-- From a version as it was recorded back to what was lifted and linked, before stages set some of it aside.
INSERT INTO statements SELECT * EXCLUDE (stage) FROM set_aside WHERE stage IN ('validate', 'reference');
CREATE OR REPLACE TEMP TABLE unlinked AS SELECT DISTINCT dataset, key FROM set_aside WHERE stage = 'link';
DELETE FROM set_aside WHERE stage <> 'lift';
CREATE OR REPLACE TEMP TABLE unsound AS SELECT DISTINCT subject FROM violations WHERE stage = 'validate';
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
