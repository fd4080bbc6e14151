-- From a version as it was recorded back to what was lifted and linked, before stages set some of it aside.
CREATE OR REPLACE TEMP TABLE held_key AS
    SELECT dataset, key, sum(hash(subject, predicate, object, kind, datatype, lang, origin, rule, level)) AS said
    FROM statements GROUP BY ALL;
DELETE FROM statements WHERE origin = 'inferred' OR dataset = $ontology;
INSERT INTO statements SELECT * EXCLUDE (stage) FROM set_aside WHERE stage IN ('validate', 'reference');
DELETE FROM set_aside WHERE stage <> 'lift';

-- What the datasets said that are read anew or gone.
CREATE OR REPLACE TEMP TABLE read_dataset AS SELECT unnest($read::VARCHAR[]) AS name;
CREATE OR REPLACE TEMP TABLE held_name AS
    SELECT DISTINCT dataset, object AS name, subject AS iri FROM statements
    WHERE predicate = $identifier AND dataset IN (SELECT name FROM read_dataset);
CREATE OR REPLACE TEMP TABLE held_type AS
    SELECT subject AS iri, sum(hash(dataset, rule, object)) AS types FROM statements
    WHERE predicate = $type AND dataset IN (SELECT name FROM read_dataset) GROUP BY subject;
CREATE OR REPLACE TEMP TABLE held_entity AS /*entities*/;
CREATE OR REPLACE TEMP TABLE unsound AS SELECT DISTINCT subject FROM violations WHERE stage = 'validate';

CREATE OR REPLACE TEMP TABLE gone AS SELECT unnest($gone::VARCHAR[]) AS name;
DELETE FROM statements WHERE dataset IN (SELECT name FROM gone);
DELETE FROM violations WHERE dataset IN (SELECT name FROM gone) OR (stage = 'source' AND dataset IN (SELECT name FROM read_dataset));
DELETE FROM set_aside WHERE dataset IN (SELECT name FROM gone);
DELETE FROM source_rows WHERE dataset IN (SELECT name FROM gone);
DELETE FROM links WHERE dataset IN (SELECT name FROM gone);
DELETE FROM rules WHERE dataset IN (SELECT name FROM gone);
