-- An operator's list of a rare status among a million orders. Ascending, unlike the list, so that a status's newest
-- entries fill their pages: descending, half of each page would stay empty.
CREATE INDEX "orders_status_id_idx" ON "orders" ("status", "id");

-- A claimed message's new version finds room beside the old one, and needs no new index entries. Without it, each
-- claim left an entry behind that the next ones read until PostgreSQL may clean up.
ALTER TABLE "outbox_messages" SET (fillfactor = 50);
