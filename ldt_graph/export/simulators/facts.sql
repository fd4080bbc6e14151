-- What a version says of the networks of one commodity. Tables wanted(predicate, attribute), joining(predicate, one_way)
-- and needing(predicate), membering(predicate) say which predicates count, element(class)
-- what counts though nothing joins it; asked(dataset) which datasets do, all where it is empty.
CREATE OR REPLACE TEMP TABLE joint AS
    SELECT subject, object, bool_and(one_way) AS one_way
    FROM statements JOIN joining USING (predicate) WHERE kind = 'iri' AND subject <> object
    GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE thing AS
    SELECT subject AS iri, list_sort(list(DISTINCT object)) AS classes,
           coalesce(min(dataset) FILTER (origin = 'observed'), min(dataset)) AS dataset,
           min(source) FILTER (origin = 'observed') AS source, min(row) FILTER (origin = 'observed') AS row
    FROM statements
    WHERE predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' AND kind = 'iri'
      AND (subject IN (SELECT subject FROM joint UNION ALL SELECT object FROM joint)
           OR subject IN (SELECT s.subject FROM statements s JOIN element ON s.object = element.class
                          WHERE s.predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'))
    GROUP BY subject
    HAVING (SELECT count(*) FROM asked) = 0
        OR coalesce(min(dataset) FILTER (origin = 'observed'), min(dataset)) IN (SELECT dataset FROM asked);
CREATE OR REPLACE TEMP TABLE need AS
    SELECT subject, predicate, object, any_value(source) AS source, min(row) AS row
    FROM statements s JOIN needing USING (predicate)
    WHERE kind = 'iri' AND origin = 'observed'
      AND (subject IN (SELECT iri FROM thing) OR object IN (SELECT iri FROM thing)
           OR object IN (SELECT m.subject FROM statements m JOIN membering USING (predicate)
                         WHERE m.object IN (SELECT iri FROM thing)))
    GROUP BY ALL;
