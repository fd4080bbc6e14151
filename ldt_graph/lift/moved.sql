UPDATE statements s SET source = m.new_source, row = m.new_row FROM moved m
WHERE s.dataset = $dataset AND s.key = m.key AND s.source = m.source AND s.row = m.row;
UPDATE links s SET source = m.new_source, row = m.new_row FROM moved m
WHERE s.dataset = $dataset AND s.key = m.key AND s.source = m.source AND s.row = m.row;
