-- What is said of the focus nodes that something was found of.
CREATE OR REPLACE TEMP TABLE told AS
    SELECT id, dataset, subject, predicate, object, kind, datatype, lang, key, source, row, rule
    FROM /*rows*/ WHERE subject IN (SELECT focus FROM found WHERE kind <> 'literal');
-- The paths, and what more than that is to be looked at: what is beyond a focus node, where a path is more than one step,
-- and what names it, where nothing is said of it or it is a part of something.
SELECT count(*), coalesce(list(DISTINCT path) FILTER (path IS NOT NULL), []), bool_or(path IS NULL OR contains(path, '<')),
       bool_or(kind <> 'iri' OR focus NOT IN (SELECT subject FROM told))
FROM found;
