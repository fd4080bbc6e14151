-- The keys whose links are to be looked at: they are lifted anew, named nothing before, or use a name that means something else now.
CREATE OR REPLACE TEMP TABLE renamed AS
WITH before AS (SELECT dataset, object AS name, subject AS iri FROM removed WHERE predicate = $identifier),
now AS (SELECT dataset, object AS name, subject AS iri FROM added WHERE predicate = $identifier),
retyped AS (
    SELECT iri FROM (SELECT subject AS iri, sum(hash(dataset, rule, object)) AS types FROM removed WHERE predicate = $type GROUP BY subject) b
    FULL JOIN (SELECT subject AS iri, sum(hash(dataset, rule, object)) AS types FROM added WHERE predicate = $type GROUP BY subject) n
        USING (iri) WHERE b.types IS DISTINCT FROM n.types
),
meant AS (
    (FROM before EXCEPT FROM now) UNION (FROM now EXCEPT FROM before)
    UNION SELECT dataset, object, subject FROM statements WHERE predicate = $identifier AND subject IN (FROM retyped)
)
SELECT name FROM meant UNION SELECT iri FROM meant UNION SELECT dataset || ':' || name FROM meant;
CREATE OR REPLACE TEMP TABLE relinked AS
    SELECT dataset, key FROM links
    WHERE (subject_target IS NOT NULL AND subject IN (FROM renamed)) OR (object_target IS NOT NULL AND object IN (FROM renamed))
    UNION SELECT dataset, key FROM links SEMI JOIN unlinked USING (dataset, key)
    UNION SELECT dataset, key FROM /*lifted links*/;
CREATE OR REPLACE TEMP TABLE again AS
    SELECT dataset, key FROM relinked r
    WHERE dataset NOT IN (SELECT dataset FROM lifted WHERE key IS NULL)
        AND NOT EXISTS (FROM lifted l WHERE l.dataset = r.dataset AND l.key = r.key);
INSERT INTO removed SELECT * FROM statements SEMI JOIN again USING (dataset, key);
INSERT INTO lifted FROM again;
DELETE FROM statements s USING relinked r
WHERE s.dataset = r.dataset AND s.key = r.key AND s.rule IN (SELECT DISTINCT rule FROM links);
DROP TABLE renamed; DROP TABLE again;
