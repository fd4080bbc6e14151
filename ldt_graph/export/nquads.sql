SELECT line FROM (
    SELECT DISTINCT resource(subject) || ' <' || predicate || '> '
        || CASE kind WHEN 'literal' THEN literal(object, datatype, lang) ELSE resource(object) END
        || ' <' || $base || dataset || '/graph> .' || chr(10) AS line
    FROM statements WHERE dataset <> $ontology AND ($inferred OR origin = 'observed')
) ORDER BY line
