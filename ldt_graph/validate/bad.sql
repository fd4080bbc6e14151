-- What is set aside: all that is said of a thing that breaks a shape, and what names a value or a blank node that does.
-- An entity of which all violations are waived stays.
CREATE OR REPLACE TEMP TABLE bad AS
    SELECT DISTINCT focus, kind, shapes FROM found
    WHERE severity = 'violation' AND focus NOT IN (
        SELECT subject FROM violations WHERE stage = 'validate' AND severity = 'violation' AND subject IS NOT NULL
        GROUP BY subject HAVING count(waived) = count(*));
CREATE OR REPLACE TEMP TABLE bad_row AS
    SELECT id FROM told WHERE subject IN (SELECT focus FROM bad WHERE kind <> 'literal')
    UNION
    SELECT s.id FROM /*naming*/ s WHERE s.kind = 'bnode' AND s.object IN (SELECT focus FROM bad WHERE kind = 'bnode')
    UNION
    SELECT s.id FROM /*naming*/ s
    JOIN (SELECT b.* FROM bad b WHERE kind = 'literal' OR NOT EXISTS (FROM told t WHERE t.subject = b.focus)) b
        ON s.object = b.focus AND s.kind = b.kind
    JOIN named n ON n.shapes = b.shapes AND n.iri = s.predicate;
