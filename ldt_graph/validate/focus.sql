-- What a shapes file is about, in whatever dataset that is; and of it the datasets' own, numbered in a fixed order.
CREATE OR REPLACE TEMP TABLE target AS
    SELECT subject AS node, dataset IN (SELECT unnest($datasets::VARCHAR[])) AS own
    FROM statements
    WHERE (predicate = $type AND object IN (SELECT unnest($classes::VARCHAR[])))
       OR predicate IN (SELECT unnest($subjects_of::VARCHAR[]))
    UNION
    SELECT object, dataset IN (SELECT unnest($datasets::VARCHAR[])) FROM statements
    WHERE predicate IN (SELECT unnest($objects_of::VARCHAR[]))
    UNION
    SELECT unnest($nodes::VARCHAR[]), true;
CREATE OR REPLACE TEMP TABLE focus AS
    SELECT row_number() OVER (ORDER BY subject) - 1 AS id, subject
    FROM (SELECT DISTINCT node AS subject FROM target WHERE own) /*only*/;
CREATE OR REPLACE TEMP TABLE foreign_target AS
    SELECT node AS subject FROM target WHERE NOT own EXCEPT SELECT node FROM target WHERE own;
DROP TABLE target;
