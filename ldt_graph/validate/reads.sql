-- What each branch of a mapping reads, as the columns of its source.
CREATE OR REPLACE TEMP VIEW reads AS
    SELECT dataset, rule, any_value(map) AS map, any_value("table") AS "table", any_value(predicate) AS predicate,
           list("column" ORDER BY position) FILTER (part = 'subject' AND "column" IS NOT NULL) AS subject_cells,
           list("column" ORDER BY position) FILTER (part = 'predicate' AND "column" IS NOT NULL) AS predicate_cells,
           list("column" ORDER BY position) FILTER (part = 'object' AND "column" IS NOT NULL) AS object_cells
    FROM rules GROUP BY dataset, rule;
CREATE OR REPLACE TEMP MACRO local_of(iri) AS CASE WHEN NOT contains(iri, '<') THEN regexp_extract(iri, '[^#/]*$') END;
-- Of the columns that made a term, the one that a steward edits: what the row names (`{column}`) is called like the
-- predicate; of a point's two coordinates it is the one that does not lie on the earth, else the first.
CREATE OR REPLACE TEMP MACRO point_part(term, n) AS TRY_CAST(regexp_extract(term, '^POINT ?\(([^ ]+) ([^ )]+)\)$', n) AS DOUBLE);
CREATE OR REPLACE TEMP MACRO cell_of(cells, term, predicate) AS
    CASE WHEN starts_with(cells[1], '{') THEN local_of(predicate)
         WHEN len(cells) = 2 AND abs(point_part(term, 1)) <= 180 AND abs(point_part(term, 2)) > 90 THEN cells[2]
         ELSE cells[1] END;
