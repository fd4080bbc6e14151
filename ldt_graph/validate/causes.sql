-- What several stages say of one cell is one line, that of the first which saw it: it says what else breaks for it.
CREATE OR REPLACE TEMP TABLE line_of AS
    SELECT v.rowid AS id, v.*, list_position(['source', 'lift', 'reference', 'term', 'validate', 'group', 'axiom'], v.stage) AS turn,
           coalesce(r.object_cells, [v."column"]) AS cells
    FROM violations v LEFT JOIN reads r ON r.dataset = v.dataset AND r.rule = v.branch
    WHERE v.stage <> 'ontology' AND v.source IS NOT NULL;
-- A row that a reader set aside says its words: what names it is missed for it.
CREATE OR REPLACE TEMP TABLE gone_row AS
    SELECT id, unnest(regexp_split_to_array(value, '[^\w.:-]+')) AS word FROM line_of
    WHERE stage = 'source' AND severity = 'violation' AND row IS NOT NULL AND value IS NOT NULL
      AND rule IN ('source:row-too-short', 'source:row-too-long', 'source:bad-quote', 'source:bad-json', 'source:bad-row', 'source:bad-entity', 'source:bad-feature');
-- Both ends of what was set aside for its other end.
CREATE OR REPLACE TEMP TABLE lost_end AS
    SELECT dataset, subject AS thing, predicate, object AS other FROM set_aside WHERE stage IN ('link', 'reference')
    UNION
    SELECT dataset, object, predicate, subject FROM set_aside WHERE stage IN ('link', 'reference');
CREATE OR REPLACE TEMP TABLE follows AS
WITH pair AS (
    -- The same cell, or a cell of the same value: a missing place is that of a bad longitude.
    SELECT e.id, c.id AS cause, c.turn, c.severity
    FROM line_of e JOIN line_of c ON c.source = e.source AND c.row = e.row AND c.id <> e.id
        AND list_contains(CASE WHEN e.value IS NULL AND e.stage = 'validate' THEN e.cells ELSE [e."column"] END, c."column")
    WHERE e.turn > c.turn AND e.stage <> 'lift' AND NOT (c.rule IN ('source:blanks', 'source:bare-quote', 'source:long-cell'))
    UNION ALL
    -- What a row as a whole lacks, where one of its cells names nothing.
    SELECT e.id, c.id, c.turn, c.severity FROM line_of e JOIN line_of c ON c.source = e.source AND c.row = e.row AND c.id <> e.id
    WHERE e.stage = 'validate' AND e.value IS NULL AND e.path IS NOT NULL
      AND (e."column" IS NULL OR contains(e.path, '<') OR c.rule = 'term:unknown-relation')
      AND c.rule IN ('source:dangling', 'source:unknown-id', 'source:unknown-word', 'source:self-loop', 'lift:no-partner', 'reference:dangling',
                     'reference:ambiguous', 'term:unknown-relation')
    UNION ALL
    -- Two shapes, or two branches of a mapping, of one value in one cell.
    SELECT e.id, c.id, c.turn, c.severity
    FROM line_of e JOIN line_of c ON c.source = e.source AND c.row = e.row AND c."column" = e."column" AND c.id <> e.id AND c.turn = e.turn
    WHERE c.stage IN ('validate', 'reference') AND (e.value IS NOT DISTINCT FROM c.value OR c.value IS NULL OR e.value IS NULL)
      AND (c.value IS NULL, c.severity <> 'violation', c.rule, c.id) < (e.value IS NULL, e.severity <> 'violation', e.rule, e.id)
    UNION ALL
    -- Of values too many one is bad: without it they are not.
    SELECT e.id, c.id, c.turn, c.severity
    FROM line_of e JOIN line_of c ON c.subject = e.subject AND c.path = e.path AND c.id <> e.id
    WHERE e.stage = 'validate' AND e.value IS NULL AND c.stage = 'validate' AND c.value IS NOT NULL
    UNION ALL
    -- What a thing points at is wrong itself: there it is told.
    SELECT e.id, c.id, c.turn, c.severity
    FROM line_of e JOIN line_of c ON c.subject = e.value AND c.id <> e.id
    WHERE e.stage = 'validate' AND c.stage IN ('lift', 'reference', 'validate') AND c.subject <> e.subject
      AND (contains(e.component, '#NodeConstraintComponent') OR contains(e.component, '#Qualified'))
    UNION ALL
    -- What a thing lacks is what was set aside of it, since its other side is nothing: that is told where it is stated.
    SELECT e.id, c.id, c.turn, c.severity
    FROM line_of e JOIN lost_end l ON l.thing = e.subject AND contains(e.path, l.predicate)
    JOIN line_of c ON c.dataset = l.dataset AND l.other IN (c.value, c.subject) AND c.id <> e.id
    WHERE e.stage = 'validate' AND e.value IS NULL AND c.stage = 'reference'
    UNION ALL
    -- A group lost a member: what is wrong with the member is told.
    SELECT e.id, c.id, c.turn, c.severity
    FROM line_of e JOIN line_of c ON e.value IN (c.subject, c.value) AND c.id <> e.id
    WHERE e.rule = 'group:member-set-aside' AND c.stage IN ('reference', 'validate') AND c.severity = 'violation'
    UNION ALL
    SELECT e.id, g.id, 0, 'violation'
    FROM (SELECT id, unnest([value, regexp_extract(value, '[^#/]*$')]) AS word FROM line_of WHERE rule = 'reference:dangling') e
    JOIN gone_row g USING (word)
)
SELECT id, arg_min(cause, (turn, severity <> 'violation', cause)) AS cause FROM pair GROUP BY id;
-- A cause may follow from another: all lead to the first.
UPDATE follows f SET cause = c.cause FROM follows c WHERE c.id = f.cause AND c.cause <> f.id;
UPDATE follows f SET cause = c.cause FROM follows c WHERE c.id = f.cause AND c.cause <> f.id;
CREATE OR REPLACE TEMP TABLE followed AS
    SELECT f.cause AS id, bool_or(e.severity = 'violation' AND e.waived IS NULL) AS aside, any_value(e.path) AS path,
           string_agg(DISTINCT e.message, ' ' ORDER BY e.message) AS said, count(*) AS times
    FROM follows f JOIN line_of e ON e.id = f.id GROUP BY f.cause;
-- `workspace_reopen.sql` takes off what is added here, by the words that it begins with.
UPDATE violations v SET
    message = v.message || CASE WHEN f.aside AND v.severity = 'warning' THEN ' So it is set aside: ' ELSE ' Besides: ' END
        || CASE WHEN f.times > 3 THEN f.times || ' lines more follow from it.' ELSE f.said END,
    severity = CASE WHEN f.aside THEN 'violation' ELSE v.severity END, path = coalesce(v.path, f.path)
FROM followed f WHERE v.rowid = f.id;
DELETE FROM violations WHERE rowid IN (SELECT id FROM follows WHERE id <> cause);
DROP TABLE line_of; DROP TABLE gone_row; DROP TABLE lost_end; DROP TABLE follows; DROP TABLE followed;
