-- Of the derivations, each new statement once, with its lowest derivation, in a fixed order.
SELECT best.dataset AS dataset, subject, predicate, object, kind, datatype, lang, 'inferred' AS origin,
       best.key AS key, best.source AS source, best.row AS row, best.rule AS rule, best.level AS level
FROM (
    SELECT subject, predicate, object, kind, datatype, lang,
           arg_min(struct_pack(dataset := dataset, key := key, source := source, row := row, rule := rule, level := level),
                   struct_pack(level := level, rule := rule, dataset := dataset, key := coalesce(key, ''),
                               source := coalesce(source, ''),
                               row := coalesce(row, 0))) AS best
    FROM (/*derivations*/) d
    GROUP BY ALL
) n
WHERE NOT EXISTS (
    FROM statements s
    WHERE s.subject = n.subject AND s.predicate = n.predicate AND s.object = n.object AND s.kind = n.kind
      AND s.datatype IS NOT DISTINCT FROM n.datatype AND s.lang IS NOT DISTINCT FROM n.lang
)
ORDER BY best.dataset, subject, predicate, object, kind, datatype NULLS FIRST, lang NULLS FIRST
