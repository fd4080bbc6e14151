-- The keys whose links are to be looked at: some of what they link is not said, or a name that they use means something else.
CREATE OR REPLACE TEMP TABLE link_rule AS SELECT DISTINCT dataset, rule FROM links;
CREATE OR REPLACE TEMP TABLE now_name AS
    SELECT DISTINCT dataset, object AS name, subject AS iri FROM statements
    WHERE predicate = $identifier AND dataset IN (SELECT name FROM read_dataset);
CREATE OR REPLACE TEMP TABLE now_type AS
    SELECT subject AS iri, sum(hash(dataset, rule, object)) AS types FROM statements
    WHERE predicate = $type AND dataset IN (SELECT name FROM read_dataset) GROUP BY subject;
CREATE OR REPLACE TEMP TABLE renamed AS
WITH other AS (
    (FROM held_name EXCEPT FROM now_name) UNION (FROM now_name EXCEPT FROM held_name)
),
retyped AS (SELECT iri FROM held_type h FULL JOIN now_type n USING (iri) WHERE h.types IS DISTINCT FROM n.types),
meant AS (
    FROM other
    UNION SELECT dataset, object, subject FROM statements WHERE predicate = $identifier AND subject IN (FROM retyped)
)
SELECT name FROM meant UNION SELECT iri FROM meant UNION SELECT dataset || ':' || name FROM meant;
CREATE OR REPLACE TEMP TABLE relinked AS
    SELECT dataset, key FROM links
    WHERE (subject_target IS NOT NULL AND subject IN (FROM renamed)) OR (object_target IS NOT NULL AND object IN (FROM renamed))
    UNION
    SELECT l.dataset, l.key
    FROM (SELECT dataset, key, rule, count(*) AS n FROM links GROUP BY ALL) l
    LEFT JOIN (SELECT dataset, key, rule, count(*) AS n FROM statements SEMI JOIN link_rule USING (dataset, rule) GROUP BY ALL) s
        USING (dataset, key, rule)
    WHERE l.n IS DISTINCT FROM s.n;
DELETE FROM statements s USING relinked r, link_rule l
WHERE s.dataset = r.dataset AND s.key = r.key AND s.dataset = l.dataset AND s.rule = l.rule;
DROP TABLE link_rule; DROP TABLE now_name; DROP TABLE now_type; DROP TABLE renamed;
