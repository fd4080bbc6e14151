-- The nearest thing that a missing relation could lead to: of the class asked for, else of what others of its relation lead to.
CREATE OR REPLACE MACRO metres(x1, y1, x2, y2) AS
    111320 * sqrt(power((x2 - x1) * cos(radians((y1 + y2) / 2)), 2) + power(y2 - y1, 2));
CREATE OR REPLACE TEMP TABLE lacks AS
    SELECT DISTINCT v.rowid AS id, v.subject, v.dataset, l.rule, l.relation
    FROM violations v JOIN lacking l USING (rule)
    WHERE v.stage = 'validate' AND v.fix IS NULL AND v.value IS NULL AND v.subject IS NOT NULL;
CREATE OR REPLACE TEMP TABLE place AS
    SELECT subject, min(CAST(regexp_extract(object, '\(\s*(-?[0-9.]+)\s+(-?[0-9.]+)', 1) AS DOUBLE)) AS x,
           min(CAST(regexp_extract(object, '\(\s*(-?[0-9.]+)\s+(-?[0-9.]+)', 2) AS DOUBLE)) AS y
    FROM (SELECT subject, object FROM statements WHERE predicate = $wkt UNION ALL SELECT subject, object FROM set_aside WHERE predicate = $wkt)
    WHERE EXISTS (FROM lacks) AND regexp_matches(object, '^(<[^>]*>\s*)?POINT ?\(\s*-?[0-9.]+\s+-?[0-9.]+') GROUP BY subject;
CREATE OR REPLACE TEMP TABLE could_be AS
    WITH wanted AS (
        SELECT rule, class FROM lacking WHERE class IS NOT NULL
        UNION
        SELECT l.rule, t.object FROM lacking l
        JOIN statements s ON s.predicate = l.relation JOIN statements t ON t.subject = s.object AND t.predicate = $type AND t.origin = 'observed'
        WHERE l.class IS NULL
    )
    SELECT DISTINCT w.rule, t.subject, p.x, p.y, i.dataset, i.object AS name
    FROM wanted w JOIN statements t ON t.predicate = $type AND t.object = w.class
    JOIN place p ON p.subject = t.subject
    JOIN statements i ON i.subject = t.subject AND i.predicate = $identifier
    WHERE w.rule IN (SELECT rule FROM lacks);
CREATE OR REPLACE TEMP TABLE fixed AS
    WITH near AS (
        SELECT l.id, c.name, c.subject, metres(p.x, p.y, c.x, c.y) AS far
        FROM lacks l JOIN place p USING (subject)
        JOIN could_be c ON c.rule = l.rule AND c.subject <> l.subject AND abs(c.y - p.y) * 111320 <= $near AND abs(c.x - p.x) * 111320 * cos(radians(p.y)) <= $near
    )
    SELECT id, arg_min(name, (far, subject)) AS fix,
           CASE WHEN count(*) = 1 OR min(far) * 2 < list_sort(list(far))[2] THEN 0.3 ELSE 0.2 END AS confidence
    FROM near WHERE far <= $near GROUP BY id;
UPDATE violations SET fix = f.fix, confidence = f.confidence FROM fixed f WHERE violations.rowid = f.id;
DROP TABLE fixed; DROP TABLE could_be; DROP TABLE place; DROP TABLE lacks; DROP TABLE lacking;
