-- Which names are looked for where. A target is `dataset`, `dataset#part` or `*`.
CREATE OR REPLACE TEMP TABLE wanted AS
    SELECT target, name, split_part(target, '#', 1) AS place, split_part(target, '#', 2) AS part
    FROM (
        SELECT subject_target AS target, subject AS name FROM links SEMI JOIN relinked USING (dataset, key)
        UNION SELECT object_target, object FROM links SEMI JOIN relinked USING (dataset, key)
    )
    WHERE target IS NOT NULL;
CREATE OR REPLACE TEMP TABLE identifier AS
    SELECT DISTINCT dataset, object AS name, subject AS iri FROM statements WHERE predicate = $identifier;
