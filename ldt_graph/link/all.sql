-- Every link is to be looked at; what links said before leaves.
CREATE OR REPLACE TEMP TABLE relinked AS SELECT DISTINCT dataset, key FROM links;
DELETE FROM statements WHERE rule IN (SELECT DISTINCT rule FROM links);
