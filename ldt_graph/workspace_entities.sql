SELECT subject, sum(hash(dataset, predicate, object, kind, datatype, lang)) AS said,
       sum(hash(object)) FILTER (predicate = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type') AS types
FROM statements s
WHERE dataset IN (SELECT name FROM read_dataset) OR rule IN (SELECT DISTINCT rule FROM links)
GROUP BY subject
