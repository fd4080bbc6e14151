-- The datasets' entities that a shapes file targets, numbered in the order of their IRIs.
CREATE OR REPLACE TEMP TABLE focus AS
    SELECT row_number() OVER (ORDER BY subject) - 1 AS id, subject
    FROM (SELECT DISTINCT subject FROM statements
          /*only*/
          WHERE dataset IN (SELECT unnest($datasets::VARCHAR[]))
            AND ($classes IS NULL OR (predicate = $type AND object IN (SELECT unnest($classes::VARCHAR[])))));
