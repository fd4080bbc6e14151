-- One block per subject: its predicates sorted, rdf:type first, their objects sorted.
WITH named AS (
    SELECT DISTINCT t.iri, coalesce(p.name || ':' || substr(t.iri, length(p.iri) + 1), '<' || t.iri || '>') AS short
    FROM (
        SELECT predicate AS iri FROM statements UNION SELECT datatype FROM statements
        UNION SELECT object FROM statements WHERE predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'
    ) t LEFT JOIN prefix p
      ON starts_with(t.iri, p.iri) AND regexp_full_match(substr(t.iri, length(p.iri) + 1), '[A-Za-z_][A-Za-z0-9_-]*')
    WHERE t.iri IS NOT NULL
),
said AS (
    SELECT DISTINCT s.subject,
        CASE WHEN s.predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' THEN 'a' ELSE p.short END AS predicate,
        CASE WHEN s.kind = 'literal' THEN '"' || escaped(s.object) || '"'
                || CASE WHEN s.lang IS NOT NULL THEN '@' || s.lang WHEN d.short IS NOT NULL THEN '^^' || d.short ELSE '' END
             WHEN s.predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' THEN coalesce(o.short, resource(s.object))
             ELSE resource(s.object) END AS object
    FROM statements s JOIN named p ON p.iri = s.predicate
    LEFT JOIN named d ON d.iri = s.datatype
    LEFT JOIN named o ON o.iri = s.object
    WHERE s.dataset <> $ontology AND ($inferred OR s.origin = 'observed')
),
grouped AS (
    SELECT subject, predicate, string_agg(object, ' , ' ORDER BY object) AS objects FROM said GROUP BY ALL
)
SELECT chr(10) || resource(subject) || ' '
    || string_agg(predicate || ' ' || objects, ' ;' || chr(10) || '    ' ORDER BY predicate <> 'a', predicate) || ' .' || chr(10) AS line
FROM grouped GROUP BY subject ORDER BY resource(subject)
