-- Every class, relation and attribute that statements use, by dataset.
CREATE OR REPLACE TEMP TABLE used AS
    SELECT dataset, predicate, CASE WHEN predicate = $type AND kind = 'iri' THEN object END AS class, kind = 'literal' AS literal,
           count(*) AS count
    FROM statements WHERE origin = 'observed' GROUP BY ALL;
