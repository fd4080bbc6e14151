-- What lies outside, as findings of a shape. 0 0 stands for no position: ldt:EntityShape-nullIsland tells that.
INSERT INTO found BY NAME
SELECT subject AS focus, CASE WHEN starts_with(subject, '_:') THEN 'bnode' ELSE 'iri' END AS kind, $path AS path, object AS value, $rule AS rule,
       $severity AS severity, 'The position ' || lon || ' ' || lat || ' lies ' || format('{:,}', greatest(1, round(km)::BIGINT))
       || ' km outside the city''s extent ' || $extent || '.' AS message, $shapes AS shapes, dataset, $component AS component
FROM outside WHERE regexp_matches(object, '[1-9]');
DROP TABLE outside;
