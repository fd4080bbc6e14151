CREATE OR REPLACE TEMP TABLE part AS
    SELECT DISTINCT w.part AS name, s.subject AS iri
    FROM statements s JOIN rules r USING (dataset, rule)
    JOIN (SELECT DISTINCT part FROM wanted WHERE part <> '') w ON w.part IN (r.map, r."table")
    WHERE s.predicate = $type
    UNION
    SELECT c.name, s.subject FROM statements s JOIN part_class c ON s.object = c.class WHERE s.predicate = $type
