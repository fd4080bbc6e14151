-- The table of entities and that of their classes, from one version's statements.
-- Parameters: none. Reads: statements, class_info(class, name, domain, depth).
CREATE OR REPLACE TABLE typing AS
    SELECT DISTINCT subject AS iri, object AS class, origin = 'observed' AS observed, dataset
    FROM statements
    WHERE predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' AND kind = 'iri';

-- `searched` is the text in which `EntityFilter.text` is looked for.
CREATE OR REPLACE TABLE entity AS
WITH specific AS (
    SELECT iri,
           arg_min(coalesce(c.name, t.class), (-coalesce(c.depth, 0), coalesce(c.name, t.class))) AS type,
           arg_min(t.class, (-coalesce(c.depth, 0), coalesce(c.name, t.class))) AS class,
           min(c.domain) AS domain,
           coalesce(min(t.dataset) FILTER (t.observed), min(t.dataset)) AS dataset
    FROM typing t LEFT JOIN class_info c USING (class)
    GROUP BY iri
),
said AS (
    SELECT subject AS iri,
           min(object) FILTER (predicate = 'http://purl.org/dc/terms/identifier') AS identifier,
           min(object) FILTER (predicate = 'http://www.w3.org/2000/01/rdf-schema#label') AS name,
           min(object) FILTER (predicate = 'http://www.opengis.net/ont/geosparql#asWKT') AS geometry
    FROM statements
    WHERE predicate IN ('http://purl.org/dc/terms/identifier', 'http://www.w3.org/2000/01/rdf-schema#label',
                        'http://www.opengis.net/ont/geosparql#asWKT')
      AND kind = 'literal'
    GROUP BY subject
)
SELECT (row_number() OVER (ORDER BY s.iri) - 1)::BIGINT AS id, s.iri, d.identifier, d.name, s.type, s.class, s.domain,
       s.dataset, d.geometry,
       lower(concat(left(d.name, 2000), chr(31), left(d.identifier, 2000), chr(31), left(s.iri, 2000))) AS searched
FROM specific s LEFT JOIN said d USING (iri)
ORDER BY s.iri;

CREATE OR REPLACE TABLE entity_class AS
    SELECT DISTINCT e.id, t.class, coalesce(c.name, t.class) AS name
    FROM typing t JOIN entity e USING (iri) LEFT JOIN class_info c ON t.class = c.class;
