-- N-Triples of a batch of focus nodes, and the types of what they refer to.
WITH batch AS (SELECT subject FROM focus WHERE id >= $start AND id < $stop),
own AS (SELECT s.* FROM statements s WHERE $all OR s.subject IN (SELECT subject FROM batch)),
types AS (
    SELECT DISTINCT t.* FROM statements t
    WHERE t.predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'
      AND t.subject IN (SELECT object FROM own WHERE kind = 'iri')
),
wanted AS (FROM own UNION ALL FROM types)
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
