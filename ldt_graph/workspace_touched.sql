-- The entities of which something else is said, or of what they point at, and those that broke a shape.
CREATE OR REPLACE TEMP TABLE now_entity AS /*entities*/;
CREATE OR REPLACE TEMP TABLE other_entity AS
    SELECT subject, n.types IS DISTINCT FROM h.types AS retyped
    FROM now_entity n FULL JOIN held_entity h USING (subject) WHERE n.said IS DISTINCT FROM h.said;
CREATE OR REPLACE TEMP TABLE touched_entity AS
    SELECT subject FROM other_entity
    UNION SELECT subject FROM unsound
    UNION SELECT s.subject FROM statements s SEMI JOIN other_entity o ON o.retyped AND o.subject = s.object
    WHERE s.kind = 'iri';
