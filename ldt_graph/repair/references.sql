-- What a name that names nothing was meant to name: the one whose name is the same but for case, marks and zeros, else the
-- one that is an edit away. Of two as near there is none.
CREATE OR REPLACE MACRO plain_name(x) AS
    regexp_replace(regexp_replace(lower(x), '[\s_./:-]', '', 'g'), '(^|[^0-9])0+([0-9])', '\1\2', 'g');
CREATE OR REPLACE TEMP TABLE lost_name AS
    SELECT v.rowid AS id, v.value AS said,
           CASE WHEN l.target IS NULL THEN regexp_extract(v.value, '[^/]*$') ELSE trim(v.value) END AS name,
           CASE WHEN l.target IS NULL THEN split_part(substr(v.value, length($base) + 1), '/', 1)
                ELSE split_part(l.target, '#', 1) END AS place,
           coalesce(split_part(l.target, '#', 2), '') AS part,
           l.target IS NULL AS of_iri
    FROM violations v
    LEFT JOIN (
        SELECT DISTINCT dataset, source, row, object AS name, object_target AS target FROM links WHERE object_target IS NOT NULL
        UNION SELECT DISTINCT dataset, source, row, subject, subject_target FROM links WHERE subject_target IS NOT NULL
    ) l ON l.dataset = v.dataset AND l.source = v.source AND l.row = v.row AND l.name = v.value
    WHERE v.rule = 'reference:dangling' AND v.fix IS NULL AND v.value IS NOT NULL AND (l.target IS NOT NULL OR starts_with(v.value, $base));
CREATE OR REPLACE TEMP TABLE known_name AS
    SELECT DISTINCT s.dataset AS place, s.object AS name, s.subject AS iri FROM statements s
    WHERE s.predicate = $identifier AND EXISTS (FROM lost_name);
CREATE OR REPLACE TEMP TABLE known_part AS
    SELECT DISTINCT p.part, s.subject AS iri FROM (SELECT DISTINCT part FROM lost_name WHERE part <> '') p
    JOIN statements s ON s.predicate = $type AND (contains(s.rule, '/rule/' || p.part || '/') OR regexp_extract(s.object, '[^#/]*$') = p.part);
CREATE OR REPLACE TEMP TABLE wanted_name AS SELECT DISTINCT name, place, part FROM lost_name;
CREATE OR REPLACE TEMP TABLE near_name AS
    SELECT w.name, w.place, w.part, k.name AS known, k.iri, CASE WHEN lower(k.name) = lower(w.name) THEN 0.0 ELSE 0.5 END AS far
    FROM wanted_name w JOIN known_name k ON plain_name(k.name) = plain_name(w.name) AND w.place IN ('*', k.place);
-- Of the others those that are an edit away: two names of which one letter can be left out so that they are the same
-- (a symmetric delete: linear in the names).
CREATE OR REPLACE MACRO with_a_letter_less(x) AS
    list_append(list_transform(range(1, length(x) + 1), lambda i: left(x, i - 1) || substr(x, i + 1)), x);
INSERT INTO near_name
    WITH other AS (FROM wanted_name ANTI JOIN near_name USING (name, place, part)),
    less AS (SELECT *, unnest(with_a_letter_less(lower(name))) AS letters FROM other),
    kept AS (
        SELECT k.*, unnest(with_a_letter_less(lower(k.name))) AS letters FROM known_name k
        WHERE EXISTS (FROM other) AND (EXISTS (FROM other WHERE place = '*') OR k.place IN (SELECT place FROM other))
    )
    SELECT DISTINCT l.name, l.place, l.part, k.name, k.iri, 1.0
    FROM less l JOIN kept k ON k.letters = l.letters AND l.place IN ('*', k.place)
    WHERE damerau_levenshtein(lower(k.name), lower(l.name)) = 1;
CREATE OR REPLACE TEMP TABLE likely_name AS
    WITH possible AS (
        FROM near_name w WHERE w.part = '' OR EXISTS (FROM known_part p WHERE p.part = w.part AND p.iri = w.iri)
    ),
    best AS (SELECT name, place, part, min(far) AS far FROM possible GROUP BY ALL)
    SELECT m.name, m.place, m.part, b.far, count(DISTINCT m.iri) AS many, min(m.known) AS known, min(m.iri) AS iri
    FROM possible m JOIN best b ON b.name = m.name AND b.place = m.place AND b.part = m.part AND b.far = m.far
    GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE fixed AS
    SELECT id, CASE WHEN of_iri THEN iri ELSE known END AS fix,
           CASE WHEN far = 0 THEN 0.97 WHEN far = 0.5 THEN 0.92
                -- Another number is another thing as often as it is a slip.
                WHEN regexp_replace(known, '[0-9]', '', 'g') = regexp_replace(lost_name.name, '[0-9]', '', 'g') THEN 0.4
                ELSE 0.85 END AS confidence
    FROM lost_name JOIN likely_name USING (name, place, part)
    WHERE many = 1;
UPDATE violations SET fix = f.fix, confidence = f.confidence FROM fixed f WHERE violations.rowid = f.id;
DROP TABLE fixed; DROP TABLE likely_name; DROP TABLE near_name; DROP TABLE wanted_name; DROP TABLE known_part; DROP TABLE known_name; DROP TABLE lost_name;
