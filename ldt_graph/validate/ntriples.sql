-- N-Triples of a batch of focus nodes, the types of what they refer to, and what the hierarchy of relations and
-- attributes says of both; and the names of blank nodes.
WITH batch AS (SELECT subject FROM focus WHERE id >= $start AND id < $stop),
own AS (
    SELECT s.* FROM statements s
    WHERE $all OR s.subject IN (SELECT subject FROM batch) OR ($ends AND s.object IN (SELECT subject FROM batch))
),
types AS (
    SELECT DISTINCT t.* FROM statements t
    WHERE NOT $all AND t.predicate = $type AND t.subject IN (SELECT object FROM own WHERE kind <> 'literal')
),
lifted AS (SELECT o.* REPLACE (m.above AS predicate) FROM own o JOIN meant m ON o.predicate = m.below WHERE m.above <> m.below),
said AS (FROM own UNION ALL FROM types UNION ALL FROM lifted),
wanted AS (
    SELECT subject, predicate, object, kind, datatype, lang FROM said
    UNION ALL
    SELECT $node || subject, $label, subject, 'bnode', NULL, NULL FROM said WHERE starts_with(subject, '_:')
    UNION ALL
    SELECT $node || object, $label, object, 'bnode', NULL, NULL FROM said WHERE kind = 'bnode'
)
SELECT DISTINCT
    CASE WHEN starts_with(subject, '_:') THEN subject ELSE '<' || subject || '>' END || ' <' || predicate || '> '
    || CASE kind
        WHEN 'iri' THEN '<' || object || '>'
        WHEN 'bnode' THEN object
        ELSE '"' || replace(replace(replace(replace(object, '\', '\\'), '"', '\"'), chr(10), '\n'), chr(13), '\r') || '"'
             || CASE WHEN lang IS NOT NULL THEN '@' || lang
                     WHEN datatype IS NOT NULL THEN '^^<' || datatype || '>' ELSE '' END
       END || ' .' || chr(10) AS line
FROM wanted
