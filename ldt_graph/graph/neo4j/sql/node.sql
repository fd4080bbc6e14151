-- A row per entity asked for: what of it goes to Neo4j.
-- Reads statements, entity, entity_class, asked(iri), predicate_name(predicate, local, attribute).
CREATE OR REPLACE TABLE node AS
WITH own AS (FROM entity SEMI JOIN asked USING (iri)),
stated AS (
    SELECT DISTINCT s.subject AS iri, p.local, s.object,
           CASE WHEN starts_with(s.datatype, $xsd) THEN 'xsd:' || substr(s.datatype, length($xsd) + 1) ELSE s.datatype END AS datatype,
           s.lang
    FROM statements s JOIN predicate_name p ON s.predicate = p.predicate
    WHERE s.kind = 'literal' AND s.origin = 'observed' AND p.attribute
      AND s.subject IN (SELECT iri FROM own)
),
attributes AS (
    SELECT iri, to_json(list([local, object, datatype, lang]
                             ORDER BY local, object, coalesce(datatype, ''), coalesce(lang, ''))) AS attributes
    FROM stated GROUP BY iri
),
classes AS (
    SELECT id, list(DISTINCT name ORDER BY name) AS types FROM entity_class WHERE id IN (SELECT id FROM own) GROUP BY id
)
SELECT o.id, o.iri, o.identifier, o.name, o.type, o.domain, o.dataset, c.types, o.geometry,
       coalesce(a.attributes, '[]')::VARCHAR AS attributes,
       o.searched AS search
FROM own o JOIN classes c USING (id) LEFT JOIN attributes a USING (iri)
ORDER BY o.iri
