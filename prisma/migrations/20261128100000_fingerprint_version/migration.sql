-- The version of the fingerprint's format. The rows that there are were written with the first one, as are those of
-- processes that don't know this column yet. A constant default: no row is rewritten.
ALTER TABLE "orders" ADD COLUMN "fingerprint_version" SMALLINT NOT NULL DEFAULT 1;
