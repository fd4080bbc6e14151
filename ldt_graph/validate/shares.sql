-- Supply groups whose shares don't come to the whole or to what is required, are not told of all members, or count for nothing.
-- Shares within a thousandth of the whole were rounded; `ldt_graph.impact.shares` reads them as the whole.
CREATE OR REPLACE TEMP TABLE supply_share AS
WITH cells AS (
    SELECT *, struct_pack(dataset := dataset, source := source, row := row, rule := rule, key := key) AS cell
    FROM statements WHERE predicate IN (SELECT unnest($read::VARCHAR[]))
),
asked AS (
    SELECT subject, max(TRY_CAST(object AS DECIMAL(18, 6))) AS required, min(cell) AS cell
    FROM cells WHERE predicate IN (SELECT unnest($required::VARCHAR[])) AND TRY_CAST(object AS DECIMAL(18, 6)) IS NOT NULL AND origin = 'observed'
    GROUP BY subject
),
part AS (
    SELECT g.subject, m.object AS member, s.share, s.cell
    FROM cells g
    JOIN cells m ON m.subject = g.object AND m.predicate IN (SELECT unnest($of::VARCHAR[]))
    JOIN (
        SELECT subject, max(TRY_CAST(object AS DECIMAL(18, 6))) AS share, min(cell) AS cell
        FROM cells WHERE predicate IN (SELECT unnest($share::VARCHAR[])) AND TRY_CAST(object AS DECIMAL(18, 6)) IS NOT NULL GROUP BY subject
    ) s ON s.subject = g.object
    SEMI JOIN (SELECT subject FROM statements WHERE predicate = $type) t ON t.subject = m.object
    WHERE g.predicate IN (SELECT unnest($membership::VARCHAR[]))
),
whole AS (SELECT subject, sum(share) AS total, min(cell) AS cell FROM (SELECT DISTINCT * FROM part) GROUP BY subject),
bare AS (
    SELECT h.subject, count(DISTINCT h.object) AS bare, min(h.object) AS first, min(h.cell) AS cell
    FROM cells h ANTI JOIN part p ON p.subject = h.subject AND p.member = h.object
    WHERE h.predicate IN (SELECT unnest($member::VARCHAR[])) GROUP BY h.subject
),
name AS (SELECT subject, min(object) AS name FROM statements WHERE predicate = $identifier GROUP BY subject)
SELECT coalesce(a.subject, w.subject) AS subject, coalesce(n.name, a.subject, w.subject) AS name, a.required, coalesce(w.total, 0) AS total,
       b.bare, b.first, a.cell AS asked_cell, w.cell AS share_cell, b.cell AS bare_cell
FROM asked a FULL JOIN whole w USING (subject)
LEFT JOIN bare b ON b.subject = a.subject LEFT JOIN name n ON n.subject = coalesce(a.subject, w.subject);

INSERT INTO violations BY NAME
WITH rated AS (SELECT *, abs(total - 1) <= 0.001 AS is_whole, printf('%g %%', (100 * total)::DOUBLE) AS has FROM supply_share),
told AS (
    SELECT asked_cell AS cell, 'group:too-small-shares' AS code, subject, required::DOUBLE::VARCHAR AS value,
           'Group ' || name || ' needs ' || printf('%g %%', (100 * required)::DOUBLE) || ' and the shares of its members come to ' || has
           || ': what requires it is off from the start.' AS message
    FROM rated WHERE required > greatest(total, CASE WHEN is_whole THEN 1 ELSE 0 END)
    UNION ALL
    SELECT share_cell, 'group:shares-not-whole', subject, NULL, 'The shares of group ' || name || ' come to ' || has || ', not to 100 %.'
    FROM rated WHERE required IS NOT NULL AND share_cell IS NOT NULL AND NOT is_whole
    UNION ALL
    SELECT bare_cell, 'group:member-without-share', subject, first,
           'Group ' || name || ' requires a share, and ' || bare || CASE bare WHEN 1 THEN ' member has' ELSE ' members have' END
           || ' none: counted as 0.'
    FROM rated WHERE required IS NOT NULL AND bare IS NOT NULL
    UNION ALL
    SELECT share_cell, 'group:share-not-used', subject, NULL,
           'The members of group ' || name || ' have shares, and it requires no share (requiredShare): they are counted by number.'
    FROM rated WHERE required IS NULL
)
SELECT t.cell.dataset AS dataset, 'group' AS stage, 'warning' AS severity, t.code AS rule, t.subject, t.cell.source AS source, t.cell.row AS row,
       cell_of(r.object_cells, NULL, NULL) AS "column", t.value, t.message, t.cell.rule AS branch, t.cell.key AS key
FROM told t LEFT JOIN reads r ON r.dataset = t.cell.dataset AND r.rule = t.cell.rule
ORDER BY t.cell, t.code, t.subject;
DROP TABLE supply_share;
