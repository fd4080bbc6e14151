-- N-Triples of what is said, of the marks of focus nodes, and of the names of blank nodes; one text.
WITH said AS (/*said*/),
marked AS (
    FROM said
    UNION ALL
    SELECT $batch, $mark || shape, object, kind, datatype, lang FROM doubtful WHERE id >= $start AND id < $stop AND list_contains($shapes::INTEGER[], shape)
),
wanted AS (
    FROM marked
    UNION ALL
    SELECT $node || subject, $label, subject, 'bnode', NULL, NULL FROM marked WHERE starts_with(subject, '_:')
    UNION ALL
    SELECT $node || object, $label, object, 'bnode', NULL, NULL FROM marked WHERE kind = 'bnode'
)
SELECT string_agg(
    CASE WHEN starts_with(subject, '_:') THEN subject ELSE '<' || subject || '>' END || ' <' || predicate || '> '
    || CASE kind
        WHEN 'iri' THEN '<' || object || '>'
        WHEN 'bnode' THEN object
        ELSE '"' || replace(replace(replace(replace(object, '\', '\\'), '"', '\"'), chr(10), '\n'), chr(13), '\r') || '"'
             || CASE WHEN lang IS NOT NULL THEN '@' || lang
                     WHEN datatype IS NOT NULL THEN '^^<' || datatype || '>' ELSE '' END
       END, ' .' || chr(10)) || ' .' || chr(10)
FROM wanted
