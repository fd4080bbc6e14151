-- Focus nodes of these classes that have fewer ends than asked for. One thing is one end, however often it is said.
INSERT INTO lacking
WITH target AS (
    SELECT DISTINCT s.subject FROM statements s SEMI JOIN focus f ON f.subject = s.subject
    WHERE s.predicate = $type AND s.object IN (SELECT unnest($classes::VARCHAR[]))
),
ends AS (
    SELECT subject AS node, object AS other, CASE kind WHEN 'literal' THEN concat('l', datatype, '@', lang) ELSE '' END AS kind
    FROM statements WHERE predicate IN (SELECT unnest($out::VARCHAR[]))
    UNION ALL
    SELECT object, subject, '' FROM statements WHERE kind <> 'literal' AND predicate IN (SELECT unnest($into::VARCHAR[]))
),
sound AS (
    SELECT e.node FROM ends e SEMI JOIN target t ON t.subject = e.node GROUP BY e.node HAVING count(DISTINCT (other, kind)) >= $least
)
SELECT subject FROM target ANTI JOIN sound ON sound.node = target.subject;
