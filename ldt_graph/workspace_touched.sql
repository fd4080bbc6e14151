-- The entities of which something else is said, or of what they point at, and those that broke a shape.
CREATE OR REPLACE TEMP TABLE other_entity AS
WITH before AS (
    SELECT subject, sum(hash(dataset, predicate, object, kind, datatype, lang)) AS said,
           sum(hash(object)) FILTER (predicate = $type) AS types
    FROM removed GROUP BY subject
),
now AS (
    SELECT subject, sum(hash(dataset, predicate, object, kind, datatype, lang)) AS said,
           sum(hash(object)) FILTER (predicate = $type) AS types
    FROM added GROUP BY subject
)
SELECT subject, n.types IS DISTINCT FROM b.types AS retyped
FROM now n FULL JOIN before b USING (subject) WHERE n.said IS DISTINCT FROM b.said;
CREATE OR REPLACE TEMP TABLE touched_entity AS
    SELECT subject FROM other_entity
    UNION SELECT subject FROM unsound
    UNION SELECT s.subject FROM statements s SEMI JOIN other_entity o ON o.retyped AND o.subject = s.object
    WHERE s.kind = 'iri';
